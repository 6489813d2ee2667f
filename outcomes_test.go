package quorate

import (
	"math"
	"testing"
	"time"
)

// The table holds what executed while the newest Issued advanced by a horizon,
// however long the run; an idle one, after a trim, nothing.
func TestOnceMemoryIsBounded(t *testing.T) {
	once := newTestOnce()
	perHorizon := int(testHorizon / (10 * time.Millisecond))
	for i := range 5 * perHorizon {
		jitter := time.Duration(i%7) * time.Second // a client's clock runs ahead
		once.Apply(write(i, time.Duration(i)*10*time.Millisecond+jitter))
		if n := once.Outcomes(); n > perHorizon+1+700 {
			t.Fatalf("%d outcomes after %d writes", n, i)
		}
	}
	k := once.find("k")
	once.Apply(Command{Op: OpTrim, Key: "k", Issued: time.Hour})
	if k.window != nil || once.Outcomes() != 0 || once.recent.front != nil {
		t.Error("an idle key keeps its table after a trim")
	}
}

func TestOnceRingShrinks(t *testing.T) {
	once := newTestOnce()
	for i := range 5000 {
		once.Apply(write(i, 0))
	}
	once.Apply(write(5000, time.Hour))
	once.Apply(write(5001, 2*time.Hour))
	once.Apply(write(5002, 3*time.Hour))
	if n := len(once.find("k").window.ring); n > 512 {
		t.Errorf("a table of 1 outcome has room for %d", n)
	}
}

// A write issued early but executed late leaves the table in time, although one
// before it stays.
func TestOnceForgetsFromTheMiddle(t *testing.T) {
	s := time.Second
	again := write(2, 10*s) // breaks the rule that a retry has the first Issued
	commands := []Command{write(1, 12*s), write(2, 3*s), write(3, 14*s), again, again}
	compare(t, commands, len(commands))
	once := newTestOnce()
	for _, c := range commands[:3] {
		once.Apply(c)
	}
	moved(t, once)
}

// Places in a ring wrap. A stale one may then name a newer outcome, but leads a
// search neither astray nor round in circles.
func TestOnceIndexSurvivesTheWrap(t *testing.T) {
	w := &window{}
	for i := range uint64(2 * indexed) {
		w.add(outcome{client: 1, seq: i})
	}
	stranger := CommandID{Client: 2, Seq: 1}
	last := w.head + w.n - 1
	*w.bucket(stranger) = w.head + 3
	w.slot(w.head + 3).older = last
	w.slot(last).older = w.head + 3
	if e, _ := w.find(stranger, 0); e != nil {
		t.Errorf("found %+v", e)
	}
}

// The ring works the same wherever its places start.
func TestOnceRingAcrossTheWrap(t *testing.T) {
	w := &window{head: math.MaxUint32 - 40, ring: make([]outcome, 64), index: make([]uint32, 64)}
	for i := range uint64(200) {
		w.evict(time.Duration(i) - 50)
		w.add(outcome{client: 1, seq: i, issued: time.Duration(i)})
		for back := range min(i, 50) {
			e, at := w.find(CommandID{1, i - back}, time.Duration(i-back))
			if e == nil || e.seq != i-back || at != w.n-1-uint32(back) {
				t.Fatalf("after %d outcomes, the one before the last %d is %+v, number %d of %d", i, back, e, at, w.n)
			}
		}
	}
}
