package graph_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"

	"github.com/quorate/quorate/epaxos/graph"
)

// vertex is a command of the tests.
type vertex struct {
	node  graph.Node[*vertex]
	id    int
	deps  []*vertex
	extra []*vertex // which it may depend on, as long as they are unknown
}

type world struct {
	g        *graph.Graph[*vertex]
	vertices []*vertex
	order    [][]int // the components executed
	at       map[int]int
}

func newWorld(n int) *world {
	w := &world{at: map[int]int{}}
	w.g = graph.New(func(dst []*graph.Node[*vertex], v *vertex) ([]*graph.Node[*vertex], *graph.Node[*vertex]) {
		for _, d := range v.deps {
			dst = append(dst, &d.node)
		}
		for _, d := range v.extra {
			return dst, &d.node
		}
		return dst, nil
	}, func(a, b *vertex) int { return cmp.Compare(a.id, b.id) })
	for i := range n {
		v := &vertex{id: i}
		v.node.Value = v
		w.vertices = append(w.vertices, v)
	}
	return w
}

func (w *world) depend(from int, to ...int) {
	for _, i := range to {
		w.vertices[from].deps = append(w.vertices[from].deps, w.vertices[i])
	}
}

func (w *world) commit(ids ...int) {
	for _, i := range ids {
		w.g.Commit(&w.vertices[i].node)
	}
}

func (w *world) run(budget int) bool {
	return w.g.Run(budget, func(component []*vertex) {
		var ids []int
		for _, v := range component {
			w.at[v.id] = len(w.order)
			ids = append(ids, v.id)
		}
		w.order = append(w.order, ids)
	})
}

const all = 1 << 30

func TestOrder(t *testing.T) {
	for _, tc := range []struct {
		name   string
		deps   map[int][]int
		commit []int
		want   string
	}{
		{"nothing", nil, nil, "[]"},
		{"alone", nil, []int{0}, "[[0]]"},
		{"itself", map[int][]int{0: {0}}, []int{0}, "[[0]]"},
		{"one after the other", map[int][]int{1: {0}}, []int{0, 1}, "[[0] [1]]"},
		{"the other way round", map[int][]int{1: {0}}, []int{1, 0}, "[[0] [1]]"},
		{"not committed", map[int][]int{1: {0}, 2: {1}}, []int{2, 1}, "[]"},
		{"others go on", map[int][]int{1: {0}, 2: {1}}, []int{1, 2, 3}, "[[3]]"},
		{"both ways", map[int][]int{0: {1}, 1: {0}}, []int{1, 0}, "[[0 1]]"},
		{"a triangle", map[int][]int{0: {1}, 1: {2}, 2: {0}}, []int{2, 0, 1}, "[[0 1 2]]"},
		{"half a triangle", map[int][]int{0: {1}, 1: {2}, 2: {0}}, []int{2, 0}, "[]"},
		{"two components and an edge", map[int][]int{0: {1}, 1: {0, 2}, 2: {3}, 3: {2}}, []int{0, 1, 2, 3}, "[[2 3] [0 1]]"},
		{"a circle with a way out", map[int][]int{0: {1}, 1: {0, 2}}, []int{0, 1}, "[]"},
		{"a component below a blocked one", map[int][]int{0: {1, 9}, 1: {2}, 2: {1}}, []int{0, 1, 2}, "[[1 2]]"},
		{"a way round", map[int][]int{0: {1, 2}, 1: {3}, 2: {3}}, []int{0, 3, 1, 2}, "[[3] [1] [2] [0]]"},
	} {
		w := newWorld(10)
		for _, from := range []int{0, 1, 2, 3, 4} {
			w.depend(from, tc.deps[from]...)
		}
		for _, i := range tc.commit {
			w.commit(i, i)
			w.run(all)
		}
		if got := fmt.Sprint(w.order); got != tc.want {
			t.Errorf("%s: executed %s, want %s", tc.name, got, tc.want)
		}
	}
}

