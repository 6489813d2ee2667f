package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/journal/journaltest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) func() quorate.Journal {
		m := journal.NewMemory()
		return func() quorate.Journal { return m.Open() }
	})
}

func put(number uint64, data []byte) quorate.RecordOp {
	return quorate.RecordOp{Type: "log", Key: quorate.RecordKey{Number: number}, Data: data}
}

func forgetBelow(number uint64) quorate.RecordOp {
	return quorate.RecordOp{Type: "log", Forget: true, To: number}
}

func TestMemoryIsItsFirstHandle(t *testing.T) {
	m := journal.NewMemory()
	var j quorate.Journal = m
	if err := j.Commit([]quorate.RecordOp{put(1, []byte("one"))}); err != nil {
		t.Fatal(err)
	}
	h := m.Open()
	if err := j.Commit([]quorate.RecordOp{put(2, nil)}); !errors.Is(err, journal.ErrReopened) {
		t.Errorf("the first handle after Open: %v", err)
	}
	for _, err := range j.Records() {
		if !errors.Is(err, journal.ErrReopened) {
			t.Errorf("its records: %v", err)
		}
	}
	if err := h.Commit([]quorate.RecordOp{put(3, []byte("three"))}); err != nil {
		t.Error(err)
	}
	if got, want := m.Stats(), (journal.Stats{Records: 2, Bytes: 8, Batches: 2}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
	if !m.Immediate() || !h.Immediate() {
		t.Error("memory makes the loop wait")
	}
}

func TestErrorsSayWhy(t *testing.T) {
	m := journal.NewMemory()
	full := errors.New("disk full")
	m.FailNext(full)
	if err := m.Commit([]quorate.RecordOp{put(1, nil)}); !errors.Is(err, full) {
		t.Error(err)
	}
	if err := m.Commit(nil); !errors.Is(err, journal.ErrBroken) || !errors.Is(err, full) {
		t.Error(err)
	}
	h := m.Open()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := h.Commit(nil); !errors.Is(err, journal.ErrClosed) {
		t.Error(err)
	}
}

func TestStatsFollowReplacementAndForgetting(t *testing.T) {
	m := journal.NewMemory()
	for i := range uint64(10) {
		if err := m.Commit([]quorate.RecordOp{put(i, make([]byte, 100))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Commit([]quorate.RecordOp{put(9, make([]byte, 7)), forgetBelow(8), forgetBelow(8)}); err != nil {
		t.Fatal(err)
	}
	if got, want := m.Stats(), (journal.Stats{Records: 2, Bytes: 107, Batches: 11}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

// heap returns the bytes in use after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// What was forgotten must not be kept in some corner of a slice or a map.
func TestMemoryDoesNotGrowWithWhatItForgot(t *testing.T) {
	commit := func(m *journal.Memory, ops ...quorate.RecordOp) {
		if err := m.Commit(ops); err != nil {
			t.Fatal(err)
		}
	}
	data := make([]byte, 100)
	for name, fill := range map[string]func(m *journal.Memory){
		"a log trimmed at the front": func(m *journal.Memory) {
			for slot := range uint64(20000) {
				commit(m, put(slot, data), forgetBelow(slot))
			}
		},
		"a log cut off at the end": func(m *journal.Memory) {
			commit(m, put(0, data))
			for slot := range uint64(20000) {
				commit(m, put(slot+1, data))
			}
			commit(m, quorate.RecordOp{Type: "log", Key: quorate.RecordKey{Number: 1}, Forget: true, To: math.MaxUint64})
		},
		"large records": func(m *journal.Memory) { // some of their buffers are kept for the next ones
			for slot := range uint64(20000) {
				commit(m, put(slot, make([]byte, 4096)))
			}
			commit(m, forgetBelow(math.MaxUint64))
		},
		"huge records before one that stays": func(m *journal.Memory) {
			for slot := range uint64(20) {
				commit(m, put(slot, make([]byte, 1<<20)))
			}
			commit(m, put(20, nil), forgetBelow(20))
		},
		"many logs": func(m *journal.Memory) {
			for i := range 20000 {
				op := put(0, data)
				op.Key.Scope = fmt.Sprint(i)
				drop := forgetBelow(1)
				drop.Key.Scope = op.Key.Scope
				commit(m, op, drop)
			}
		},
	} {
		m := journal.NewMemory()
		before := heap()
		fill(m)
		limit := int64(400 << 10)
		if name == "large records" {
			limit = 5 << 20
		}
		if grown := heap() - before; grown > limit {
			t.Errorf("%s: %d KiB stay behind, %+v", name, grown>>10, m.Stats())
		}
		runtime.KeepAlive(m)
	}
}

func TestATrimmedLogMakesNoGarbage(t *testing.T) {
	m, data, slot := journal.NewMemory(), make([]byte, 4096), uint64(0)
	ops := make([]quorate.RecordOp, 2)
	step := func() {
		ops[0], ops[1] = put(slot, data), forgetBelow(slot-min(slot, 50))
		slot++
		if err := m.Commit(ops); err != nil {
			t.Fatal(err)
		}
	}
	for range 4000 { // four times what may lie idle
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}

// Buffers are used again, but never while an iteration may still read them.
func TestRecycledBuffersAreNotSeen(t *testing.T) {
	m := journal.NewMemory()
	fill := func(b byte) []quorate.RecordOp {
		var ops []quorate.RecordOp
		for i := range uint64(50) {
			ops = append(ops, put(i, bytes.Repeat([]byte{b}, 1000+int(i))))
		}
		return ops
	}
	commit := func(ops []quorate.RecordOp) {
		if err := m.Commit(ops); err != nil {
			t.Fatal(err)
		}
	}
	for round := range byte(20) {
		commit(fill(round))
		n := 0
		for op, err := range m.Records() {
			if want := bytes.Repeat([]byte{round}, 1000+n); err != nil || !bytes.Equal(op.Data, want) {
				t.Fatalf("round %d, record %d: % x…, %v", round, n, op.Data[:8], err)
			}
			if n == 10 {
				commit([]quorate.RecordOp{forgetBelow(100)})
				commit(fill(99))
			}
			n++
		}
		if n != 50 {
			t.Fatalf("%d records", n)
		}
		commit([]quorate.RecordOp{forgetBelow(25)})
	}
}

func TestMemoryIsSafeForConcurrentUse(t *testing.T) {
	m := journal.NewMemory()
	h := m.Open()
	var wg sync.WaitGroup
	for g := range uint64(4) {
		wg.Go(func() {
			for i := range uint64(100) {
				if err := h.Commit([]quorate.RecordOp{put(g<<32|i, []byte("x"))}); err != nil {
					t.Error(err)
				}
				for _, err := range h.Records() {
					if err != nil {
						t.Error(err)
					}
					break
				}
				_ = m.Stats()
			}
		})
	}
	wg.Wait()
	if n := m.Stats().Records; n != 400 {
		t.Errorf("%d records, want 400", n)
	}
}

// Rows that come and go leave nothing behind, and those that stay keep what they hold.
func TestMemoryForgetsScopes(t *testing.T) {
	m := journal.NewMemory()
	commit := func(op quorate.RecordOp, i int) {
		t.Helper()
		op.Key.Scope = fmt.Sprint("key-", i)
		if err := m.Commit([]quorate.RecordOp{op}); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]uint64{}
	for i := range 20_000 {
		commit(put(uint64(i), []byte{1}), i)
		switch {
		case i%100 != 0:
			commit(forgetBelow(math.MaxUint64), i)
		case i%200 == 0:
			commit(put(uint64(i)+1, []byte{2}), i)
			want[fmt.Sprint("key-", i)]++
			fallthrough
		default:
			want[fmt.Sprint("key-", i)]++
		}
	}
	for op, err := range m.Records() {
		if err != nil {
			t.Fatal(err)
		}
		want[op.Key.Scope]--
	}
	for scope, left := range want {
		if left != 0 {
			t.Errorf("%d records of %s are lost", int64(left), scope)
		}
	}
	if got := m.Stats(); got.Records != 300 || got.Bytes != 300 {
		t.Errorf("stats %+v", got)
	}
}

// BenchmarkCommit appends one 4 KiB record after the other and trims the log
// every 1000 slots, as a Paxos replica does.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{64, 4096} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			m := journal.NewMemory()
			data := make([]byte, size)
			ops := make([]quorate.RecordOp, 1)
			slot := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				ops[0] = put(slot, data)
				if slot%1000 == 999 {
					ops[0] = forgetBelow(slot - 500)
				}
				if err := m.Commit(ops); err != nil {
					b.Fatal(err)
				}
				slot++
			}
		})
	}
	b.Run("million scopes", func(b *testing.B) {
		m := journal.NewMemory()
		scopes := make([]string, 1<<20)
		for i := range scopes {
			scopes[i] = fmt.Sprint("key-", i)
		}
		ops := make([]quorate.RecordOp, 1)
		i := 0
		b.ReportAllocs()
		for b.Loop() {
			ops[0] = put(uint64(i>>20), make([]byte, 64))
			ops[0].Key.Scope = scopes[i*40503%len(scopes)]
			if err := m.Commit(ops); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
}
