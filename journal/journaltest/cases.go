package journaltest

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/quorate/quorate"
)

func show(op quorate.RecordOp) string {
	data := string(op.Data)
	if len(data) > 20 {
		data = fmt.Sprintf("%s… (%d bytes)", data[:20], len(data))
	}
	return fmt.Sprintf("%s %q/%d = %q", op.Type, op.Key.Scope, op.Key.Number, data)
}

func testEmpty(b *bench) {
	b.commit()
	b.commit(forget("none", "", 0, math.MaxUint64))
	b.want()
}

func testReplaced(b *bench) {
	b.commit(put("a", "", 1, "old"), put("a", "", 2, "two"), put("a", "", 1, "new"))
	b.commit(put("a", "", 2, "TWO"))
	b.want(put("a", "", 1, "new"), put("a", "", 2, "TWO"))
}

// Scopes are bytes: neither text nor free of what an encoding of keys may use
// for itself. Shorter comes before longer.
func testOrder(b *bench) {
	scopes := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00\x00b", "a\x01", "aa", "b", "\xc3\x28", "\xff", "\xff\x00", "\xff\xff"}
	numbers := []uint64{0, 1, 255, 256, 1 << 32, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64}
	types := []string{"pkg.A", "pkg.AB", "pkg.B", "pkh.A"}
	var want, shuffled []quorate.RecordOp
	for _, typ := range types {
		for _, scope := range scopes {
			for _, n := range numbers {
				want = append(want, put(typ, scope, n, fmt.Sprintf("%s/%q/%d", typ, scope, n)))
			}
		}
	}
	for i := range want { // a stride without a common divisor visits all
		shuffled = append(shuffled, want[i*307%len(want)])
	}
	b.commit(shuffled...)
	b.want(want...)
}

func testForget(b *bench) {
	for _, c := range []struct {
		from, to uint64
		left     []uint64
	}{
		{0, 0, []uint64{10, 20, 30}},                    // empty
		{20, 20, []uint64{10, 20, 30}},                  // empty at a record
		{30, 10, []uint64{10, 20, 30}},                  // upside down: empty
		{0, 10, []uint64{10, 20, 30}},                   // ends before the first
		{31, math.MaxUint64, []uint64{10, 20, 30}},      // begins after the last
		{11, 20, []uint64{10, 20, 30}},                  // between two
		{10, 11, []uint64{20, 30}},                      // one, at its number
		{0, 20, []uint64{20, 30}},                       // the front
		{5, 25, []uint64{30}},                           // straddles
		{20, 21, []uint64{10, 30}},                      // the middle
		{20, math.MaxUint64, []uint64{10}},              // the end
		{0, math.MaxUint64, []uint64{}},                 // all
		{10, 31, []uint64{}},                            // all, exactly
		{10, 30, []uint64{30}},                          // half open
		{math.MaxUint64, 0, []uint64{10, 20, 30}},       // upside down at the end
		{0, 1, []uint64{10, 20, 30}},                    // too low
		{29, 30, []uint64{10, 20, 30}},                  // just below
		{30, 31, []uint64{10, 20}},                      // the last
		{11, math.MaxUint64 - 1, []uint64{10}},          // all but the first
		{0, 1 << 63, []uint64{}},                        // the sign bit
		{1 << 63, math.MaxUint64, []uint64{10, 20, 30}}, // above it
	} {
		b.commit(forget("a", "s", 0, math.MaxUint64), put("a", "s", 10, "10"), put("a", "s", 20, "20"), put("a", "s", 30, "30"))
		b.commit(forget("a", "s", c.from, c.to))
		var want []quorate.RecordOp
		for _, n := range c.left {
			want = append(want, put("a", "s", n, fmt.Sprint(n)))
		}
		b.Logf("forget [%d, %d)", c.from, c.to)
		b.want(want...)
	}
}

