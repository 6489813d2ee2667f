package core_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/quorate/quorate/epaxos/core"
)

// What was persisted whenever a method said so makes the same table.
func TestRestore(t *testing.T) {
	x := newTable(t)
	x.commit(at(0, 0), put("k", 1), nil)
	x.commit(at(0, 1), nil, nil)
	x.preAccept(at(0, 2), put("k", 2), core.Deps{1, 4})
	x.promise(x.Open(at(0, 3)), ballot(2))
	x.promise(x.Open(at(1, 0)), ballot(1))
	x.Validate(x.Open(at(1, 0)), ballot(1), put("k", 3), core.Deps{1})
	x.accept(x.Open(at(2, 5)), ballot(3), core.Value{})
	x.accept(x.Open(at(2, 6)), 0, core.Value{Commands: put("k", 4), Deps: core.Deps{1}})
	x.commit(at(2, 0), put("k", 5), core.Deps{1})

	y := newTable(t)
	var fresh []core.ID
	x.Fresh(func(i *core.Instance) {
		fresh = append(fresh, i.ID)
		o, origin, vote := i.News()
		if origin == vote {
			t.Errorf("%v: to write the origin %t, the vote alone %t", i.ID, origin, vote)
		}
		if origin {
			y.RestoreOrigin(i.ID, o, i.Vote())
		} else {
			y.RestoreVote(i.ID, i.Vote())
		}
		if _, origin, vote := i.News(); origin || !vote {
			t.Errorf("%v: to write again the origin %t, the vote alone %t", i.ID, origin, vote)
		}
	})
	y.Restored()
	if got := fmt.Sprint(fresh); got != "[0/0 0/1 0/2 0/3 1/0 2/5 2/6 2/0]" {
		t.Errorf("heard of %v", got)
	}
	x.Fresh(func(i *core.Instance) { t.Errorf("heard of %v again", i.ID) })
	for _, id := range fresh {
		a, b := x.Get(id), y.Get(id)
		originA, _, _ := a.News()
		originB, _, _ := b.News()
		if !reflect.DeepEqual(a.Vote(), b.Vote()) || !reflect.DeepEqual(originA, originB) {
			t.Errorf("%v was %+v, %+v, is %+v, %+v", id, a.Vote(), originA, b.Vote(), originB)
		}
	}
	z := newTable(t)
	z.RestoreVote(at(0, 3), core.Vote{Promised: ballot(2)})
	z.Restored()
	i := z.Get(at(0, 3)) // there is a record of its promise, which would count more
	z.Accept(i, ballot(2), core.Value{Commands: put("k", 6), Deps: core.Deps{1}})
	if _, origin, vote := i.News(); !origin || !vote {
		t.Errorf("to write the origin %t, the vote alone %t", origin, vote)
	}
	if a, b := x.Deps(put("k", 9)), y.Deps(put("k", 9)); !a.Equal(b) || !a.Equal(core.Deps{3, 1, 7}) {
		t.Errorf("dependencies were %v, are %v", a, b)
	}
	if got := fmt.Sprint(y.executed()); got != "[0/0 0/1 2/0]" {
		t.Errorf("executed %v", got)
	}
	y.commit(at(1, 1), put("k", 10), core.Deps{3, 1}) // the rows are known as far as before
	if y.Get(at(1, 1)).Node().Executed() || y.Open(at(0, 4)) == nil {
		t.Error("what is pre-accepted is passed over")
	}
	y.commit(at(0, 2), put("k", 2), core.Deps{1})
	y.commit(at(1, 0), nil, nil)
	if got := fmt.Sprint(y.executed()); got != "[0/2 1/1 1/0]" && got != "[0/2 1/0 1/1]" {
		t.Errorf("executed %v", got)
	}
}
