package sessions

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
)

// accesses draws what processes did to one register; values are written once if unique.
func accesses(rng *rand.Rand, unique bool) []*access {
	var list []*access
	n, processes := 2+rng.IntN(8), 1+rng.IntN(4)
	gone := make([]bool, processes)
	values := []int32{0}
	for range n {
		p := rng.IntN(processes)
		if gone[p] {
			continue
		}
		a := &access{call: len(list), process: int32(p), reads: -1, writes: -1}
		recent := values[max(0, len(values)-2-rng.IntN(2)):]
		seen := recent[rng.IntN(len(recent))]
		switch x := rng.IntN(10); {
		case x < 6:
			a.reads = seen
		case x < 9:
			a.writes = int32(len(values))
		default:
			a.reads, a.writes = seen, int32(len(values))
		}
		if a.writes >= 0 && !unique {
			a.writes = int32(rng.IntN(3))
		}
		if a.writes >= 0 {
			values = append(values, a.writes)
			a.open = rng.IntN(6) == 0
			gone[p] = a.open
		}
		list = append(list, a)
	}
	return list
}

// foreignOf is a history of these accesses.
func foreignOf(list []*access) (*foreign, *register) {
	f := &foreign{h: &history.History{}, v: values{number: map[string]int32{}}}
	for i := range int64(32) {
		f.v.id(i)
	}
	x := &register{}
	for i, a := range list {
		f.h.Ops = append(f.h.Ops, history.Op{Process: int(a.process), F: "op", Time: 0})
		f.h.Calls = append(f.h.Calls, history.Call{Invoke: i, Complete: -1})
		b := *a
		b.call = i
		x.accesses = append(x.accesses, b)
	}
	return f, x
}

func judged(list []*access, g Guarantee) Result {
	f, x := foreignOf(list)
	r := Result{Guarantee: g, Judged: 1}
	f.judge(context.Background(), &r, x, Config{}.withDefaults())
	r.conclude()
	return r
}

// inSomeOrder is the oracle: it tries all orders that keep each process's.
func inSomeOrder(list []*access) bool {
	var try func(left []*access, value int32) bool
	try = func(left []*access, value int32) bool {
		ended := true
		for i, a := range left {
			ended = ended && a.open
			if slices.ContainsFunc(left[:i], func(b *access) bool { return b.process == a.process }) || a.reads >= 0 && a.reads != value {
				continue
			}
			next := value
			if a.writes >= 0 {
				next = a.writes
			}
			if try(slices.Delete(slices.Clone(left), i, i+1), next) {
				return true
			}
		}
		return ended
	}
	return try(list, 0)
}

func TestForeignSequentialAgreesWithAllOrders(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	seen := map[string]int{}
	for i := range 6000 {
		unique := i%2 == 0
		ops := accesses(rng, unique)
		want := inSomeOrder(ops)
		r := judged(ops, Sequential)
		if (r.Verdict == checker.OK) != want || r.Verdict == checker.Unknown {
			t.Fatalf("want %v, got %+v of\n%s", want, r, show(ops))
		}
		seen[fmt.Sprint(unique, want)]++
		for _, v := range r.Violations {
			if !strings.HasPrefix(v.Text, "no order of these") {
				leastOf(t, ops, Sequential, v)
			} else {
				leastSearched(t, ops, v)
			}
		}
	}
	for what, n := range seen {
		if n < 300 {
			t.Errorf("%s: %d", what, n)
		}
	}
}

// leastOf fails unless the steps of a violation suffice, with the writes that they read
// from, and none is too many.
func leastOf(t *testing.T, ops []*access, g Guarantee, v Violation) {
	t.Helper()
	if strings.HasPrefix(v.Text, "nobody wrote") {
		return
	}
	sub := func(without int) []*access {
		var rest []*access
		for i, s := range v.Steps {
			if i != without {
				rest = append(rest, ops[s.At])
			}
		}
		for n := 0; n < len(rest); n++ { // what they read was written by others
			a := rest[n]
			for _, w := range ops {
				if a.reads >= 0 && w.writes == a.reads && !slices.ContainsFunc(rest, func(b *access) bool { return b.writes == w.writes }) {
					rest = append(rest, &access{process: int32(100 + w.call), reads: -1, writes: w.writes})
				}
			}
		}
		slices.SortStableFunc(rest, func(a, b *access) int { return int(a.process - b.process) })
		return rest
	}
	if r := judged(sub(-1), g); r.Verdict != checker.Violation {
		t.Fatalf("%v: the steps do not suffice: %v\n%+v\n%s", g, &v, r, show(ops))
	}
	for i := range v.Steps {
		if r := judged(sub(i), g); r.Verdict == checker.Violation && !strings.Contains(r.Reason, "nobody wrote") {
			t.Fatalf("%v: step %d is too many: %v\n%s", g, i, &v, show(ops))
		}
	}
}

