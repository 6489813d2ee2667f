package models

import (
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/checker/search"
)

const outOfTime = search.OutOfTime

// shrinking makes a history smaller that has no order.
type shrinking struct {
	ctx   context.Context
	limit int64
	m     *model
	v     *values
	g     *group
}

// illegal reports whether some operations certainly have no order.
func (s *shrinking) illegal(ops []*op) bool {
	legal, why := s.m.legal(s.ctx, s.limit, s.v, s.g, ops)
	return !legal && why == ""
}

// run returns the operations up to the completion with which the history became illegal,
// and of these as few as it finds in the time that serves the reader. An order of all of
// them would be one of these too: what was under way at that instant is open, and what
// is left out is seen by none that remains.
func (s *shrinking) run() (known, least []*op) {
	const patience = 3 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), patience)
	defer cancel()
	stop := context.AfterFunc(s.ctx, func() {
		if s.ctx.Err() == context.Canceled {
			cancel()
		}
	})
	defer stop()
	s.ctx = ctx
	var ends []int
	for _, o := range s.g.ops {
		if o.done {
			ends = append(ends, o.end)
		}
	}
	slices.Sort(ends)
	lo, hi := 0, len(ends)-1 // the first that is illegal is in lo to hi
	for lo < hi && ctx.Err() == nil {
		mid := (lo + hi) / 2
		if s.illegal(until(s.g.ops, ends[mid])) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	known = until(s.g.ops, ends[hi])
	if !s.illegal(known) { // time ran out in between
		return s.g.ops, s.g.ops
	}
	return known, s.fewer(known)
}

// fewer leaves out what is not needed, at first much at a time.
func (s *shrinking) fewer(ops []*op) []*op {
	for size := len(ops) / 2; size > 0; {
		smaller := false
		for from := len(ops) - size; from > -size && s.ctx.Err() == nil; from -= size {
			drop := func(i int) bool { return i >= from && i < from+size }
			rest, ok := s.m.without(ops, drop)
			if !ok && size > 1 { // what is read must stay: only those that read
				rest, ok = s.m.without(ops, func(i int) bool { return drop(i) && ops[i].blind() })
			}
			if ok && len(rest) < len(ops) && s.illegal(rest) {
				ops, smaller = rest, true
			}
		}
		if s.ctx.Err() != nil {
			break
		}
		if !smaller || size > 1 {
			size /= 2
		}
	}
	return ops
}

// until returns the operations as they were known at an instant.
func until(ops []*op, at int) []*op {
	var known []*op
	for _, o := range ops {
		if o.start > at {
			continue
		}
		if o.done && o.end > at {
			o = o.forgotten()
		}
		known = append(known, o)
	}
	return known
}

// forgotten returns the operation before it completed.
func (o *op) forgotten() *op {
	f := *o
	f.done, f.end, f.text = false, never, o.ask
	if f.kind != cas { // what it needs, it needs anyway
		f.sees = nil
	}
	f.micro = slices.Clone(o.micro)
	for i := range f.micro {
		f.micro[i].known = false
	}
	return &f
}
