package graph

import "slices"

// Node is a command in the graph. It is a part of the caller's own type T, which
// Value points back to. The zero Node with a Value is open: not committed.
type Node[T any] struct {
	Value T

	phase phase
	index int     // of the visit, from 1 on, while a search has the node on its stack
	low   int     // the least index known to be in reach
	waits *set[T] // what the node is known to wait for
	holds *set[T] // what is known to wait for the node
}

type phase uint8

const (
	open phase = iota
	committed
	executed
)

// Committed reports whether the node was committed.
func (n *Node[T]) Committed() bool { return n.phase >= committed }

// Executed reports whether the node was executed.
func (n *Node[T]) Executed() bool { return n.phase == executed }

// Awaited reports whether a committed node is known to wait for this one, which
// is not committed.
func (n *Node[T]) Awaited() bool { return n.phase == open && n.holds != nil }

// Deps appends to dst what a committed node depends on; it may leave out what is
// executed. If there are nodes of which it is not known whether of depends on
// them, it returns one that is not committed as unknown: of waits for that one,
// until it is committed or [Graph.Recheck] is called with it, and then Deps is
// asked again.
type Deps[T any] func(dst []*Node[T], of T) (deps []*Node[T], unknown *Node[T])

// Graph orders nodes. It has no list of them: what is executed and what is not
// committed costs nothing here. Not safe for concurrent use.
type Graph[T any] struct {
	deps    Deps[T]
	compare func(a, b T) int

	queue  []*Node[T] // to be searched from, from head on; Run empties it
	head   int
	frames []frame[T] // the path of the search under way; it ends with each search
	edges  []*Node[T] // of the frames
	stack  []*Node[T] // Tarjan's: visited, and not yet in a component
	batch  []T        // scratch: a component
}

// frame is a node on the path of a search. Its edges not yet followed are the
// graph's from next on; those of the frame above begin where its own end.
type frame[T any] struct {
	node       *Node[T]
	first, end int
	next       int
}

// New returns an empty graph. compare orders the nodes of a component.
func New[T any](deps Deps[T], compare func(a, b T) int) *Graph[T] {
	return &Graph[T]{deps: deps, compare: compare}
}

// Commit says that what n depends on is final. It is idempotent.
func (g *Graph[T]) Commit(n *Node[T]) {
	if n.phase == open {
		n.phase = committed
		g.queue = append(g.queue, n)
	}
}

// Execute says that n was executed without the graph's doing: its effect came
// with a state from elsewhere.
func (g *Graph[T]) Execute(n *Node[T]) {
	if len(g.frames) > 0 { // it may have n on its stack
		g.queue = append(g.queue, g.frames[0].node)
		g.abandon()
	}
	n.phase = executed
	g.release(n)
}

// abandon ends the search under way.
func (g *Graph[T]) abandon() {
	for _, n := range g.stack {
		n.index = 0
	}
	clear(g.stack)
	clear(g.edges)
	clear(g.frames)
	g.stack, g.edges, g.frames = g.stack[:0], g.edges[:0], g.frames[:0]
}

// Recheck says that it is known now who depends on n, which was unknown.
func (g *Graph[T]) Recheck(n *Node[T]) {
	if n.phase == open {
		g.release(n)
	}
}

// Idle reports whether Run has nothing to do.
func (g *Graph[T]) Idle() bool { return len(g.queue) == 0 && len(g.frames) == 0 }

// Run searches, and hands each component to execute when all that it depends on
// was executed; the slice is valid during the call. It stops after about budget
// steps, visits and edges, and reports whether something is left to do.
func (g *Graph[T]) Run(budget int, execute func(component []T)) bool {
	for ; budget > 0 && !g.Idle(); budget-- {
		if len(g.frames) == 0 {
			g.begin()
			continue
		}
		g.step(execute)
	}
	return !g.Idle()
}

// begin takes a node off the queue and starts a search from it if it may be free.
func (g *Graph[T]) begin() {
	n := g.queue[g.head]
	g.queue[g.head] = nil
	if g.head++; g.head == len(g.queue) {
		g.queue, g.head = g.queue[:0], 0
	}
	if n.phase == committed && n.blocker() == nil {
		g.visit(n)
	}
}

// visit goes on to n. What n may or may not depend on ends the search before it
// follows an edge: an edge that is none would make other components.
func (g *Graph[T]) visit(n *Node[T]) {
	g.stack = append(g.stack, n)
	n.index = len(g.stack)
	n.low = n.index
	first := len(g.edges)
	edges, unknown := g.deps(g.edges, n.Value)
	g.edges = edges
	g.frames = append(g.frames, frame[T]{node: n, first: first, end: len(edges), next: first})
	if unknown != nil && unknown.phase == open {
		g.block(unknown)
	}
}

// step follows one edge of the top frame, or leaves the frame.
func (g *Graph[T]) step(execute func([]T)) {
	top := &g.frames[len(g.frames)-1]
	if top.next == top.end {
		g.leave(execute)
		return
	}
	to := g.edges[top.next]
	top.next++
	switch {
	case to.phase == executed:
	case to.phase == open:
		g.block(to)
	case to.index > 0: // on the stack
		top.node.low = min(top.node.low, to.index)
	default:
		if z := to.blocker(); z != nil {
			g.block(z)
			return
		}
		g.visit(to)
	}
}

// leave ends the visit of the top frame's node. If nothing below it on the stack
// is in reach, what lies above it is a component.
func (g *Graph[T]) leave(execute func([]T)) {
	f := g.frames[len(g.frames)-1]
	clear(g.edges[f.first:])
	g.edges = g.edges[:f.first]
	g.frames[len(g.frames)-1] = frame[T]{}
	g.frames = g.frames[:len(g.frames)-1]
	if f.node.low < f.node.index {
		parent := g.frames[len(g.frames)-1].node
		parent.low = min(parent.low, f.node.low)
		return
	}
	component := g.stack[f.node.index-1:]
	g.stack = g.stack[:f.node.index-1]
	for _, n := range component {
		n.phase, n.index = executed, 0
		g.batch = append(g.batch, n.Value)
		g.release(n)
		n.waits = nil
	}
	clear(component)
	slices.SortFunc(g.batch, g.compare)
	execute(g.batch)
	clear(g.batch)
	g.batch = g.batch[:0]
}

// block ends the search: z is not committed, and everything on the stack leads
// to it. What is on the path leads to the edge just followed; what is not leads
// to something on the path, or it would be in a component.
func (g *Graph[T]) block(z *Node[T]) {
	if z.holds == nil {
		z.holds = &set[T]{blocker: z}
	}
	s := z.holds
	for _, n := range g.stack {
		if n.holds != nil {
			s = s.join(n.holds)
			n.holds = nil
		}
	}
	for _, n := range g.stack {
		if n.waits == nil || n.waits.root() != s {
			s.members = append(s.members, n)
		}
		n.waits = s
	}
	g.abandon()
}

// release lets everything that waits for n be searched again.
func (g *Graph[T]) release(n *Node[T]) {
	if s := n.holds; s != nil {
		n.holds = nil
		g.queue = append(g.queue, s.members...)
		s.members, s.blocker = nil, nil
	}
}