// A range ends at its scope and its type, whatever bytes they end with.
func testForgetScope(b *bench) {
	var rest, all []quorate.RecordOp
	for _, typ := range []string{"a", "a\x00", "aa", "b"} {
		for _, scope := range []string{"", "\x00", "s", "s\x00", "s\x00\x00", "ss", "s\xff", "t", "\xff"} {
			for _, n := range []uint64{0, 7, math.MaxUint64} {
				op := put(typ, scope, n, "x")
				all = append(all, op)
				if typ != "a" || scope != "s" || n == math.MaxUint64 { // a half-open range cannot reach the highest number
					rest = append(rest, op)
				}
			}
		}
	}
	b.commit(all...)
	b.commit(forget("a", "s", 0, math.MaxUint64))
	b.want(rest...)
}

func testWithinBatch(b *bench) {
	b.commit(put("a", "", 1, "old"), put("a", "", 2, "old"))
	b.commit(
		put("a", "", 3, "gone"), forget("a", "", 0, 10), // persisted, then forgotten
		put("a", "", 2, "new"), // forgotten, then persisted
		forget("a", "", 5, 6), put("a", "", 5, "five"), put("a", "", 5, "FIVE"),
	)
	b.want(put("a", "", 2, "new"), put("a", "", 5, "FIVE"))
}

// Ranges are forgotten by what they hold, not by how wide they are.
func testHugeRanges(b *bench) {
	for i := range uint64(200) {
		b.commit(put("a", "", i<<50, "x"), forget("a", "", 0, i<<50), forget("a", "other", 0, math.MaxUint64))
	}
	b.want(put("a", "", 199<<50, "x"))
}

func testCopies(b *bench) {
	data := []byte("mine")
	op := put("a", "", 1, "")
	op.Data = data
	ops := []quorate.RecordOp{op}
	b.commit(ops...)
	copy(data, "XXXX")
	ops[0].Key.Number = 9
	b.compare("", []quorate.RecordOp{put("a", "", 1, "mine")})
	for got := range b.j.Records() {
		copy(got.Data, "YYYY")
		_ = append(got.Data, "more"...)
	}
	b.want(put("a", "", 1, "mine"))
}

func testSizes(b *bench) {
	large := string(bytes.Repeat([]byte("0123456789abcdef"), 1<<16)) // 1 MiB
	scope := strings.Repeat("s", 4096)
	b.commit(put("a", scope, 1, large), put("a", scope, 2, ""), put("a", scope, 3, large), put("b", "", 0, "x"))
	b.commit(put("a", scope, 3, "small"))
	b.want(put("a", scope, 1, large), put("a", scope, 2, ""), put("a", scope, 3, "small"), put("b", "", 0, "x"))
}

func testReopen(b *bench) {
	b.commit(put("a", "", 1, "one"))
	b.reopen()
	b.commit(put("a", "", 2, "two"), forget("a", "", 1, 2))
	b.reopen()
	b.commit(put("a", "", 3, "three"))
	b.want(put("a", "", 2, "two"), put("a", "", 3, "three"))
}

func testCrash(b *bench) {
	b.commit(put("a", "", 1, "one"))
	dead := b.j
	b.j = b.open()
	b.compare("after the crash, ", []quorate.RecordOp{put("a", "", 1, "one")}) // was durable when Commit returned
	if err := dead.Commit([]quorate.RecordOp{put("a", "", 2, "from the dead")}); err == nil {
		b.Error("the journal of a crashed node still takes batches")
	}
	b.commit(put("a", "", 3, "three"))
	_ = dead.Close() // may fail, must not harm
	b.want(put("a", "", 1, "one"), put("a", "", 3, "three"))
}

// Whatever came last before a crash, a record, a replacement or a range, was
// durable when Commit returned.
func testCrashes(b *bench) {
	b.crash()
	b.compare("after a crash with nothing, ", nil)
	b.commit(put("a", "", 1, "one"), put("a", "", 2, "two"))
	b.crash()
	b.crash()
	b.compare("after two crashes, ", []quorate.RecordOp{put("a", "", 1, "one"), put("a", "", 2, "two")})
	b.commit(put("a", "", 2, "TWO"))
	b.crash()
	b.compare("after a replacement, ", []quorate.RecordOp{put("a", "", 1, "one"), put("a", "", 2, "TWO")})
	b.commit(forget("a", "", 0, 2))
	b.crash()
	b.compare("after a range, ", []quorate.RecordOp{put("a", "", 2, "TWO")})
	b.commit(put("a", "", 1, "again"))
	b.crash()
	b.commit(forget("a", "", 0, math.MaxUint64))
	b.crash()
	b.want()
}

