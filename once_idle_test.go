package quorate

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func idleKeys(once *Once, now time.Duration, max int) []string {
	var keys []string
	for _, c := range once.Trims(now, max) {
		keys = append(keys, c.Key)
	}
	return keys
}

// A proposer whose clock runs a year ahead trims what is idle by that clock. It
// must not take the keys from those whose clocks are right.
func TestTrimByAFastClockLeavesTheKeyWritable(t *testing.T) {
	once := newTestOnce()
	put := func(seq uint64, issued time.Duration) Result {
		return once.Apply(Command{Client: 1, Seq: seq, Issued: issued, Op: OpPut, Key: "k"})
	}
	put(1, time.Hour)
	trims := once.Trims(time.Hour+365*24*time.Hour, 10)
	if len(trims) != 1 {
		t.Fatalf("trims %v", trims)
	}
	once.Apply(trims[0])
	if once.Outcomes() != 0 {
		t.Error("the trim left outcomes behind")
	}
	if r := put(1, time.Hour); !r.Expired {
		t.Errorf("a retry of the trimmed write: %+v", r)
	}
	if r := put(2, time.Hour+once.Horizon()+time.Second); !r.OK || r.Version != 2 {
		t.Errorf("a new write: %+v", r)
	}
}

func TestOnceIdle(t *testing.T) {
	once := newTestOnce()
	put := func(key string, issued time.Duration) {
		once.Apply(Command{Client: 1, Seq: uint64(issued), Issued: issued, Op: OpPut, Key: key})
	}
	idle := func(now time.Duration, max int, want ...string) {
		t.Helper()
		if got := idleKeys(once, now, max); !slices.Equal(got, want) {
			t.Errorf("idle at %v: %q, want %q", now, got, want)
		}
	}
	s := time.Second
	put("c", 1*s)
	put("a", 2*s)
	put("b", 3*s)
	put("ahead", 40*s)
	put("c", 4*s)
	put("late", 5*s)
	once.Apply(Command{Op: OpGet, Key: "read", Issued: 1 * s})
	idle(12*s, 10)
	idle(12*s+1, 10, "a")
	idle(20*s, 10, "a", "b", "c", "late")
	idle(20*s, 2, "a", "b")
	idle(20*s, 0)
	idle(20*s, -1)
	once.Apply(Command{Op: OpTrim, Key: "b", Issued: 20 * s})
	put("a", 20*s)
	idle(20*s, 10, "c", "late")
	if got := idleKeys(moved(t, once), 40*s, 10); !slices.Equal(got, []string{"a", "c", "late"}) {
		t.Errorf("idle after a move: %q", got)
	}
	once.Reset()
	idle(time.Hour, 10)
}

// Idle looks at a bounded number of keys, idle or not.
func TestOnceIdleIsCheap(t *testing.T) {
	once := newTestOnce()
	for i := range 10_000 {
		once.Apply(Command{Client: 1, Seq: uint64(i), Issued: time.Hour, Op: OpPut, Key: fmt.Sprint(i)})
	}
	once.Apply(Command{Client: 1, Seq: 1, Issued: 0, Op: OpPut, Key: "idle"})
	if got := idleKeys(once, time.Hour, 10); got != nil {
		t.Errorf("idle %q: found behind 10,000 busy keys", got)
	}
}
