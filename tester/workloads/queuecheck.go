package workloads

import (
	"cmp"
	"slices"

	"github.com/quorate/quorate/checker/history"
)

// passage is an element of a queue and how it came and went.
type passage struct {
	in    *call
	out   *call // nil if nobody took it
	maybe *call // of the dequeues with unknown outcomes that may have taken it, the first
	shown *call // of the reads that show it, the one called last
}

// left is from when on it may have been gone: never if nobody can have taken it.
func (p *passage) left() int {
	from := never
	if p.out != nil {
		from = p.out.from
	} else if p.maybe != nil {
		from = p.maybe.from
	}
	if p.shown != nil {
		from = max(from, p.shown.from)
	}
	return from
}

// checkQueue checks the calls on one queue of elements that are all different. None may
// be taken twice, before it was added, or while one that had been added before it is
// still there; none may be lost; a read shows all that is there, in its order. Without
// reads these are all ways in which a queue can go wrong, as Bouajjani, Emmi, Enea and
// Hamza show ("On Reducing Linearizability to State Reachability", 2018), but for
// dequeues that find it empty: they are Fail here, and say nothing. That several reads
// agree on the order of what was added at one time is not looked at.
func checkQueue(calls []*call) (*Finding, string) {
	e, f, why := sortOut(calls, "enqueue")
	if f != nil || why != "" {
		return f, why
	}
	all := map[any]*passage{}
	var order []*passage
	for _, c := range calls {
		if c.op.F == "enqueue" && c.outcome != history.Fail {
			all[c.arg] = &passage{in: c}
			order = append(order, all[c.arg])
		}
	}
	for _, c := range calls {
		if f := take(e, all, c); f != nil {
			return f, ""
		}
	}
	jokers(calls, order)
	for _, r := range e.reads {
		if f := shows(e, all, r); f != nil {
			return f, ""
		}
	}
	for _, r := range e.reads {
		if f := lacks(all, order, r); f != nil {
			return f, ""
		}
	}
	return overtaken(order), ""
}

// jokers lets an unknown dequeue that does not tell what it found take any element.
func jokers(calls []*call, order []*passage) {
	for _, c := range calls {
		if c.op.F != "dequeue" || c.outcome != history.Info || c.got != nil {
			continue
		}
		for _, p := range order {
			if p.maybe == nil || c.from < p.maybe.from {
				p.maybe = c
			}
		}
		return // later ones can do no more
	}
}

// take notes who took an element.
func take(e *elements, all map[any]*passage, c *call) *Finding {
	if c.op.F != "dequeue" || c.outcome == history.Fail || c.got == nil && c.outcome == history.Info {
		return nil
	}
	if f := e.known(c, c.got); f != nil {
		return f
	}
	p := all[c.got]
	switch {
	case c.outcome == history.Info:
		if p.maybe == nil {
			p.maybe = c
		}
	case p.out != nil:
		return finding([]*call{p.out, c}, "%s was taken twice: %s and %s", show(c.got), p.out, c)
	default:
		p.out = c
	}
	return nil
}

// shows compares a read with what cannot be there.
func shows(e *elements, all map[any]*passage, r *call) *Finding {
	there := map[any]bool{}
	var line []staged
	for i, v := range listOf(r) {
		if f := e.known(r, v); f != nil {
			return f
		}
		p := all[v]
		switch {
		case there[v]:
			return finding([]*call{p.in, r}, "%s shows %s twice", r, show(v))
		case r.weak():
		case p.out != nil && p.out.to < r.from:
			return finding([]*call{p.out, r}, "%s shows %s, which had been taken by %s", r, show(v), p.out)
		default:
			p.shown = r // the last one, as reads are in the order of their calls
		}
		there[v] = true
		line = append(line, staged{p.in, i, p.in.to})
	}
	if early, late := outOfOrder(line); early != nil {
		return finding([]*call{early, late, r}, "%s shows %s before %s, which was added after it", r, show(late.arg), show(early.arg))
	}
	return nil
}

// lacks compares a read with what must be there.
func lacks(all map[any]*passage, order []*passage, r *call) *Finding {
	if r.weak() {
		return nil
	}
	there := map[any]bool{}
	after, by := r.from, r // what had been added before then must be there
	for _, v := range listOf(r) {
		there[v] = true
		if in := all[v].in; in.from > after {
			after, by = in.from, in
		}
	}
	for _, p := range order {
		if !there[p.in.arg] && p.in.to < after && p.left() > r.to {
			return finding([]*call{p.in, r, by, p.shown}, "%s is lost: %s does not show it, and nobody had taken it", show(p.in.arg), r)
		}
	}
	return nil
}

// overtaken looks for an element that was taken before another one that had been added
// before it.
func overtaken(order []*passage) *Finding {
	byEnd := slices.Clone(order)
	slices.SortFunc(byEnd, func(a, b *passage) int { return cmp.Compare(a.in.to, b.in.to) })
	var slowest *passage      // of those whose adding had ended, the one that was taken last
	for _, p := range order { // in the order in which adding began
		for len(byEnd) > 0 && byEnd[0].in.to < p.in.from {
			if q := byEnd[0]; slowest == nil || q.left() > slowest.left() {
				slowest = q
			}
			byEnd = byEnd[1:]
		}
		if slowest != nil && p.out != nil && p.out.to < slowest.left() {
			return finding([]*call{slowest.in, p.in, p.out, slowest.out}, "%s was added after %s, and taken before it: %s", show(p.in.arg), show(slowest.in.arg), p.out)
		}
	}
	return nil
}
