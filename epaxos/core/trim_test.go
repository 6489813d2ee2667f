package core_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate/epaxos/core"
)

func TestTrim(t *testing.T) {
	x := newTable(t)
	x.commit(at(0, 0), put("k", 1), nil)
	x.commit(at(0, 1), nil, nil)
	x.commit(at(0, 2), append(put("k", 2), put("m", 2)...), core.Deps{1})
	x.commit(at(0, 3), put("m", 3), core.Deps{3, 0, 1}) // 2/0 is not known
	x.commit(at(0, 4), put("k", 4), core.Deps{3})
	x.commit(at(1, 1), put("o", 5), nil)
	x.executed()
	if got := x.Table.Executed(); fmt.Sprint(got) != "[3 0 0]" {
		t.Fatalf("executed %v", got)
	}
	x.Raise(core.Deps{3})
	x.Trim(core.Deps{3})
	for n, want := range []bool{true, true, true, false, false} {
		if dropped := x.Open(at(0, uint64(n))) == nil; dropped != want || (x.Get(at(0, uint64(n))) == nil) != want {
			t.Errorf("0/%d is dropped: %v", n, dropped)
		}
	}
	if fmt.Sprint(x.Base(), x.End(0), x.Len()) != "[3 0 0] 5 5" {
		t.Errorf("base %v, end %d, kept %d", x.Base(), x.End(0), x.Len())
	}
	// What is dropped is covered by what is proposed, whatever it is. The index
	// still has what is kept, and knows nothing of what is not.
	if a, b, c := x.Deps(put("k", 9)), x.Deps(put("m", 9)), x.Deps(put("z", 9)); fmt.Sprint(a, b, c) != "[5 0 0] [4 0 0] [3 0 0]" {
		t.Errorf("dependencies %v, %v, %v", a, b, c)
	}
	i := x.preAccept(at(2, 1), put("k", 9), core.Deps{5})
	if !i.Deps.Equal(core.Deps{5}) {
		t.Errorf("pre-accepted with %v", i.Deps)
	}
	x.commit(at(2, 0), put("m", 6), nil)
	if got := fmt.Sprint(x.executed()); got != "[2/0 0/3]" {
		t.Errorf("executed %v", got)
	}
	x.commit(at(2, 1), put("k", 9), core.Deps{5})
	if got := fmt.Sprint(x.executed(), x.Table.Executed()); got != "[2/1] [5 0 2]" {
		t.Errorf("executed %v", got)
	}
	x.Trim(core.Deps{2}) // an old one
	x.Trim(core.Deps{4, 0, 1})
	if fmt.Sprint(x.Base(), x.Len()) != "[4 0 1] 4" {
		t.Errorf("base %v, kept %d", x.Base(), x.Len())
	}
	x.Trim(core.Deps{5, 0, 2})
	x.preAccept(at(0, 5), get("k", 10), core.Deps{5, 0, 2})
	if got := x.Get(at(0, 5)).Deps; !got.Equal(core.Deps{5, 0, 2}) || x.Deps(put("k", 11))[0] != 6 {
		t.Errorf("dependencies %v, %v", got, x.Deps(put("k", 11)))
	}

	y := newTable(t)
	y.RestoreBase(x.Base(), x.Floor())
	y.RestoreVote(at(0, 4), core.Vote{Phase: core.Committed, Nop: true})
	y.RestoreOrigin(at(2, 1), core.Origin{Commands: put("k", 9)}, core.Vote{})
	o, _, _ := x.Get(at(0, 5)).News()
	y.RestoreOrigin(at(0, 5), o, x.Get(at(0, 5)).Vote())
	y.Restored()
	if fmt.Sprint(y.Base(), y.Table.Executed(), y.Len(), y.Deps(put("k", 12))) != "[5 0 2] [5 0 2] 1 [6 0 2]" || len(y.executed()) > 0 {
		t.Errorf("base %v, executed %v, kept %d, dependencies %v", y.Base(), y.Table.Executed(), y.Len(), y.Deps(put("k", 12)))
	}
}

// Instances that others have heard of are looked for from the first gap on.
func TestReach(t *testing.T) {
	x := newTable(t)
	x.commit(at(0, 0), put("k", 1), nil)
	x.Fresh(func(*core.Instance) {})
	x.Reach(core.Deps{5, 0, 2}, 3)
	var found []core.ID
	x.Fresh(func(i *core.Instance) { found = append(found, i.ID) })
	if got := fmt.Sprint(found, x.Ends()); got != "[0/1 0/2 0/3 2/0 2/1] [4 0 2]" {
		t.Errorf("looks for %v", got)
	}
}
