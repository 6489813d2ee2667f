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

// shrink cuts an illegal history down: to what had been called when it became
// illegal, and from that to what is needed. A history up to an instant is
// legal if all of it is, and so is one with fewer reads.
func (s search) shrink(ops []Operation) []Operation {
	const patience = 3 * time.Second // it only serves the reader
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	s.ctx = ctx
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
	return s.dropReads(until(ops, ends[at]))
}

func (s *search) dropReads(ops []Operation) []Operation {
	const worthIt = 200 // operations: each attempt is a search
	if len(ops) > worthIt {
		return ops
	}
	for i := len(ops) - 1; i >= 0; i-- {
		if ops[i].writes() {
			continue
		}
		fewer := slices.Delete(slices.Clone(ops), i, i+1)
		if v, _ := s.run(fewer, state{}); v == Violation {
			ops = fewer
		}
	}
	return ops
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
