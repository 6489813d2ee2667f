package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestQueueIsASort: whatever is pushed and popped in between, events come out by
// time and, at one time, in the order in which they were pushed.
func TestQueueIsASort(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var q queue
		var sorted []event // what a queue holds, kept in order by hand
		for step := range 400 {
			if len(sorted) > 0 && rng.IntN(100) < 45 {
				got, ok := q.pop()
				if want := sorted[0]; !ok || got.ref != want.ref || got.at != want.at {
					t.Fatalf("seed %d, step %d: popped %+v, want %+v", seed, step, got, want)
				}
				sorted = sorted[1:]
				continue
			}
			e := event{at: time.Duration(rng.IntN(20)), ref: int32(step)}
			q.push(e)
			at, _ := slices.BinarySearchFunc(sorted, e, func(have, e event) int { return cmp.Or(cmp.Compare(have.at, e.at), -1) })
			sorted = slices.Insert(sorted, at, e)
		}
		for _, want := range sorted {
			if got, ok := q.pop(); !ok || got.ref != want.ref {
				t.Fatalf("seed %d: popped %+v at the end, want %+v", seed, got, want)
			}
		}
		if e, ok := q.pop(); ok {
			t.Fatalf("seed %d: an empty queue holds %+v", seed, e)
		}
	}
}

func TestActionsHaveNames(t *testing.T) {
	for a := actDeliver; a <= actWatch; a++ {
		if a.String() == "" {
			t.Errorf("action %d has no name", a)
		}
	}
}
