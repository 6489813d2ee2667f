package core

import (
	"fmt"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/graph"
)

// Span bounds how far beyond the last instance of a row a replica takes another:
// what a message may make it allocate. An owner has far fewer open at a time.
const Span = 1 << 16

// Table is one replica's state of all instances: acceptor and learner. It changes
// in memory; the caller persists what a method says changed, before it answers.
type Table struct {
	rows  []row
	index index
	graph *graph.Graph[*Instance]
	fresh []*Instance // made since Fresh was called
	deps  Deps        // scratch
	floor Deps        // see trim.go
	cover Deps
}

type row struct {
	base      uint64      // all instances below are dropped
	known     uint64      // all instances below are known
	executed  uint64      // all instances below are executed; advanceExecuted moves it
	instances []*Instance // from base on; nil where nothing is known
}

// NewTable returns an empty table for a cluster of the given size.
func NewTable(size int) *Table {
	t := &Table{rows: make([]row, size), index: index{keys: map[string]*key{}, rows: size}, deps: make(Deps, size)}
	t.newGraph()
	return t
}

func (t *Table) newGraph() {
	t.graph = graph.New(t.edges, func(a, b *Instance) int { return a.ID.Compare(b.ID) })
}

// Get returns an instance, nil if nothing is known of it, or it was dropped.
func (t *Table) Get(id ID) *Instance {
	if int(id.Row) >= len(t.rows) {
		return nil
	}
	return t.rows[id.Row].get(id.Number)
}

func (r *row) get(number uint64) *Instance {
	if number < r.base || number >= r.end() {
		return nil
	}
	return r.instances[number-r.base]
}

func (r *row) end() uint64 { return r.base + uint64(len(r.instances)) }

// End returns the number after the last instance of a row of which something is
// known.
func (t *Table) End(row int) uint64 { return t.rows[row].end() }

// Len returns the number of instances kept, gaps among them included.
func (t *Table) Len() int {
	n := 0
	for i := range t.rows {
		n += len(t.rows[i].instances)
	}
	return n
}

// Open returns an instance, an empty one if nothing was known of it; nil if it
// lies outside the table, beyond [Span], or was dropped.
func (t *Table) Open(id ID) *Instance {
	if int(id.Row) >= len(t.rows) || id.Number < t.rows[id.Row].base || id.Number >= t.End(int(id.Row))+Span {
		return nil
	}
	return t.at(id)
}

func (t *Table) at(id ID) *Instance {
	r := &t.rows[id.Row]
	for r.end() <= id.Number {
		r.instances = append(r.instances, nil)
	}
	at := &r.instances[id.Number-r.base]
	if *at == nil {
		*at = &Instance{ID: id}
		(*at).node.Value = *at
		t.fresh = append(t.fresh, *at)
	}
	return *at
}

// Ends returns, for each row, the number after the last instance of which
// something is known.
func (t *Table) Ends() Deps {
	ends := make(Deps, len(t.rows))
	for row := range ends {
		ends[row] = t.End(row)
	}
	return ends
}

// Reach opens the instances below ends that are not known, at most limit in each
// row: others have heard of them.
func (t *Table) Reach(ends Deps, limit int) {
	for row := range t.rows {
		known := t.rows[row].known // not below base
		for number := known; number < min(ends.At(row), known+uint64(limit)); number++ {
			t.at(ID{uint8(row), number})
		}
	}
}

// Fits reports whether d can be the dependencies of an instance of this table.
func (t *Table) Fits(d Deps) bool { return len(d) <= len(t.rows) }

// Deps returns the dependencies that this replica knows for commands it proposes,
// with its floor and those that are announced.
func (t *Table) Deps(commands []quorate.Command) Deps {
	for row := range t.rows {
		t.deps[row] = max(t.floor.At(row), t.cover.At(row))
	}
	for i := range commands {
		c := &commands[i]
		if k := t.index.keys[c.Key]; k != nil && c.Op != quorate.OpNop {
			k.addTo(t.deps, c.Op != quorate.OpGet)
		}
	}
	return t.found(nil)
}

// found returns the dependencies in the scratch buffer, or d if they are the same.
func (t *Table) found(d Deps) Deps {
	if d.Equal(t.deps) {
		return d
	}
	return slices.Clone(t.deps)
}

// Contended reports whether what is proposed for c now will depend on instances of
// others than the member self that are not executed.
func (t *Table) Contended(c *quorate.Command, self int) bool {
	k := t.index.keys[c.Key]
	if k == nil {
		return false
	}
	for row, top := range k.tops {
		if r := &t.rows[row]; row != self && top.any > r.executed {
			if i := r.get(top.any - 1); i != nil && !i.node.Executed() {
				return true
			}
		}
	}
	return false
}

// learn takes the commands of an instance. An owner proposes once; whoever says
// otherwise has broken the protocol.
func (t *Table) learn(i *Instance, commands []quorate.Command) {
	if len(commands) == 0 {
		return
	}
	if len(i.Commands) > 0 {
		if !sameCommands(i.Commands, commands) {
			panic(fmt.Sprintf("epaxos: instance %v has two proposals: %v and %v", i.ID, i.Commands, commands))
		}
		return
	}
	known := i.Known()
	i.Commands, i.news = commands, true
	if i.touches == nil {
		i.touches = t.index.footprint(commands)
	}
	t.index.add(i)
	if !known {
		t.known(i)
	}
}

// known notes that it is known with what i interferes.
func (t *Table) known(i *Instance) {
	if r := &t.rows[i.ID.Row]; i.ID.Number == r.known {
		r.advance()
	}
	t.graph.Recheck(&i.node)
}

// advance moves known as far as it goes.
func (r *row) advance() {
	for i := r.get(r.known); i != nil && i.Known(); i = r.get(r.known) {
		r.known++
	}
}

func (r *row) advanceExecuted() uint64 {
	for i := r.get(r.executed); i != nil && i.node.Executed(); i = r.get(r.executed) {
		r.executed++
	}
	return r.executed
}

// edges is what i waits for, for the graph. Of a row that is not known as far as
// the dependencies go the first gap must be filled before the edges are known.
func (t *Table) edges(dst []*graph.Node[*Instance], i *Instance) ([]*graph.Node[*Instance], *graph.Node[*Instance]) {
	if i.Nop {
		return dst, nil
	}
	for r := range t.rows {
		if known := t.rows[r].known; i.Deps.At(r) > known {
			return dst, &t.at(ID{uint8(r), known}).node
		}
	}
	return t.below(dst, i), nil
}

// Execute runs the execution graph for about budget steps, and hands what is to
// be executed to f in order: components, each in the order of its instances. It
// reports whether there is more to do.
func (t *Table) Execute(budget int, f func([]*Instance)) bool { return t.graph.Run(budget, f) }

// Fresh calls f for each instance that was heard of since the last call: in
// requests, or in the dependencies of another one.
func (t *Table) Fresh(f func(*Instance)) {
	for _, i := range t.fresh {
		f(i)
	}
	clear(t.fresh)
	t.fresh = t.fresh[:0]
}
