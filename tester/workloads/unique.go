package workloads

import (
	"cmp"
	"slices"
	"sort"

	"github.com/quorate/quorate/checker/history"
)

// This file decides in n log n time whether a register is linearizable whose values are
// all different. It is the argument of Gibbons and Korach ("Testing Shared Memories",
// SIAM J. Computing 1997), and compare-and-set besides.
//
// A write and the reads of its value are a cluster: nothing else may come between them.
// A cas that took effect comes at once after the cluster of the value that it found, so
// its own cluster and that one are one block, in this order. Blocks are put one after
// the other. Block A must come before B if some call of A returned before some call of
// B was made. With f the first return in a block and s its last call, that is f(A) <
// s(B). If two blocks must come before each other there is no order. If no two do there
// is one: a block with f < s keeps the time from f to s for itself, these times do not
// overlap, and one with s < f finds a place between s and f, unless all of that lies
// in the time of a single other block.
//
// Writes with unknown outcomes whose value nobody saw are left out: where there is an
// order with them, there is one without. Those that somebody saw took effect, before
// the return of who saw it, and have no return of their own. Weak reads may be old, so
// they have no place in the order; but whatever they show was written before they
// returned.

// cluster is a value with the calls that it belongs to.
type cluster struct {
	value  any
	write  *call // nil for the initial value
	until  int   // the write took effect before then
	by     *call // who says so, if it is not the write's own return
	reads  []*call
	took   bool // the write took effect
	next   *cluster
	second bool // it follows another one
}

// block is clusters that follow each other at once.
type block struct {
	first, last  *call    // the one that returns first, and the one called last
	early, late  *cluster // theirs
	f, s, length int
}

// registerCheck is the history of one key.
type registerCheck struct {
	clusters map[any]*cluster
	order    []*cluster
	failed   map[any]*call
}

// checkRegister checks the calls of one register. The string says why it cannot tell.
func checkRegister(calls []*call) (*Finding, string) {
	r := registerCheck{clusters: map[any]*cluster{}, failed: map[any]*call{}}
	r.put(&cluster{took: true, until: -1})
	for _, c := range calls {
		if why := r.write(c); why != "" {
			return nil, why
		}
	}
	for _, c := range calls {
		if f := r.read(c); f != nil {
			return f, ""
		}
	}
	if f := r.chain(); f != nil {
		return f, ""
	}
	if f := r.blocks(); f != nil {
		return f, ""
	}
	return timelines(calls, func(c *call) int64 {
		if v := c.version(); v > 0 || c.read() && c.got == nil {
			return v
		}
		return -1
	}), ""
}

func (r *registerCheck) put(c *cluster) {
	r.clusters[c.value] = c
	r.order = append(r.order, c)
}

// casOf returns what a cas compares with and what it sets. found is false if it is not
// known what it met, so that it is taken for a write: nil is what invocations say that
// do not know.
func (c *call) casOf() (old, value any, found bool) {
	pair, _ := c.got.([]any)
	if len(pair) != 2 {
		if pair, _ = c.arg.([]any); len(pair) != 2 {
			return nil, nil, false
		}
	}
	return pair[0], pair[1], c.outcome == history.OK || pair[0] != nil
}

// write gives a write its cluster.
func (r *registerCheck) write(c *call) string {
	var value any
	switch c.op.F {
	case "write":
		value = c.arg
	case "cas":
		_, value, _ = c.casOf()
	default:
		return ""
	}
	if !plain(value) {
		return "a write of a value that is no number or text"
	}
	if c.outcome == history.Fail {
		r.failed[value] = c
		return ""
	}
	if r.clusters[value] != nil {
		return "value " + show(value) + " is written twice: the check wants different ones"
	}
	r.put(&cluster{value: value, write: c, until: c.to, took: c.outcome == history.OK})
	return ""
}

// read adds a read to the cluster of its value.
func (r *registerCheck) read(c *call) *Finding {
	if !c.read() {
		return nil
	}
	k, f := r.seen(c, c.got)
	if f != nil || k.write == nil && c.weak() {
		return f
	}
	k.took = true
	switch {
	case !c.weak():
		k.reads = append(k.reads, c)
	case c.to < k.until:
		k.until, k.by = c.to, c
	}
	return nil
}

// seen returns the cluster of a value that c met.
func (r *registerCheck) seen(c *call, value any) (*cluster, *Finding) {
	if value != nil && !plain(value) {
		return nil, finding([]*call{c}, "%s met %s, which was never written", c, show(value))
	}
	k := r.clusters[value]
	switch w := r.failed[value]; {
	case k == nil && w != nil:
		return nil, finding([]*call{w, c}, "%s met the value of %s, which certainly was not executed", c, w)
	case k == nil:
		return nil, finding([]*call{c}, "%s met %s, which was never written", c, show(value))
	case k.write != nil && k.write.from > c.to:
		return nil, finding([]*call{k.write, c}, "%s met the value of %s, which was called only later", c, k.write)
	}
	return k, nil
}

// chain joins the cluster of each cas that took effect to that of the value it found.
func (r *registerCheck) chain() *Finding {
	// That a cas took effect shows that what it found was written.
	var todo []*cluster
	for _, k := range r.order {
		if k.took {
			todo = append(todo, k)
		}
	}
	for len(todo) > 0 {
		k := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if k.write == nil || k.write.op.F != "cas" {
			continue
		}
		old, _, found := k.write.casOf()
		if !found {
			continue
		}
		before, f := r.seen(k.write, old)
		switch {
		case f != nil:
			return f
		case before.next != nil:
			return finding([]*call{before.next.write, k.write}, "two cas took effect on the same value %s: %s and %s", show(old), before.next.write, k.write)
		}
		before.next, k.second = k, true
		if !before.took {
			before.took = true
			todo = append(todo, before)
		}
	}
	return nil
}

// blocks looks for blocks that are in each other's way.
func (r *registerCheck) blocks() *Finding {
	var forward, backward []block
	reached := 0
	for _, k := range r.order {
		if !k.took || k.second {
			continue
		}
		b, f := newBlock(k)
		if f != nil {
			return f
		}
		reached += b.length
		if b.f < b.s {
			forward = append(forward, b)
		} else {
			backward = append(backward, b)
		}
	}
	for _, k := range r.order {
		if k.took {
			reached--
		}
	}
	if reached != 0 {
		return r.explainCycle()
	}
	slices.SortFunc(forward, func(a, b block) int { return cmp.Compare(a.f, b.f) })
	for i := 1; i < len(forward); i++ {
		if a, b := forward[i-1], forward[i]; b.f < a.s {
			return explainBlocks(a, b)
		}
	}
	for _, b := range backward {
		i := sort.Search(len(forward), func(i int) bool { return forward[i].f >= b.s }) - 1
		if i >= 0 && b.f < forward[i].s {
			return explainBlocks(forward[i], b)
		}
	}
	return nil
}
