package checker

import (
	"cmp"
	"context"
	"slices"
	"time"

	bounded "github.com/quorate/quorate/checker/search"
)

// search runs Porcupine over the operations of one key. Its time and its
// memory are bounded: a search that exceeds them is Unknown.
type search struct {
	ctx   context.Context
	model Model
	limit int64 // bytes
}

// run decides whether ops are linearizable from the initial state.
func (s *search) run(ops []Operation, initial state) (Verdict, string) {
	list := intervals(ops)
	if len(list) == 0 {
		return OK, ""
	}
	legal, why := bounded.Run(s.ctx, s.limit, s.model.porcupine(initial), nil, list)
	switch {
	case why != "":
		return Unknown, why
	case legal:
		return OK, ""
	}
	return Violation, ""
}

// shrink cuts an illegal history down to what was known when it became illegal. A history
// up to an instant is legal if all of it is.
func (s search) shrink(ops []Operation) []Operation {
	s, done := s.brief()
	defer done()
	ends := make([]time.Duration, 0, len(ops))
	for i := range ops {
		if ops[i].counts() && !ops[i].open() {
			ends = append(ends, ops[i].Return)
		}
	}
	slices.Sort(ends)
	at, _ := slices.BinarySearchFunc(ends, Violation, func(end time.Duration, want Verdict) int {
		if v, _ := s.run(until(ops, end), state{}); v == want {
			return 1 // the first illegal one lies here or before
		}
		return -1
	})
	if at == len(ends) {
		return ops
	}
	return until(ops, ends[at])
}

// brief is a search that ends soon: it only serves the reader.
func (s search) brief() (search, context.CancelFunc) {
	const patience = 3 * time.Second
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	s.ctx = ctx
	return s, cancel
}

// illegal reports whether ops certainly have no order.
func (s *search) illegal(ops []Operation) bool {
	v, _ := s.run(ops, state{})
	return v == Violation
}

// impossible is illegal for versioned keys, without a search where none is needed.
func (s *search) impossible(ops []Operation) bool {
	bad, decided := checkVersions(ops, func() bool { return s.ctx.Err() != nil })
	return bad != nil || !decided && s.illegal(ops)
}

// until returns the history as it was known at an instant: what had returned
// by then, and the writes that were under way.
func until(ops []Operation, at time.Duration) []Operation {
	var known []Operation
	for _, o := range ops {
		if o.Call > at || !o.counts() {
			continue
		}
		if o.end() > at {
			o = pending(o)
		}
		if o.counts() {
			known = append(known, o)
		}
	}
	slices.SortStableFunc(known, func(a, b Operation) int { return cmp.Compare(a.Call, b.Call) })
	return known
}