// leastSearched fails unless the steps of a violation have no order, and have one without
// any that may be taken away.
func leastSearched(t *testing.T, ops []*access, v Violation) {
	t.Helper()
	var steps []*access
	for _, s := range v.Steps {
		steps = append(steps, ops[s.At])
	}
	if inSomeOrder(steps) {
		t.Fatalf("these have an order: %v", &v)
	}
	for i := range steps {
		rest := slices.Delete(slices.Clone(steps), i, i+1)
		if closed(rest, steps[i:i+1]) && !inSomeOrder(rest) {
			t.Fatalf("step %d is too many: %v", i, &v)
		}
	}
}

func show(ops []*access) string {
	s := ""
	for _, a := range ops {
		s += fmt.Sprintf("%d r%d w%d %v,", a.process, a.reads, a.writes, a.open)
	}
	return s
}

// satisfied is the oracle of the guarantees: it tries all orders of the writes.
func satisfied(ops []*access, g Guarantee) bool {
	writes := []int32{}
	for _, a := range ops {
		if a.writes >= 0 {
			writes = append(writes, a.writes)
		}
	}
	var try func(order, left []int32) bool
	try = func(order, left []int32) bool {
		if len(left) > 0 {
			for i, w := range left {
				if try(append(slices.Clone(order), w), slices.Delete(slices.Clone(left), i, i+1)) {
					return true
				}
			}
			return false
		}
		place := func(v int32) int { return slices.Index(order, v) }
		for i, a := range ops {
			if g == WritesFollowReads && a.reads >= 0 && a.writes >= 0 && !a.open && place(a.reads) >= place(a.writes) {
				return false
			}
			for _, b := range ops[i+1:] {
				if a.process == b.process && !b.open && !inPlace(g, a, b, place) {
					return false
				}
			}
		}
		return true
	}
	return try([]int32{0}, writes)
}

func inPlace(g Guarantee, a, b *access, place func(int32) int) bool {
	reads, writes := a.reads >= 0 && b.reads >= 0, a.writes >= 0 && b.writes >= 0
	switch {
	case g != ReadYourWrites && reads && place(a.reads) > place(b.reads),
		g == ReadYourWrites && a.writes >= 0 && b.reads >= 0 && place(a.writes) > place(b.reads),
		(g == ReadYourWrites || g == MonotonicWrites) && writes && place(a.writes) >= place(b.writes),
		g == WritesFollowReads && a.reads >= 0 && b.writes >= 0 && place(a.reads) >= place(b.writes):
		return false
	}
	return true
}

func TestForeignSessionsAgreeWithAllOrders(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	seen := map[string]int{}
	for range 3000 {
		ops := accesses(rng, true)
		for _, a := range ops {
			a.open = false // what open writes are, the other tests tell
		}
		if len(ops) > 8 {
			continue
		}
		for _, g := range All()[:4] {
			want, r := satisfied(ops, g), judged(ops, g)
			seen[fmt.Sprint(g, r.Verdict)]++
			if r.Verdict == checker.Unknown && (satisfied(ops, MonotonicReads) || g < MonotonicWrites) || r.Verdict != checker.Unknown && (r.Verdict == checker.OK) != want {
				t.Fatalf("%v: want %v, got %+v of\n%s", g, want, r, show(ops))
			}
			for _, v := range r.Violations {
				leastOf(t, ops, g, v)
			}
		}
	}
	for _, g := range All()[:4] {
		for _, v := range []checker.Verdict{checker.OK, checker.Violation} {
			if seen[fmt.Sprint(g, v)] < 3 {
				t.Errorf("%v: %v", g, seen)
			}
		}
	}
}
