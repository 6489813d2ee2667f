package sessions

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// edge says that one write comes before another, or is it, and which operations want it.
type edge struct {
	from, to int32 // nodes
	kind     Guarantee
	a, b     int32 // accesses
}

// Kinds of edges besides those that a guarantee asks for.
const (
	first Guarantee = 100 + iota // what a register holds at first comes before all writes
	swaps                        // of a compare-and-set
)

// graph is what is known of the order of a register's writes. Node 0 is what it held at
// first, and each write that took effect has one.
type graph struct {
	x       *register
	nodes   int
	edges   []edge
	unclear bool  // a value was read that several writes wrote
	nowhere int32 // an access that read what nobody wrote; negative for none
}

// newGraph finds out which write each access read.
func newGraph(x *register, initial int32) *graph {
	g := &graph{x: x, nowhere: -1}
	writers := map[int32][]int32{initial: {-1}} // accesses, of each value
	for i := range x.accesses {
		if a := &x.accesses[i]; a.writes >= 0 {
			writers[a.writes] = append(writers[a.writes], int32(i))
		}
	}
	g.nodes = 1
	for i := range x.accesses {
		a := &x.accesses[i]
		a.node, a.from = -1, -1
		if a.writes >= 0 && !a.open {
			a.node = int32(g.nodes)
			g.nodes++
		}
	}
	// A write of unknown outcome took effect if somebody saw it, of whom that is known.
	var todo []int32
	for i := range x.accesses {
		if !x.accesses[i].open {
			todo = append(todo, int32(i))
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		a := &x.accesses[i]
		if a.reads < 0 {
			continue
		}
		switch from := writers[a.reads]; {
		case len(from) == 0:
			g.nowhere = i
		case len(from) > 1:
			g.unclear = true
		case from[0] < 0:
			a.from = 0
		default:
			w := &x.accesses[from[0]]
			if w.node < 0 {
				w.node = int32(g.nodes)
				g.nodes++
				w.seen = i
				todo = append(todo, from[0])
			}
			a.from = w.node
		}
	}
	g.link()
	return g
}

// lasts are the last accesses of a process; negative for none.
type lasts struct{ read, write int32 }

// link finds the edges. Those to the last read and the last write imply the others.
func (g *graph) link() {
	last := map[int32]lasts{}
	for i := range g.x.accesses {
		a := &g.x.accesses[i]
		l, ok := last[a.process]
		if !ok {
			l = lasts{-1, -1}
		}
		n := int32(i)
		if a.from >= 0 && (a.writes < 0 || a.node >= 0) {
			g.add(l.write, n, ReadYourWrites)
			g.add(l.read, n, MonotonicReads)
		}
		if a.node >= 0 {
			g.add(l.write, n, MonotonicWrites)
			g.add(l.read, n, WritesFollowReads)
			if a.from >= 0 {
				g.edges = append(g.edges, edge{a.from, a.node, swaps, n, n})
			}
			l.write = n
		}
		if a.from >= 0 && (a.writes < 0 || a.node >= 0) {
			l.read = n
		}
		last[a.process] = l
	}
}

// add adds what a guarantee says of two accesses of a process.
func (g *graph) add(before, n int32, kind Guarantee) {
	if before < 0 {
		return
	}
	e := edge{kind: kind, a: before, b: n}
	a, b := &g.x.accesses[before], &g.x.accesses[n]
	e.from, e.to = a.node, b.from
	if kind == MonotonicReads || kind == WritesFollowReads {
		e.from = a.from
	}
	if kind == MonotonicWrites || kind == WritesFollowReads {
		e.to = b.node
	}
	if e.from != e.to || kind == WritesFollowReads {
		g.edges = append(g.edges, e)
	}
}

// wants returns the kinds of edges that count for a guarantee.
func (g Guarantee) wants() []Guarantee {
	switch g {
	case ReadYourWrites:
		return []Guarantee{ReadYourWrites, MonotonicWrites}
	case MonotonicReads:
		return []Guarantee{MonotonicReads}
	case MonotonicWrites:
		return []Guarantee{MonotonicReads, MonotonicWrites}
	case WritesFollowReads:
		return []Guarantee{MonotonicReads, WritesFollowReads, swaps}
	}
	return []Guarantee{ReadYourWrites, MonotonicReads, MonotonicWrites, WritesFollowReads, swaps}
}

// judge judges a guarantee of one register.
func (f *foreign) judge(ctx context.Context, r *Result, x *register, cfg Config) {
	g := newGraph(x, f.initial)
	if (r.Guarantee == MonotonicWrites || r.Guarantee == WritesFollowReads) && g.cycle(MonotonicReads.wants(), nil) != nil {
		r.unknown(x.at() + "reads are not monotonic, so they do not tell the order of the writes")
		return
	}
	var bad []edge
	if r.Guarantee != Sequential || !g.unclear {
		bad = g.find(r.Guarantee)
	}
	switch {
	case bad != nil:
		r.broken(cfg.MaxViolations, f.least(x, bad, r.Guarantee))
	case g.nowhere >= 0 && r.Guarantee == Sequential:
		a := &x.accesses[g.nowhere]
		r.broken(cfg.MaxViolations, Violation{Key: x.name, Text: fmt.Sprintf("nobody wrote %s", f.v.text[a.reads]), Steps: []Step{f.step(a)}})
	case g.nowhere >= 0:
		r.unknown(x.at() + fmt.Sprintf("nobody wrote %s, so it has no place in the order of the writes", f.v.text[x.accesses[g.nowhere].reads]))
	case g.unclear && r.Guarantee == Sequential:
		f.search(ctx, r, x, cfg)
	case g.unclear:
		r.unknown(x.at() + "a value was read that was written more than once, so it is not known which write was seen")
	}
}

// find returns a short cycle of what a guarantee asks for.
func (g *graph) find(want Guarantee) []edge {
	bad := g.cycle(want.wants(), nil)
	if bad == nil && want == Sequential {
		bad = g.contracted()
	}
	return bad
}

// least leaves out of a cycle's accesses what is not needed for one, and words the rest.
func (f *foreign) least(x *register, cycle []edge, want Guarantee) Violation {
	for n := 0; ; {
		steps := x.involved(cycle)
		if n == len(steps) {
			return f.explain(x, cycle)
		}
		y := x.only(slices.Delete(steps, n, n+1))
		if fewer := newGraph(y, f.initial).find(want); fewer != nil {
			x, cycle, n = y, fewer, 0
		} else {
			n++
		}
	}
}

// involved are the accesses of a cycle, in order, and those which show that others of them
// took effect.
func (x *register) involved(cycle []edge) []int32 {
	var steps []int32
	for _, e := range cycle {
		if e.kind != first {
			steps = append(steps, e.a, e.b)
		}
	}
	for n := 0; n < len(steps); n++ {
		if a := &x.accesses[steps[n]]; a.open && !slices.Contains(steps, a.seen) {
			steps = append(steps, a.seen)
		}
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

// only is the register as if these accesses were all, and what they read was written by
// processes of their own.
func (x *register) only(steps []int32) *register {
	y := &register{name: x.name}
	wrote := map[int32]bool{}
	for _, i := range steps {
		y.accesses = append(y.accesses, x.accesses[i])
		wrote[x.accesses[i].writes] = true
	}
	for i := range x.accesses {
		w := x.accesses[i]
		read := slices.ContainsFunc(steps, func(n int32) bool { return x.accesses[n].reads == w.writes })
		if w.writes >= 0 && read && !wrote[w.writes] {
			y.accesses = append(y.accesses, access{call: w.call, process: -1 - int32(i), reads: -1, writes: w.writes})
		}
	}
	return y
}

// contracted returns a cycle that comes of this: nothing comes between what a
// compare-and-set read and what it wrote. There must be no other cycle.
func (g *graph) contracted() []edge {
	chain, by := make([]int32, g.nodes), make([]int32, g.nodes) // the first node of each chain, and the access that took a node away
	for n := range chain {
		chain[n], by[n] = int32(n), -1
	}
	for _, e := range g.edges {
		if e.kind != swaps {
			continue
		}
		if by[e.from] >= 0 {
			return []edge{{e.from, e.to, swaps, by[e.from], by[e.from]}, e}
		}
		by[e.from], chain[e.to] = e.a, e.from
	}
	place := make([]int32, g.nodes) // in the chain, which has no cycle
	for n := range chain {
		var path []int32
		at := int32(n)
		for chain[at] != at && place[at] == 0 {
			path = append(path, at)
			at = chain[at]
		}
		for i := len(path) - 1; i >= 0; i-- {
			place[path[i]] = place[at] + int32(len(path)-i)
			chain[path[i]] = chain[at]
		}
	}
	var whole []edge
	bad := g.cycle(Sequential.wants(), chain)
	for i, e := range bad {
		whole = append(whole, e)
		// From where it enters the chain to where the next one leaves it.
		next := bad[(i+1)%len(bad)]
		low, high := e.to, next.from
		if place[low] > place[high] {
			low, high = high, low
		}
		for low != high {
			a := &g.x.accesses[by[low]]
			whole = append(whole, edge{low, a.node, swaps, by[low], by[low]})
			low = a.node
		}
	}
	return whole
}

// explain words a cycle.
func (f *foreign) explain(x *register, cycle []edge) Violation {
	v := Violation{Key: x.name}
	var parts []string
	begin := 0 // with what was called first
	for i, e := range cycle {
		if e.kind != first && (cycle[begin].kind == first || e.a < cycle[begin].a) {
			begin = i
		}
	}
	for _, e := range slices.Concat(cycle[begin:], cycle[:begin]) {
		if part := f.word(x, e); part != "" {
			parts = append(parts, part)
		}
	}
	for _, i := range x.involved(cycle) {
		v.Steps = append(v.Steps, f.step(&x.accesses[i]))
	}
	v.Text = strings.Join(parts, "; ")
	if len(parts) > 1 {
		v.Text += ": no order of the writes allows all of this"
	}
	return v
}

// word says what an edge knows.
func (f *foreign) word(x *register, e edge) string {
	if e.kind == first {
		return ""
	}
	a, b := &x.accesses[e.a], &x.accesses[e.b]
	process := f.h.Ops[f.h.Calls[a.call].Invoke].Process
	read := func(a *access) string { return f.v.text[a.reads] }
	wrote := func(a *access) string { return f.v.text[a.writes] }
	switch e.kind {
	case ReadYourWrites:
		return fmt.Sprintf("process %d wrote %s and then read %s", process, wrote(a), read(b))
	case MonotonicReads:
		return fmt.Sprintf("process %d read %s and then %s", process, read(a), read(b))
	case MonotonicWrites:
		return fmt.Sprintf("process %d wrote %s and then %s", process, wrote(a), wrote(b))
	case WritesFollowReads:
		return fmt.Sprintf("process %d read %s and then wrote %s", process, read(a), wrote(b))
	}
	return fmt.Sprintf("process %d changed %s to %s at once", process, read(a), wrote(a))
}
