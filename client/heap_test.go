package client

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Rule: whatever was set and removed, calls come in order of their wake times, and of
// equal ones in order of Seq.
func TestWakesInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var w wakes
	var all []*Call // as a list that is sorted each time
	for i := range 20_000 {
		switch n := rng.IntN(10); {
		case n < 4: // as a first attempt, later than all others
			c := &Call{pos: nowhere, wake: time.Duration(i)}
			c.cmd.Seq = uint64(i)
			w.set(c)
			all = append(all, c)
		case n < 7 && len(all) > 0: // as a retry
			c := all[rng.IntN(len(all))]
			c.wake += time.Duration(rng.IntN(200) - 50)
			w.set(c)
		case len(all) > 0:
			k := rng.IntN(len(all))
			w.remove(all[k])
			w.remove(all[k]) // does nothing
			all = slices.Delete(all, k, k+1)
		}
		slices.SortFunc(all, func(a, b *Call) int {
			if a.wakesBefore(b) {
				return -1
			}
			return 1
		})
		var want *Call
		if len(all) > 0 {
			want = all[0]
		}
		if got := w.next(); got != want {
			t.Fatalf("step %d: next is %p, want %p of %d", i, got, want, len(all))
		}
	}
	for _, want := range all {
		if got := w.next(); got != want {
			t.Fatalf("next is %p, want %p", got, want)
		}
		w.remove(want)
	}
}