// What waits for an unknown command may turn out not to depend on it.
func TestRecheck(t *testing.T) {
	w := newWorld(4)
	w.vertices[1].extra = []*vertex{w.vertices[0]}
	w.depend(2, 1)
	w.commit(2, 1)
	w.run(all)
	if !w.vertices[0].node.Awaited() || w.vertices[1].node.Awaited() || w.vertices[3].node.Awaited() {
		t.Error("0 is not awaited, or another one is")
	}
	w.g.Recheck(&w.vertices[3].node)
	w.g.Recheck(&w.vertices[1].node)
	w.run(all)
	if len(w.order) > 0 {
		t.Errorf("executed %v while 0 may be one to wait for", w.order)
	}
	w.vertices[1].extra = nil
	w.g.Recheck(&w.vertices[0].node)
	w.run(all)
	if got := fmt.Sprint(w.order); got != "[[1] [2]]" || w.vertices[0].node.Awaited() {
		t.Errorf("executed %v, 0 is awaited: %v", got, w.vertices[0].node.Awaited())
	}
	w.commit(0)
	w.run(all)
	if got := fmt.Sprint(w.order); got != "[[1] [2] [0]]" {
		t.Errorf("executed %v", got)
	}
}

// A state from elsewhere has the effect of commands that are not even committed
// here, and of some that a search has on its stack.
func TestExecutedElsewhere(t *testing.T) {
	w := newWorld(5)
	w.depend(1, 0)
	w.depend(2, 1)
	w.depend(3, 4)
	w.depend(4, 3)
	w.commit(2, 1)
	w.run(all)
	w.g.Execute(&w.vertices[0].node)
	w.run(all)
	w.commit(0) // late
	w.run(all)
	if got := fmt.Sprint(w.order); got != "[[1] [2]]" {
		t.Errorf("executed %v", got)
	}
	w.commit(3, 4)
	w.run(3) // a search is on its way from 3 to 4
	w.g.Execute(&w.vertices[4].node)
	w.run(all)
	if got := fmt.Sprint(w.order); got != "[[1] [2] [3]]" || !w.g.Idle() {
		t.Errorf("executed %v", got)
	}
}

// TestAgainstGonum commits the commands of random graphs in random order. At any
// time exactly those are executed that reach nothing uncommitted; components are
// those of another implementation; and each comes after all that it depends on.
func TestAgainstGonum(t *testing.T) {
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 0))
		n := 1 + rng.IntN(24)
		w, other := newWorld(n), simple.NewDirectedGraph()
		for i := range n {
			other.AddNode(simple.Node(i))
		}
		for range rng.IntN(2*n + 1) {
			from, to := rng.IntN(n), rng.IntN(n)
			w.depend(from, to)
			if from != to {
				other.SetEdge(simple.Edge{F: simple.Node(from), T: simple.Node(to)})
			}
		}
		for _, v := range w.vertices { // a dependency that is taken back when it is known
			if u := w.vertices[rng.IntN(n)]; rng.IntN(4) == 0 && u != v {
				v.extra = []*vertex{u}
			}
		}
		slow := rng.IntN(2) == 0
		for _, i := range rng.Perm(n) {
			for _, v := range w.vertices {
				v.extra = slices.DeleteFunc(v.extra, func(u *vertex) bool { return u.id == i })
			}
			w.g.Recheck(&w.vertices[i].node)
			w.commit(i)
			for slow && rng.IntN(3) > 0 {
				w.run(rng.IntN(4))
			}
			if !slow {
				w.run(all)
				w.checkExecuted(t, seed)
			}
		}
		for w.run(1 + rng.IntN(50)) {
		}
		w.checkOrder(t, seed)
		var want [][]int
		for _, component := range topo.TarjanSCC(other) {
			var ids []int
			for _, v := range component {
				ids = append(ids, int(v.ID()))
			}
			slices.Sort(ids)
			want = append(want, ids)
		}
		got := slices.Clone(w.order)
		slices.SortFunc(got, slices.Compare[[]int])
		slices.SortFunc(want, slices.Compare[[]int])
		if !slices.EqualFunc(got, want, slices.Equal[[]int]) {
			t.Fatalf("seed %d: components %v, want %v", seed, got, want)
		}
	}
}

