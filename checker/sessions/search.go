package sessions

import (
	"context"
	"encoding/binary"
	"slices"
	"time"
)

// searching looks for an order of the accesses of one register that keeps each process's.
// Where processes have come to, and the value of the register, are all that matters for
// what may follow, so no such state is looked at twice. A read of the value that is there
// goes by at once, which hinders nobody.
type searching struct {
	ctx    context.Context
	left   int64 // bytes
	why    string
	lanes  [][]*access
	been   map[string]struct{}
	wanted map[int32]bool // values that somebody reads
	steps  int
}

// run decides; what ran out is in why.
func run(ctx context.Context, limit int64, accesses []*access, initial int32) (bool, string) {
	s := &searching{ctx: ctx, left: limit, been: map[string]struct{}{}, wanted: map[int32]bool{}}
	number := map[int32]int{}
	for _, a := range accesses {
		s.wanted[a.reads] = true
	}
	for _, a := range accesses {
		if a.open && !s.wanted[a.writes] {
			continue // nobody sees whether it took effect
		}
		p, ok := number[a.process]
		if !ok {
			p = len(s.lanes)
			number[a.process] = p
			s.lanes = append(s.lanes, nil)
		}
		s.lanes[p] = append(s.lanes[p], a)
	}
	legal := s.from(make([]int, len(s.lanes)), initial)
	return legal && s.why == "", s.why
}

// from decides whether all can go on to their ends.
func (s *searching) from(at []int, value int32) bool {
	if s.steps++; s.steps%256 == 1 && s.ctx.Err() != nil {
		s.why = why(s.ctx)
	}
	if s.why != "" {
		return false
	}
	ended := true
	for p, lane := range s.lanes {
		for at[p] < len(lane) && lane[at[p]].reads == value && lane[at[p]].writes < 0 {
			at[p]++
		}
		ended = ended && (at[p] == len(lane) || lane[at[p]].open)
	}
	if ended {
		return true
	}
	state := binary.AppendUvarint(nil, uint64(value))
	for _, n := range at {
		state = binary.AppendUvarint(state, uint64(n))
	}
	if _, ok := s.been[string(state)]; ok {
		return false
	}
	s.been[string(state)] = struct{}{}
	const fixed = 96 // of an entry, and of the call
	if s.left -= int64(len(state)+8*len(at)) + fixed; s.left < 0 {
		s.why = "the search needs more memory than it may have"
		return false
	}
	for _, wanted := range []bool{true, false} {
		for p, lane := range s.lanes {
			if at[p] == len(lane) {
				continue
			}
			a := lane[at[p]]
			if a.writes < 0 || a.reads >= 0 && a.reads != value || s.wanted[a.writes] != wanted {
				continue
			}
			next := slices.Clone(at)
			next[p]++
			if s.from(next, a.writes) {
				return true
			}
		}
	}
	return false
}

// search decides sequential consistency of a register where it is not clear which write
// was seen.
func (f *foreign) search(ctx context.Context, r *Result, x *register, cfg Config) {
	all := make([]*access, len(x.accesses))
	for i := range x.accesses {
		all[i] = &x.accesses[i]
	}
	legal, why := run(ctx, cfg.MaxSearchBytes, all, f.initial)
	switch {
	case why != "":
		r.unknown(x.at() + why)
	case !legal:
		least := shrink(ctx, cfg.MaxSearchBytes, all, f.initial)
		v := Violation{Key: x.name, Text: "no order of these keeps that of each process and explains what was read"}
		for _, a := range least {
			v.Steps = append(v.Steps, f.step(a))
		}
		r.broken(cfg.MaxViolations, v)
	}
}

// shrink leaves operations out as long as the others have no order either: many at a
// time at first. A read may always go, and a write if none of the rest saw it: an order of
// all would be one of the rest.
func shrink(ctx context.Context, limit int64, ops []*access, initial int32) []*access {
	const patience = 3 * time.Second // it only serves the reader
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for size := len(ops) / 2; size > 0; {
		removed := false
		for end := len(ops); end > 0; end -= size {
			begin := max(end-size, 0)
			fewer := slices.Delete(slices.Clone(ops), begin, end)
			if !closed(fewer, ops[begin:end]) {
				continue
			}
			if legal, why := run(ctx, limit, fewer, initial); !legal && why == "" {
				ops, removed = fewer, true
			}
		}
		if size > 1 {
			size /= 2
		} else if !removed {
			break
		}
	}
	return ops
}

// closed reports whether none of the rest reads what one of those taken away wrote.
func closed(rest, taken []*access) bool {
	wrote := map[int32]bool{}
	for _, a := range taken {
		if a.writes >= 0 {
			wrote[a.writes] = true
		}
	}
	return !slices.ContainsFunc(rest, func(a *access) bool { return wrote[a.reads] })
}
