package trim_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/trim"
)

// grow executes instances of three rows up to the given numbers.
func grow(x *core.Table, upto ...uint64) {
	for row, n := range upto {
		for number := x.End(row); number < n; number++ {
			i := x.Open(core.ID{Row: uint8(row), Number: number})
			x.Commit(i, core.Value{})
			x.Order(i)
		}
	}
	for x.Execute(100, func([]*core.Instance) {}) {
	}
}

// rig is a member of three, with what it is told.
type rig struct {
	t *testing.T
	x *core.Table
	m *trim.Trimmer
}

func newRig(t *testing.T) *rig {
	return &rig{t, core.NewTable(3), trim.New(trim.Config{Size: 3, Self: 0, Least: 2, Step: 6, Retain: 20})}
}

func (r *rig) due(what, want string) {
	r.t.Helper()
	got := "nothing"
	if below, ok := r.m.Due(r.x); ok {
		got = fmt.Sprint(below)
	}
	if got != want {
		r.t.Errorf("%s: %s is due, want %s", what, got, want)
	}
}

func (r *rig) advance(what string, raised bool, floor, next string) {
	r.t.Helper()
	got := r.m.Advance(r.x)
	if own := r.m.Report(r.x); got != raised || fmt.Sprint(own.Floor) != floor || fmt.Sprint(own.Next) != next {
		r.t.Errorf("%s: raised %v, floor %v, next %v", what, got, own.Floor, own.Next)
	}
}

func TestTrimmer(t *testing.T) {
	r := newRig(t)
	grow(r.x, 3, 2)
	r.advance("too few", false, "[]", "[]")
	grow(r.x, 3, 2, 2)
	r.advance("enough", false, "[]", "[3 2 2]")
	grow(r.x, 4, 2, 2)
	r.x.Open(core.ID{Row: 2, Number: 4})
	r.advance("announced", true, "[3 2 2]", "[]")
	if own := r.m.Report(r.x); fmt.Sprint(own.Ends, own.Executed) != "[4 2 5] [4 2 2]" {
		t.Errorf("ends %v, executed %v", own.Ends, own.Executed)
	}
	r.due("nobody else has said anything", "nothing")
	grow(r.x, 4, 2, 9) // 2/4 was heard of only
	i := r.x.Open(core.ID{Row: 2, Number: 4})
	r.x.Commit(i, core.Value{})
	r.x.Order(i)
	for n := uint64(2); n < 4; n++ {
		i := r.x.Open(core.ID{Row: 2, Number: n})
		r.x.Commit(i, core.Value{})
		r.x.Order(i)
	}
	grow(r.x, 4, 2, 9)
	r.advance("what is below is not dropped", false, "[3 2 2]", "[]")
	one := trim.Report{Floor: core.Deps{3, 2, 3}, Ends: core.Deps{4, 2, 6}, Executed: core.Deps{4, 2, 6}}
	r.m.Heard(1, one)
	r.due("one has not said anything", "nothing")
	two := trim.Report{Floor: core.Deps{3, 1, 2}, Ends: core.Deps{4, 3, 4}, Executed: core.Deps{4, 1, 6}}
	r.m.Heard(2, two)
	r.due("one has not executed what others knew of", "nothing")
	two.Executed = core.Deps{4, 3, 6}
	r.m.Heard(2, two)
	r.due("1/2 is not executed everywhere", "nothing")
	grow(r.x, 4, 3, 9)
	one.Executed = core.Deps{4, 3, 6}
	r.m.Heard(1, one)
	r.due("all is", "[3 1 2]")
	r.m.Heard(1, trim.Report{Executed: core.Deps{1, 1, 1}})
	r.due("a late report", "[3 1 2]")
	r.m.Forget(1)
	r.due("one lost its disk", "nothing")
	r.m.Heard(1, one)
	r.x.Trim(core.Deps{3, 1, 2})
	r.due("it is dropped", "nothing")
	r.advance("it is dropped", false, "[3 2 2]", "[4 3 9]")
}

// With many instances whoever has executed least is left out, but not two of three.
func TestRetain(t *testing.T) {
	r := newRig(t)
	grow(r.x, 8)
	r.advance("announce", false, "[]", "[8 0 0]")
	r.advance("raise", true, "[8 0 0]", "[]")
	one := trim.Report{Floor: core.Deps{7, 0, 0}, Ends: core.Deps{8, 0, 0}, Executed: core.Deps{8, 0, 0}}
	r.m.Heard(1, one)
	grow(r.x, 20)
	r.due("few", "nothing")
	grow(r.x, 21)
	r.due("many", "[7 0 0]")
	r.m.Heard(2, trim.Report{Floor: core.Deps{9, 0, 0}, Ends: core.Deps{9, 0, 0}, Executed: core.Deps{9, 0, 0}})
	r.due("one that is further is not left out", "[8 0 0]")
	r.m.Forget(1)
	r.m.Forget(2)
	r.due("no other one", "nothing")
}

// Floors that were raised at different times have little in common: they are raised
// again, once all have executed what each other knew of.
func TestLittleInCommon(t *testing.T) {
	r := newRig(t)
	grow(r.x, 8)
	r.advance("announce", false, "[]", "[8 0 0]")
	r.advance("raise", true, "[8 0 0]", "[]")
	other := trim.Report{Floor: core.Deps{0, 8, 0}, Ends: core.Deps{2, 8, 0}, Executed: core.Deps{2, 8, 0}}
	r.m.Heard(1, other)
	r.m.Heard(2, other)
	grow(r.x, 8, 8)
	r.advance("not yet", false, "[8 0 0]", "[]")
	other.Executed = core.Deps{8, 8, 0}
	r.m.Heard(1, other)
	r.m.Heard(2, other)
	r.due("little", "nothing")
	r.advance("again", false, "[8 0 0]", "[8 8 0]")
	r.advance("again", true, "[8 8 0]", "[]")
	r.due("enough", "[0 8 0]")
}

// After a restart the floor is what it was, and so is what was known then.
func TestRestored(t *testing.T) {
	r := newRig(t)
	grow(r.x, 8)
	r.m.Restore(core.Deps{8}, core.Deps{9})
	for member := range 2 {
		r.m.Heard(member+1, trim.Report{Floor: core.Deps{8}, Ends: core.Deps{8}, Executed: core.Deps{9}})
	}
	r.due("0/8 is not executed", "nothing")
	grow(r.x, 9)
	r.due("it is", "[8 0 0]")
}