func testFailure(b *bench) {
	f, ok := b.j.(interface{ FailNext(error) })
	if !ok {
		b.Skip("the journal has no FailNext")
	}
	b.commit(put("a", "", 1, "one"))
	f.FailNext(errDisk)
	if err := b.j.Commit([]quorate.RecordOp{put("a", "", 1, "lost"), put("a", "", 2, "lost"), forget("a", "", 0, 9)}); !errors.Is(err, errDisk) {
		b.Fatalf("the failing batch returned %v", err)
	}
	if err := b.j.Commit([]quorate.RecordOp{put("a", "", 3, "late")}); err == nil {
		b.Fatal("a failed journal takes another batch")
	}
	b.reopen()
	b.compare("after the failure, ", []quorate.RecordOp{put("a", "", 1, "one")})
	b.commit(put("a", "", 4, "four"))
	b.want(put("a", "", 1, "one"), put("a", "", 4, "four"))
}

func testClosed(b *bench) {
	b.commit(put("a", "", 1, "one"))
	if err := b.j.Close(); err != nil {
		b.Fatal(err)
	}
	if err := b.j.Commit([]quorate.RecordOp{put("a", "", 2, "two")}); err == nil {
		b.Error("a closed journal takes a batch")
	}
	refused := false
	for _, err := range b.j.Records() {
		refused = err != nil
	}
	if !refused {
		b.Error("a closed journal yields records")
	}
	b.j = b.open()
	b.want(put("a", "", 1, "one"))
}

func testStop(b *bench) {
	b.commit(put("a", "", 1, "one"), put("a", "", 2, "two"))
	for range b.j.Records() {
		break
	}
	b.want(put("a", "", 1, "one"), put("a", "", 2, "two"))
}

// Whoever replays may already commit: what is yielded is what was there when the
// iteration began.
func testIterate(b *bench) {
	b.commit(put("a", "", 1, "one"), put("a", "", 2, "two"))
	seen := 0
	for op, err := range b.j.Records() {
		if err != nil {
			b.Fatal(err)
		}
		seen++
		b.commit(put("a", "", op.Key.Number+10, "copy"), forget("a", "", 2, 3))
	}
	if seen != 2 {
		b.Errorf("%d records seen, want 2", seen)
	}
	b.want(put("a", "", 1, "one"), put("a", "", 11, "copy"), put("a", "", 12, "copy"))
}

func testTwoAtOnce(b *bench) {
	b.commit(put("a", "", 1, "one"), put("a", "", 2, "two"))
	pairs := 0
	for outer, err := range b.j.Records() {
		if err != nil {
			b.Fatal(err)
		}
		for inner, err := range b.j.Records() {
			if err != nil {
				b.Fatal(err)
			}
			if outer.Key.Number == 0 || inner.Key.Number == 0 {
				b.Errorf("%s beside %s", show(outer), show(inner))
			}
			pairs++
		}
	}
	if pairs != 4 {
		b.Errorf("%d pairs, want 4", pairs)
	}
}

// Whoever replays may close the journal, because something is wrong, say. The
// iteration may go on or end with an error; the records stay.
func testClosedWithin(b *bench) {
	b.commit(put("a", "", 1, "one"), put("a", "", 2, "two"))
	for range b.j.Records() {
		if err := b.j.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if err := b.j.Commit([]quorate.RecordOp{put("a", "", 3, "three")}); err == nil {
		b.Error("a closed journal takes a batch")
	}
	b.j = b.open()
	b.want(put("a", "", 1, "one"), put("a", "", 2, "two"))
}
