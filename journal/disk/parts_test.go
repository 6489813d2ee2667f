package disk

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/quorate/quorate"
)

type recordName struct {
	typ, scope string
	number     uint64
}

func (r recordName) key() []byte { return appendKey(nil, r.typ, r.scope, r.number) }

func drawName(t *rapid.T) recordName {
	text := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 'a', 254, 255}), 0, 4)
	return recordName{string(text.Draw(t, "type")), string(text.Draw(t, "scope")), rapid.Uint64().Draw(t, "number")}
}

func TestKeysSortAsRecordsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawName(t), drawName(t)
		want := cmp.Or(cmp.Compare(a.typ, b.typ), cmp.Compare(a.scope, b.scope), cmp.Compare(a.number, b.number))
		if got := bytes.Compare(a.key(), b.key()); got != want {
			t.Errorf("%+v and %+v compare as %d, their keys %x and %x as %d", a, b, want, a.key(), b.key(), got)
		}
	})
}

func TestKeysComeBack(t *testing.T) {
	var r keyReader
	rapid.Check(t, func(t *rapid.T) {
		a := drawName(t)
		typ, key, err := r.read(a.key())
		if err != nil || typ != a.typ || key != (quorate.RecordKey{Scope: a.scope, Number: a.number}) {
			t.Errorf("%+v came back as %q %+v, %v", a, typ, key, err)
		}
	})
}

// Whatever stands in the store: an error, or a key that is written alike.
func FuzzKeys(f *testing.F) {
	f.Add(recordName{"paxos.Accepted", "", 7}.key())
	f.Add([]byte{1, 0, 1, 0, 1})
	f.Add([]byte{1, 0, 255, 0, 2})
	f.Add([]byte{1, 'a', 0})
	f.Fuzz(func(t *testing.T, key []byte) {
		typ, rk, err := new(keyReader).read(key)
		if err == nil && !bytes.Equal(appendKey(nil, typ, rk.Scope, rk.Number), key) {
			t.Errorf("% x is read as %q %+v, which is another key", key, typ, rk)
		}
	})
}

func TestKeyReaderMakesNoGarbage(t *testing.T) {
	var r keyReader
	key := recordName{"paxos.Accepted", "object", 7}.key()
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := r.read(key); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a key", n)
	}
}

// Ranges that rows let out, over and over: nothing that was forgotten stays, and
// nothing is forgotten that should not be.
func TestRowsForgetWhatTheyMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r rows
		want, got := map[uint64]bool{}, map[uint64]bool{}
		number := rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Uint64Range(math.MaxUint64-3, math.MaxUint64))
		for range rapid.IntRange(1, 60).Draw(t, "ops") {
			if rapid.Bool().Draw(t, "put") {
				n := number.Draw(t, "number")
				r.put("t", "s", n)
				want[n], got[n] = true, true
				continue
			}
			from, to := number.Draw(t, "from"), number.Draw(t, "to")
			if rapid.Bool().Draw(t, "front") {
				from = 0
			}
			first, end := r.forget("t", "s", from, to)
			if first < end && (first < from || end > to) {
				t.Fatalf("[%d, %d) became [%d, %d)", from, to, first, end)
			}
			erase(want, from, to)
			erase(got, first, end)
		}
		if len(want) != len(got) {
			t.Errorf("left are %v, want %v", got, want)
		}
	})
}

func erase(set map[uint64]bool, from, to uint64) {
	for n := range set { // unordered: each by itself
		if n >= from && n < to {
			delete(set, n)
		}
	}
}

// A log that is trimmed is forgotten piece by piece, not from its start again and again.
func TestRowsKeepRangesApart(t *testing.T) {
	var r rows
	for slot := range uint64(100) {
		r.put("log", "", slot)
		first, end := r.forget("log", "", 0, slot)
		if slot > 0 && (first != slot-1 || end != slot) {
			t.Fatalf("[0, %d) became [%d, %d)", slot, first, end)
		}
	}
	if first, end := r.forget("log", "", 0, 50); first < end {
		t.Errorf("what is empty is forgotten again: [%d, %d)", first, end)
	}
	for i := range 2 * maxRows {
		r.forget("log", fmt.Sprint(i), 0, 1)
	}
	if len(r.bounds) > maxRows {
		t.Errorf("%d rows are remembered", len(r.bounds))
	}
}

func TestCommitsAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Uint64Range(1, 30), 1, 40).Draw(t, "numbers")
		var whole commits
		parts := make([]commits, 3)
		for i, n := range numbers {
			whole = whole.add(span{n, n})
			parts[i%3] = parts[i%3].add(span{n, n})
		}
		var merged commits
		for _, i := range []int{2, 0, 1} {
			var err error
			if value := parts[i].append(nil); len(value) > 0 {
				if merged, err = merged.addEncoded(value); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !slices.Equal(whole, merged) {
			t.Errorf("%v in one, %v in parts", whole, merged)
		}
		slices.Sort(numbers)
		numbers = slices.Compact(numbers)
		missing := numbers[len(numbers)-1] != uint64(len(numbers))
		if whole.last() != numbers[len(numbers)-1] || (whole.gap() != "") != missing {
			t.Errorf("%v of %v: last %d, gap %q", whole, numbers, whole.last(), whole.gap())
		}
	})
	c := commits{{3, 4}, {7, 7}, {9, 12}}
	if got, want := c.gap(), "1 to 2, 5 to 6, 8 to 8"; got != want {
		t.Errorf("gap %q, want %q", got, want)
	}
	for i := range uint64(1000) {
		c = c.add(span{2*i + 1, 2*i + 1})
	}
	if len(c) > maxSpans || c.gap() == "" || c.last() != 1999 {
		t.Errorf("%d spans, last %d", len(c), c.last())
	}
	for _, bad := range [][]byte{nil, make([]byte, 15), make([]byte, 16), bytes.Repeat([]byte{255}, 16), binary.BigEndian.AppendUint64(make([]byte, 7, 16), 1)} {
		if _, err := commits(nil).addEncoded(bad); err == nil {
			t.Errorf("% x was accepted", bad)
		}
	}
}

