package core_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// execution is a case: what is learnt, and what can be executed after it.
type execution struct {
	name string
	play func(x *table)
	want string
}

func (tc execution) check(t *testing.T) {
	t.Helper()
	x := newTable(t)
	tc.play(x)
	if got := fmt.Sprint(x.executed()); got != tc.want {
		t.Errorf("%s: executed %v, want %v", tc.name, got, tc.want)
	}
}

func k(seq uint64) []quorate.Command { return put("k", seq) }

func TestExecutionOrder(t *testing.T) {
	for _, tc := range []execution{
		{"the later first", func(x *table) {
			x.commit(at(1, 0), k(2), core.Deps{1})
			x.commit(at(0, 0), k(1), nil)
		}, "[0/0 1/0]"},
		{"both ways", func(x *table) {
			x.commit(at(1, 0), k(2), core.Deps{1})
			x.commit(at(0, 0), k(1), core.Deps{0, 1})
		}, "[0/0 1/0]"},
		{"a gap in a row", func(x *table) { // 0/0 may be anything
			x.commit(at(0, 1), k(2), nil)
			x.commit(at(1, 0), k(3), core.Deps{2})
		}, "[0/1]"},
		{"a gap that is no matter", func(x *table) {
			x.commit(at(0, 1), k(2), nil)
			x.commit(at(1, 0), k(3), core.Deps{2})
			x.preAccept(at(0, 0), put("m", 1), nil)
		}, "[0/1 1/0]"},
		{"a gap that matters", func(x *table) {
			x.commit(at(0, 1), k(2), nil)
			x.commit(at(1, 0), k(3), core.Deps{2})
			x.executed()
			x.preAccept(at(0, 0), k(1), nil)
		}, "[]"},
		{"a gap that was a gap when it was looked at", func(x *table) {
			x.commit(at(0, 1), k(2), nil)
			x.commit(at(1, 0), k(3), core.Deps{2})
			x.executed()
			x.preAccept(at(0, 0), put("m", 1), nil)
		}, "[1/0]"},
		{"two gaps, one of them nothing", func(x *table) {
			x.commit(at(0, 2), k(2), nil)
			x.commit(at(1, 0), k(3), core.Deps{3})
			x.commit(at(0, 1), nil, nil)
			x.preAccept(at(0, 0), put("m", 1), nil)
		}, "[0/2 1/0 0/1]"},
		{"a Nop", func(x *table) {
			x.preAccept(at(0, 0), k(1), nil)
			x.commit(at(1, 0), k(2), core.Deps{1})
			x.commit(at(0, 0), nil, nil)
		}, "[0/0 1/0]"},
	} {
		tc.check(t)
	}
}

func TestEdges(t *testing.T) {
	for _, tc := range []execution{
		{"all reads below a write", func(x *table) {
			x.commit(at(1, 0), k(9), core.Deps{3})
			x.commit(at(0, 2), get("k", 3), core.Deps{2})
			x.preAccept(at(0, 1), get("k", 2), core.Deps{1})
			x.commit(at(0, 0), k(1), nil)
		}, "[0/0 0/2]"},
		{"a read waits for writes only", func(x *table) {
			x.preAccept(at(0, 1), get("k", 2), core.Deps{1})
			x.commit(at(0, 0), k(1), nil)
			x.commit(at(1, 0), get("k", 9), core.Deps{2})
		}, "[0/0 1/0]"},
		{"a write that does not depend on the one before it", func(x *table) {
			x.preAccept(at(0, 0), k(1), nil) // forgotten by its owner
			x.commit(at(0, 1), k(2), nil)
			x.commit(at(1, 0), k(3), core.Deps{2})
		}, "[0/1]"},
		{"two that rely on each other for what is below both", func(x *table) {
			x.preAccept(at(0, 0), k(1), nil)
			x.commit(at(0, 1), k(2), core.Deps{3})
			x.commit(at(0, 2), k(3), core.Deps{2})
		}, "[]"},
		{"a proposal that becomes known late", func(x *table) {
			x.commit(at(0, 2), k(3), core.Deps{2, 9})
			x.commit(at(0, 0), put("m", 1), nil)
			x.commit(at(0, 1), nil, nil)
			for n := range uint64(9) {
				x.commit(at(1, n), nil, nil)
			}
			x.executed()
			x.commit(at(1, 10), k(4), core.Deps{3})
			x.executed()
			x.commit(at(2, 0), k(5), core.Deps{3})
			x.executed()
			x.preAccept(at(1, 9), k(6), core.Deps{3}) // below one that was executed
			x.commit(at(2, 1), k(7), core.Deps{3, 11})
		}, "[]"},
	} {
		tc.check(t)
	}
}