// checkExecuted compares what is executed with what may be.
func (w *world) checkExecuted(t *testing.T, seed uint64) {
	t.Helper()
	for _, v := range w.vertices {
		seen, free := map[*vertex]bool{}, true
		for todo := []*vertex{v}; len(todo) > 0; todo = todo[1:] {
			u := todo[0]
			if seen[u] || u.node.Executed() {
				continue
			}
			seen[u] = true
			free = free && u.node.Committed()
			todo = slices.Concat(todo, u.deps, u.extra)
		}
		if free != v.node.Executed() {
			t.Fatalf("seed %d: %d is executed: %v, want %v", seed, v.id, !free, free)
		}
	}
}

func (w *world) checkOrder(t *testing.T, seed uint64) {
	t.Helper()
	for _, v := range w.vertices {
		for _, d := range v.deps {
			if w.at[d.id] > w.at[v.id] {
				t.Fatalf("seed %d: %d was executed before %d: %v", seed, v.id, d.id, w.order)
			}
		}
		if !v.node.Executed() {
			t.Fatalf("seed %d: %d was not executed: %v", seed, v.id, w.order)
		}
	}
}

// chain commits a chain of n commands, newest first or in random order, and
// returns how many steps that took.
func chain(n int, commits []int, link func(w *world, i int)) (steps int, w *world) {
	w = newWorld(n)
	for i := range n {
		link(w, i)
	}
	for _, i := range commits {
		w.commit(i)
		for w.run(1) {
			steps++
		}
		steps++
	}
	return steps, w
}

func backwards(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = n - 1 - i
	}
	return ids
}

// A long chain takes a few steps a command, whatever end becomes known first;
// so does one long circle.
func TestLongChains(t *testing.T) {
	const n = 100_000
	line := func(w *world, i int) {
		if i > 0 {
			w.depend(i, i-1)
		}
	}
	circle := func(w *world, i int) { w.depend(i, (i+n-1)%n) }
	forwards := backwards(n)
	slices.Reverse(forwards)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tc := range []struct {
		name       string
		commits    []int
		link       func(*world, int)
		components int
		most       int
	}{
		{"a chain, oldest first", forwards, line, n, 5},
		{"a chain, newest first", backwards(n), line, n, 8},
		{"a chain, in any order", rng.Perm(n), line, n, 12},
		{"a circle, newest first", backwards(n), circle, 1, 8},
		{"a circle, in any order", rng.Perm(n), circle, 1, 12},
	} {
		steps, w := chain(n, tc.commits, tc.link)
		if len(w.order) != tc.components || len(w.at) != n || steps > tc.most*n {
			t.Errorf("%s: %d of %d components, %d steps", tc.name, len(w.order), tc.components, steps)
		}
	}
}

// BenchmarkChain is a chain of 100,000 commands; the last to be committed is the
// first, so that one search executes all.
func BenchmarkChain(b *testing.B) {
	const n = 100_000
	for range b.N {
		b.StopTimer()
		w := newWorld(n)
		for i := 1; i < n; i++ {
			w.depend(i, i-1)
		}
		for i := n - 1; i > 0; i-- {
			w.commit(i)
		}
		executed := 0
		b.StartTimer()
		w.g.Run(all, func(component []*vertex) { executed += len(component) })
		w.commit(0)
		w.g.Run(all, func(component []*vertex) { executed += len(component) })
		if executed != n {
			b.Fatalf("executed %d", executed)
		}
	}
}
