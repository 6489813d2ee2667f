package checker

import (
	"math"
	"slices"

	"github.com/quorate/quorate"
)

// This file leaves out of a finding what it does not need.
//
// A write cannot simply go: the versions after its own would be impossible without it. So
// of what is left out this much stays, that some write gave the version, at any time, and
// made of the key whatever those that are kept say. What that history has no order for,
// the whole one has none for either: a write of which less is known can stand wherever
// the known one stood. Versions that no known write gave are left to the writes of
// unknown outcome, all of which stay; unless the finding is one of operations that prove
// it alone, which holds whoever wrote anything else.
//
// So each operation of a finding goes for which what remains still has no order, and in
// the end none is too many.

const worthIt = 200 // operations: each attempt to leave one out is a check

// least returns the finding without the operations that it does not need. illegal must
// report false if it cannot tell.
func (f *finding) least(ops []Operation, illegal func([]Operation) bool) *finding {
	if len(f.ops) < 2 || len(f.ops) > worthIt || f.alone && len(f.ops) == 2 {
		return f // two that prove it alone are never one too many: none is absurd
	}
	all := newOutline(ops, f.alone)
	fewer := *f
	fewer.ops = slices.Clone(f.ops)
	for i := len(fewer.ops) - 1; i >= 0 && len(fewer.ops) > 1; i-- {
		rest := slices.Delete(slices.Clone(fewer.ops), i, i+1)
		if all.without(rest, illegal) {
			fewer.ops = rest
		}
	}
	return &fewer
}

// outline is what of a history stays, whatever is left out.
type outline struct {
	alone bool
	known map[uint64]bool // versions that known writes gave
	end   uint64          // the highest
	open  []*Operation
}

func newOutline(ops []Operation, alone bool) *outline {
	a := &outline{alone: alone, known: map[uint64]bool{}}
	for i := range ops {
		switch o := &ops[i]; {
		case alone || !o.counts() || !o.writes():
		case o.open():
			a.open = append(a.open, o)
		default:
			a.known[o.Version] = true
			a.end = max(a.end, o.Version)
		}
	}
	return a
}

// without reports whether the kept operations certainly have no order without the others.
func (a *outline) without(kept []*Operation, illegal func([]Operation) bool) bool {
	const most = 4 // writes that may have been of either kind
	list, either := a.excerpt(kept)
	if len(either) > most {
		return false
	}
	for choice := range 1 << len(either) {
		for n, i := range either {
			if list[i].Op = quorate.OpDelete; choice>>n&1 == 1 {
				list[i].Op = quorate.OpPut
			}
		}
		if !illegal(list) {
			return false
		}
	}
	return true
}

// excerpt returns the history of which only the kept operations are known, and which of
// its writes may as well have put as deleted. Versions are numbered anew, so that it is as
// short as they are few.
func (a *outline) excerpt(kept []*Operation) (list []Operation, either []int) {
	e := excerpt{outline: a, kept: kept, slot: map[uint64]uint64{0: 0}}
	for _, o := range kept {
		e.top = max(e.top, o.Version)
	}
	e.number()
	list = e.others
	for _, o := range slices.Concat(kept, a.open) {
		list = append(list, e.renumbered(*o))
	}
	return list, e.either
}

// excerpt is one in the making.
type excerpt struct {
	*outline
	kept   []*Operation
	top    uint64            // the highest version of the kept
	slot   map[uint64]uint64 // new numbers of the versions that matter
	others []Operation       // writes of which only the version is known
	either []int             // of these, those that may have been of either kind
}

// number gives the versions that matter their new numbers, and all those between two of
// them one together.
func (e *excerpt) number() {
	var matter []uint64
	for _, o := range e.kept {
		matter = append(matter, o.Version, max(o.Version, 1)-1)
	}
	for v := uint64(1); v <= e.top && !e.alone; v++ {
		if !e.known[v] {
			matter = append(matter, v, v-1)
		}
	}
	slices.Sort(matter)
	last, next := uint64(0), uint64(0)
	for _, v := range slices.Compact(matter) {
		if v == 0 {
			continue
		}
		if v > last+1 {
			next++
			e.write(next, Operation{Op: quorate.OpDelete})
		}
		next++
		e.slot[v], last = next, v
		written := slices.ContainsFunc(e.kept, func(o *Operation) bool { return o.writes() && o.Version == v })
		if !written && (e.alone || e.known[v]) {
			w, told := e.wanted(v)
			if !told && e.compared(v) {
				e.either = append(e.either, len(e.others))
			}
			e.write(next, w)
		}
	}
	if e.alone || e.end > e.top {
		e.write(next+1, Operation{Op: quorate.OpDelete})
	}
}

// wanted returns a write that makes of the key what the kept operations say of a version;
// false if they say nothing. Then it deletes: that hinders none of them, and explains
// refusals.
func (e *excerpt) wanted(v uint64) (w Operation, told bool) {
	w.Op = quorate.OpDelete
	for _, o := range e.kept {
		switch {
		case o.Op == quorate.OpGet && o.Version == v:
			if o.OK {
				return Operation{Op: quorate.OpPut, Value: o.Result}, true
			}
			told = true
		case o.conditional() && (!o.OK && o.Version == v || o.OK && o.Condition != 0 && o.Version == v+1):
			w.Op, told = quorate.OpPut, true
		case o.conditional() && o.OK && o.Version == v+1:
			told = true
		}
	}
	return w, told
}

// compared reports whether a write of unknown outcome can have given the version after v
// only if the key was present at v.
func (e *excerpt) compared(v uint64) bool {
	return !e.alone && v < e.top && !e.known[v+1] &&
		slices.ContainsFunc(e.open, func(o *Operation) bool { return o.conditional() && o.Condition == v })
}

// write adds a write that may have happened at any time.
func (e *excerpt) write(version uint64, w Operation) {
	w.Process, w.Call, w.Return = -1-len(e.others), math.MinInt64, Never-1
	w.Status, w.OK, w.Version = quorate.Done, true, version
	e.others = append(e.others, w)
}

// renumbered returns an operation with the new numbers of its versions. A condition on
// one that does not matter holds never.
func (e *excerpt) renumbered(o Operation) Operation {
	const nowhere = math.MaxUint64
	if !o.open() {
		o.Version = e.slot[o.Version]
	}
	if o.conditional() {
		slot, ok := e.slot[o.Condition]
		if !ok {
			slot = nowhere
		}
		o.Condition = slot
	}
	return o
}

// leastSeen is least of a history without versions, as far as it can go: a read may, and a
// write if no read that stays saw it, because an order of all would be one of the rest.
func leastSeen(ops []*Operation, illegal func([]Operation) bool) []*Operation {
	for _, writes := range []bool{false, true} {
		for i := len(ops) - 1; i >= 0; i-- {
			rest := slices.Delete(slices.Clone(ops), i, i+1)
			if ops[i].writes() == writes && !(writes && seenBy(ops[i], rest)) && illegal(valuesOf(rest)) {
				ops = rest
			}
		}
	}
	return ops
}

// seenBy reports whether a read may have seen what w wrote.
func seenBy(w *Operation, ops []*Operation) bool {
	return slices.ContainsFunc(ops, func(o *Operation) bool {
		return !o.writes() && o.OK == w.puts() && (!o.OK || string(o.Result) == string(w.Value))
	})
}

func valuesOf(ops []*Operation) []Operation {
	list := make([]Operation, len(ops))
	for i, o := range ops {
		list[i] = *o
	}
	return list
}