// What was listed while its dependencies were not final must not hide others.
func TestCommittedDuringASearch(t *testing.T) {
	x := newTable(t)
	x.preAccept(at(0, 0), put("k", 1), nil)
	j := x.preAccept(at(0, 1), put("k", 2), nil) // it is known here that it depends on 0/0,
	x.commit(at(1, 0), put("k", 3), core.Deps{2})
	var order []core.ID
	note := func(component []*core.Instance) {
		for _, i := range component {
			order = append(order, i.ID)
		}
	}
	x.Execute(1, note)
	if !x.Commit(j, core.Value{Commands: put("k", 2)}) { // but a quorum did not know
		t.Fatal("no news")
	}
	x.Order(j)
	for x.Execute(1, note) {
	}
	if got := fmt.Sprint(order); got != "[0/1]" {
		t.Errorf("executed %v while 0/0 is not committed", got)
	}
	i := x.Get(at(0, 0))
	if !i.Node().Awaited() || x.Get(at(1, 0)).Node().Executed() {
		t.Errorf("nothing waits for %+v", i)
	}
}

// A table takes what a message names, within bounds.
func TestSpan(t *testing.T) {
	x := newTable(t)
	for _, id := range []core.ID{at(3, 0), at(255, 0), at(0, core.Span), at(2, 1<<63)} {
		if x.Open(id) != nil || x.Get(id) != nil {
			t.Errorf("the table has %v", id)
		}
	}
	if x.Open(at(0, core.Span-1)) == nil || x.Get(at(0, 5)) != nil || x.End(0) != core.Span || x.Open(at(0, 2*core.Span-1)) == nil {
		t.Error("the table refuses what is within its span")
	}
	if !x.Fits(core.Deps{1, 2, 3}) || x.Fits(core.Deps{1, 2, 3, 0}) {
		t.Error("dependencies of three rows fit, of four do not")
	}
}

func TestDeps(t *testing.T) {
	for _, tc := range []struct{ a, b, union core.Deps }{
		{nil, nil, nil},
		{core.Deps{0, 0}, nil, nil},
		{core.Deps{1}, core.Deps{0, 2}, core.Deps{1, 2}},
		{core.Deps{1, 5}, core.Deps{0, 2}, core.Deps{1, 5}},
		{core.Deps{1, 5, 1}, core.Deps{2, 2}, core.Deps{2, 5, 1}},
		{core.Deps{1, 5, 1}, core.Deps{1, 6, 3}, core.Deps{1, 6, 3}},
	} {
		a, b := append(core.Deps(nil), tc.a...), append(core.Deps(nil), tc.b...)
		if got := a.Union(b); !got.Equal(tc.union) || !b.Union(a).Equal(tc.union) {
			t.Errorf("%v ∪ %v = %v, want %v", a, b, got, tc.union)
		}
		if !a.Equal(tc.a) || !b.Equal(tc.b) {
			t.Errorf("%v, %v were changed", tc.a, tc.b)
		}
		if a.Equal(b) != (fmt.Sprint(tc.a) == fmt.Sprint(tc.b) || len(tc.union) == 0) {
			t.Errorf("%v = %v: %v", a, b, a.Equal(b))
		}
	}
	if d := (core.Deps{2}); !d.Covers(at(0, 1)) || d.Covers(at(0, 2)) || d.Covers(at(1, 0)) {
		t.Errorf("%v covers more or less than 0/0 and 0/1", d)
	}
}

// A chain of writes of one key, the newest known first: each waits for all before
// it, of which nothing is known yet. It costs a few steps for each, and no stack.
func TestChainNewestFirst(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 20_000
	}
	x := newTable(t)
	for number := uint64(0); number < uint64(n/3); number += core.Span / 2 { // rows grow in bounds
		for row := range uint8(3) {
			x.Open(at(row, number))
		}
	}
	steps := 0
	var order []core.ID
	for seq := uint64(n); seq > 0; seq-- {
		last := seq - 1 // one in each row in turn, after all before it
		x.commit(at(uint8(last%3), last/3), put("k", seq), core.Deps{(last + 2) / 3, (last + 1) / 3, last / 3})
		for x.Execute(1, func(component []*core.Instance) {
			for _, i := range component {
				order = append(order, i.ID)
			}
		}) {
			steps++
		}
	}
	for i, id := range order {
		if id != at(uint8(i%3), uint64(i/3)) {
			t.Fatalf("%v is number %d", id, i)
		}
	}
	if len(order) != n || steps > 10*n {
		t.Errorf("executed %d in %d steps", len(order), steps)
	}
}
