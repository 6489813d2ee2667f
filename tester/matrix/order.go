package matrix

import (
	"math/rand/v2"
	"slices"

	"github.com/quorate/quorate/tester/inject"
)

// order says which cell comes next: one of the protocol that was tested least, of its row
// that was, there of the column that was, and so on, so that whatever the time allows is
// spread evenly. What is left open the seed decides. Not safe for concurrent use.
type order struct {
	cells  []Cell
	groups [][]int // of each cell, the most important first
	kinds  families
	ids    map[string]int // of groups
	runs   []int          // of each group
}

func newOrder(cells []Cell, seed uint64) *order {
	o := &order{cells: slices.Clone(cells), kinds: families{inject.Kinds()}, ids: map[string]int{}}
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(o.cells), func(i, j int) { o.cells[i], o.cells[j] = o.cells[j], o.cells[i] })
	for _, c := range o.cells {
		o.groups = append(o.groups, o.of(c))
	}
	return o
}

// cellGroup is which group of a cell it has for itself.
const cellGroup = 7

// of returns what a cell counts for. Shapes come after the column: a place of the matrix
// is tested before another one is again, in whichever cluster.
func (o *order) of(c Cell) []int {
	row, column, read := c.Protocol+" "+c.Workload, o.kinds.of(c.Nemesis), " "+c.Read.String()
	var ids []int
	for _, name := range []string{
		c.Protocol, row, c.Workload, row + " " + column, "column " + column, "cluster " + c.cluster(), "row " + c.row(), "cell " + c.String(), "nemesis " + c.Nemesis,
		row + " read" + read, c.Protocol + " nemesis " + c.Nemesis, c.Workload + " nemesis " + c.Nemesis,
	} {
		id, ok := o.ids[name]
		if !ok {
			id = len(o.runs)
			o.ids[name], o.runs = id, append(o.runs, 0)
		}
		ids = append(ids, id)
	}
	return ids
}

// count notes that a cell was tested.
func (o *order) count(c Cell, times int) {
	for _, g := range o.of(c) {
		o.runs[g] += times
	}
}

// next returns the next cell, and how often it was tested before, and counts it.
func (o *order) next() (c Cell, before int) {
	best := 0
	for i := range o.cells {
		if o.less(i, best) {
			best = i
		}
	}
	c, before = o.cells[best], o.runs[o.groups[best][cellGroup]]
	o.count(c, 1)
	return c, before
}

func (o *order) less(i, j int) bool {
	for k, g := range o.groups[i] {
		if a, b := o.runs[g], o.runs[o.groups[j][k]]; a != b {
			return a < b
		}
	}
	return false
}
