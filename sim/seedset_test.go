package sim

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The set does what a map of seeds does, and its spans are as few as can be.
func TestSeedSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, base := range []uint64{0, 1000, math.MaxUint64 - 63} {
		for range 200 {
			var set seedSet
			model := map[uint64]bool{}
			for range 1 + rng.IntN(12) {
				from := base + rng.Uint64N(60)
				sp := span{from, from + rng.Uint64N(4)}
				if some := overlaps(model, sp); set.has(sp) != some {
					t.Fatalf("%v has %v: %v", set.spans, sp, !some)
				}
				set.add(sp)
				for i := range sp[1] - sp[0] + 1 {
					model[sp[0]+i] = true
				}
			}
			runs := 0
			for i := range uint64(64) {
				seed := base + i
				if set.has(span{seed, seed}) != model[seed] {
					t.Fatalf("%v has %d: %v", set.spans, seed, !model[seed])
				}
				if model[seed] && (i == 0 || !model[seed-1]) {
					runs++
				}
			}
			if len(set.spans) != runs || set.within(span{0, math.MaxUint64}) != float64(len(model)) {
				t.Fatalf("%v: want %d spans of %d seeds", set.spans, runs, len(model))
			}
			part := span{base + 10, base + 10 + rng.Uint64N(40)}
			n := 0.0
			for i := range part[1] - part[0] + 1 {
				if model[part[0]+i] {
					n++
				}
			}
			if set.within(part) != n {
				t.Fatalf("%v has %v seeds of %v, want %v", set.spans, set.within(part), part, n)
			}
		}
	}
}

func overlaps(model map[uint64]bool, sp span) bool {
	for i := range sp[1] - sp[0] + 1 {
		if model[sp[0]+i] {
			return true
		}
	}
	return false
}
