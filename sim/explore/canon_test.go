package explore

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

type ring struct {
	name string
	next *ring
}

type everything struct {
	b    bool
	i    int8
	u    uint64
	f    float64
	s    string
	d    time.Duration
	arr  [2]int
	list []string
	data []byte
	m    map[string]int
	byP  map[*ring]int
	p    *int
	any  any
	fn   func()
	ring *ring
	rng  *rand.Rand
}

func loop(names ...string) *ring {
	first := &ring{name: names[0]}
	last := first
	for _, n := range names[1:] {
		last.next = &ring{name: n}
		last = last.next
	}
	last.next = first
	return first
}

func form(t *testing.T, v any) digest {
	t.Helper()
	c := newCanon()
	c.any(v)
	d, err := c.sum()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestCanonTellsApart: each change shows, and each differs from the others.
func TestCanonTellsApart(t *testing.T) {
	one, two := 1, 2
	shared := &ring{name: "x"}
	seen := map[digest]int{}
	for i, v := range []any{
		nil, 0, int8(0), uint64(0), "", false, []int(nil), []int{}, []int{0}, [1]int{0}, map[int]int(nil), map[int]int{},
		everything{}, everything{b: true}, everything{i: -1}, everything{u: 1}, everything{f: 0.5}, everything{s: "x"}, everything{d: 1},
		everything{arr: [2]int{0, 1}}, everything{list: []string{"a", "b"}}, everything{list: []string{"ab"}}, everything{list: []string{"b", "a"}},
		everything{data: []byte{}}, everything{data: []byte("x")},
		everything{m: map[string]int{}}, everything{m: map[string]int{"a": 1}}, everything{m: map[string]int{"a": 2}}, everything{m: map[string]int{"b": 1}},
		everything{m: map[string]int{"a": 1, "b": 2}}, everything{m: map[string]int{"a": 2, "b": 1}},
		everything{p: &one}, everything{p: &two}, everything{any: 1}, everything{any: int32(1)}, everything{fn: func() {}},
		everything{ring: loop("a")}, everything{ring: loop("a", "a")}, everything{ring: loop("a", "b")}, everything{ring: loop("b", "a")},
		everything{ring: &ring{"a", &ring{"a", loop("a")}}}, everything{ring: &ring{"a", loop("a", "a")}},
		[]*ring{{name: "x"}, {name: "x"}}, []*ring{shared, shared},
		&everything{},
	} {
		d := form(t, v)
		if before, dup := seen[d]; dup {
			t.Errorf("value %d has the form of value %d", i, before)
		}
		seen[d] = i
	}
}

// TestCanonTakesForOne: what does not matter does not show.
func TestCanonTakesForOne(t *testing.T) {
	one, other := 1, 1
	big, reversed := map[string]int{}, map[string]int{}
	for i := range 20 {
		big[string(rune('a'+i))] = i
		reversed[string(rune('a'+19-i))] = 19 - i
	}
	n := 0
	for i, pair := range [][2]any{
		{everything{d: time.Second}, everything{d: time.Hour}},
		{everything{p: &one}, everything{p: &other}},
		{everything{m: big}, everything{m: reversed}},
		{everything{fn: func() {}}, everything{fn: func() { n++ }}},
		{everything{ring: loop("a", "b")}, everything{ring: loop("a", "b")}},
		{everything{rng: rand.New(rand.NewPCG(1, 2))}, everything{}},
		{everything{list: make([]string, 1, 2)}, everything{list: make([]string, 1, 9)}},
		{everything{byP: map[*ring]int{{name: "a"}: 1, {name: "b"}: 2}}, everything{byP: map[*ring]int{{name: "b"}: 2, {name: "a"}: 1}}},
	} {
		if form(t, pair[0]) != form(t, pair[1]) {
			t.Errorf("pair %d: two forms", i)
		}
	}
}

func TestWhatHasNoCanonicalForm(t *testing.T) {
	for _, v := range []any{make(chan int), struct{ p uintptr }{1}, complex(1, 2), map[*ring]int{{name: "a"}: 1, {name: "a"}: 2}, map[any]int{make(chan int): 1}} {
		c := newCanon()
		c.any(v)
		if _, err := c.sum(); err == nil {
			t.Errorf("%T: no error", v)
		}
	}
}

type note struct{ Text string }

func (note) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

// TestCanonOfNodes: what waits at a node shows, and which timers are armed; when
// they are due does not, nor how a node came there.
func TestCanonOfNodes(t *testing.T) {
	cluster, err := quorate.Grid(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	form := func(write func(c *canon, n *quorate.Node, timer *quorate.Timer), do func(n *quorate.Node, timer *quorate.Timer)) digest {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
		if err != nil {
			t.Fatal(err)
		}
		quorate.Recover(n, func(note) {})
		timer := n.NewTimer("tick", func() {})
		if err := n.Start(epoch, nil); err != nil {
			t.Fatal(err)
		}
		n.SendNow(cluster.ID(1), note{})
		n.Persist(note{"under way"})
		batch := n.Flush(func(quorate.Envelope) {})
		do(n, timer)
		c := newCanon()
		write(c, n, timer)
		c.any(batch)
		d, err := c.sum()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	node := func(c *canon, n *quorate.Node, _ *quorate.Timer) { c.node(n) }
	field := func(c *canon, _ *quorate.Node, timer *quorate.Timer) { c.any(struct{ t *quorate.Timer }{timer}) }

	seen := map[digest]int{}
	for i, do := range []func(n *quorate.Node, timer *quorate.Timer){
		func(*quorate.Node, *quorate.Timer) {},
		func(n *quorate.Node, _ *quorate.Timer) { n.Send(cluster.ID(1), note{"x"}) },
		func(n *quorate.Node, _ *quorate.Timer) { n.Send(cluster.ID(1), note{"y"}) },
		func(n *quorate.Node, _ *quorate.Timer) { n.Persist(note{"x"}) },
		func(n *quorate.Node, _ *quorate.Timer) { n.Forget(note{}, 0, 1) },
		func(_ *quorate.Node, timer *quorate.Timer) { timer.Reset(time.Second) },
	} {
		d := form(node, do)
		if before, dup := seen[d]; dup {
			t.Errorf("state %d has the form of state %d", i, before)
		}
		seen[d] = i
	}

	for i, write := range []func(*canon, *quorate.Node, *quorate.Timer){node, field} {
		idle := form(write, func(*quorate.Node, *quorate.Timer) {})
		soon := form(write, func(_ *quorate.Node, timer *quorate.Timer) { timer.Reset(time.Second) })
		late := form(write, func(_ *quorate.Node, timer *quorate.Timer) { timer.Reset(time.Hour) })
		stopped := form(write, func(_ *quorate.Node, timer *quorate.Timer) { timer.Reset(time.Hour); timer.Stop() })
		if soon == idle || soon != late || stopped != idle {
			t.Errorf("form %d does not show whether a timer is armed, and that alone", i)
		}
	}
	one := form(node, func(n *quorate.Node, timer *quorate.Timer) { timer.Reset(1); n.NewTimer("other", nil).Reset(2) })
	two := form(node, func(n *quorate.Node, timer *quorate.Timer) { timer.Reset(2); n.NewTimer("other", nil).Reset(1) })
	if one != two {
		t.Error("it shows in which order timers are due")
	}
}