func TestSyncedSurvivesHalfAWrite(t *testing.T) {
	fsys := vfs.NewMem()
	if err := createSynced(fsys, "synced"); err != nil {
		t.Fatal(err)
	}
	s, err := openSynced(fsys, "synced")
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for n := range uint64(20) {
		if err := s.note(n); err != nil {
			t.Fatal(err)
		}
		if got, err := readSynced(fsys, "synced"); err != nil || got != n {
			t.Fatalf("read %d, %v, want %d", got, err, n)
		}
	}
	data, err := fsys.UnsafeGetFileDataBuffer("synced")
	if err != nil {
		t.Fatal(err)
	}
	data[19%2*syncedStride+7] ^= 1
	if got, err := readSynced(fsys, "synced"); err != nil || got != 18 {
		t.Errorf("with the last place torn: %d, %v", got, err)
	}
	data[18%2*syncedStride+9] ^= 1
	if got, err := readSynced(fsys, "synced"); err == nil {
		t.Errorf("with both places torn: %d", got)
	}
}

func FuzzHeader(f *testing.F) {
	h := headerFile{Header: Header{Node: 1<<16 + 1, Protocol: "paxos", Cluster: "a\nb", Records: "\x00"}, Secret: 7}
	data, err := h.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(headerStart))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := decodeHeader(data); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("an error of several lines: %v", err)
		}
	})
	if got, err := decodeHeader(data); err != nil || got != h {
		f.Errorf("%+v came back as %+v, %v", h, got, err)
	}
}

// A batch that can be read behind a place that cannot is a proof of damage; one
// that is half there, or of an older log, is none.
func TestLogsProveDamage(t *testing.T) {
	const secret, number = 0xfeed, 7
	rng := rand.New(rand.NewPCG(1, 1))
	chunk := func(typ byte, log uint32, secret, batch uint64, size int) []byte {
		m := newMark(secret, batch)
		payload := append(make([]byte, 14), m[:]...)
		for len(payload) < size {
			payload = append(payload, byte(rng.Uint32()))
		}
		c := binary.LittleEndian.AppendUint16(make([]byte, 4), uint16(len(payload)))
		c = binary.LittleEndian.AppendUint32(append(c, typ), log)
		if typ >= syncFull {
			c = append(c, make([]byte, 8)...)
		}
		c = append(c, payload...)
		binary.LittleEndian.PutUint32(c, chunkSum(c[6:]))
		return c
	}
	a, b, next := chunk(syncFull, number, secret, 1, 300), chunk(recyclableFull, number, secret, 2, 300), chunk(syncFirst, number, secret, 3, 300)
	torn := append(slices.Clone(b[:200]), make([]byte, 100)...)
	flipped := slices.Clone(b)
	flipped[50] ^= 4
	length := slices.Clone(b)
	length[5] ^= 0x40
	for _, tc := range []struct {
		name    string
		log     []byte
		last    uint64
		end     int
		damaged bool
	}{
		{"whole", slices.Concat(a, b, next), 3, len(a) + len(b) + len(next), false},
		{"empty", nil, 0, 0, false},
		{"torn end", slices.Concat(a, torn), 1, len(a), false},
		{"nothing but zeros after it", slices.Concat(a, make([]byte, 3*logBlock)), 1, len(a), false},
		{"flipped", slices.Concat(a, flipped, next), 1, len(a), true},
		{"flipped at the end", slices.Concat(a, flipped), 1, len(a), false},
		{"a length flipped", slices.Concat(a, length, next), 1, len(a), true},
		{"a hole", slices.Concat(a, make([]byte, 1000), next), 1, len(a), true},
		{"a hole of blocks", slices.Concat(a, make([]byte, 2*logBlock-len(a)), next), 1, len(a), true},
		{"the rest of an older log", slices.Concat(a, torn, chunk(syncFull, number-1, secret, 9, 100)), 1, len(a), false},
		{"a client's forgery", slices.Concat(a, torn, chunk(syncFull, number, secret+1, 9, 100)), 1, len(a), false},
		{"the middle of a torn batch", slices.Concat(a, make([]byte, 1000), chunk(syncFirst+1, number, secret, 9, 100)), 1, len(a), false},
		{"an older batch again", slices.Concat(a, b, torn, a), 2, len(a) + len(b), false},
	} {
		s := logScan{number: number, secret: secret}
		var err error
		for at := 0; at < len(tc.log) && err == nil; at += logBlock {
			err = s.block(tc.log[at:min(at+logBlock, len(tc.log))], int64(at))
		}
		if (err != nil) != tc.damaged || s.end.last != tc.last || s.end.offset != int64(tc.end) {
			t.Errorf("%s: last batch %d, end %d, want %d, %d: %v", tc.name, s.end.last, s.end.offset, tc.last, tc.end, err)
		}
	}
}

func FuzzLogs(f *testing.F) {
	f.Add(make([]byte, 100), false)
	f.Fuzz(func(t *testing.T, block []byte, ended bool) {
		s := logScan{number: 1, ended: ended}
		_ = s.block(block[:min(len(block), logBlock)], 0)
	})
}
