package sim

import (
	"cmp"
	"slices"
)

// span is the seeds from the first to the last.
type span [2]uint64

// seedSet is a set of seeds: spans in order that neither meet nor touch.
type seedSet struct{ spans []span }

// place returns the index of the first span that ends at seed or after it.
func (s *seedSet) place(seed uint64) int {
	i, _ := slices.BinarySearchFunc(s.spans, seed, func(sp span, seed uint64) int { return cmp.Compare(sp[1], seed) })
	return i
}

// has reports whether the set has some seed of a span.
func (s *seedSet) has(sp span) bool {
	i := s.place(sp[0])
	return i < len(s.spans) && s.spans[i][0] <= sp[1]
}

// add takes in the seeds of a span.
func (s *seedSet) add(sp span) {
	from := s.place(sp[0])
	if from > 0 && s.spans[from-1][1]+1 == sp[0] {
		from--
	}
	to := from
	for ; to < len(s.spans) && (s.spans[to][0] <= sp[1] || s.spans[to][0]-1 == sp[1]); to++ {
		sp = span{min(sp[0], s.spans[to][0]), max(sp[1], s.spans[to][1])}
	}
	s.spans = slices.Replace(s.spans, from, to, sp)
}

// within counts the seeds of a span that the set has. It is a floating-point
// number, since 2^64 is no integer here.
func (s *seedSet) within(all span) float64 {
	n := 0.0
	for _, sp := range s.spans[s.place(all[0]):] {
		if sp[0] > all[1] {
			break
		}
		n += float64(min(sp[1], all[1])-max(sp[0], all[0])) + 1
	}
	return n
}
