package core_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// What is executed again after other states came has the order that it had: nobody
// takes what was executed before for what is.
func TestInstallKeepsTheOrder(t *testing.T) {
	x := newTable(t)
	for n := range uint64(4) {
		x.commit(at(1, n), put("k", n+1), core.Deps{0, n})
	}
	x.commit(at(0, 0), put("k", 9), core.Deps{0, 4})
	before := fmt.Sprint(x.executed())
	if before != "[1/0 1/1 1/2 1/3 0/0]" {
		t.Fatalf("executed %s", before)
	}
	x.Install(core.Deps{0, 2})
	if got := fmt.Sprint(x.executed()); got != "[1/2 1/3 0/0]" {
		t.Errorf("executed %s again", got)
	}
	// A component that spans what is dropped: the rest has the same order.
	x.commit(at(1, 4), put("k", 10), core.Deps{2, 4})
	x.commit(at(0, 1), put("k", 11), core.Deps{1, 5})
	if got := fmt.Sprint(x.executed()); got != "[0/1 1/4]" {
		t.Errorf("executed %s", got)
	}
	x.Install(core.Deps{2, 2})
	if got := fmt.Sprint(x.executed()); got != "[1/2 1/3 1/4]" {
		t.Errorf("executed %s again", got)
	}
	if !x.Executed().Equal(core.Deps{2, 5}) || !x.Base().Equal(core.Deps{2, 2}) || !x.Floor().Equal(core.Deps{2, 2}) {
		t.Errorf("executed %v, base %v, floor %v", x.Executed(), x.Base(), x.Floor())
	}
}

// Who waits for what came with the states of others waits no longer.
func TestInstallEndsWaiting(t *testing.T) {
	x := newTable(t)
	x.commit(at(0, 0), put("k", 1), core.Deps{0, 3})
	if got := x.executed(); got != nil {
		t.Fatalf("executed %v before what it depends on is known", got)
	}
	x.Install(core.Deps{0, 2})
	if got := x.executed(); got != nil {
		t.Fatalf("executed %v, though 1/2 is missing", got)
	}
	x.Install(core.Deps{0, 3})
	if got := fmt.Sprint(x.executed()); got != "[0/0]" {
		t.Errorf("executed %s", got)
	}
}

// What depends on an instance below another's base is not held up by what is missing
// here, once that is installed; an instance of which only the deps are known is gone.
func TestInstallDropsWhatIsOpen(t *testing.T) {
	x := newTable(t)
	x.preAccept(at(2, 0), put("k", 1), nil)
	open := x.Get(at(2, 0))
	x.Install(core.Deps{0, 0, 1})
	if !open.Node().Executed() || x.Get(at(2, 0)) != nil || x.Open(at(2, 0)) != nil {
		t.Error("an open instance below the base is still there, or waits")
	}
	if d := x.Deps([]quorate.Command{put("k", 2)[0]}); !d.Equal(core.Deps{0, 0, 1}) {
		t.Errorf("a proposal depends on %v", d)
	}
}

// The same where what was executed was looked up while some of it was not: a circle at
// the end of a row.
func TestInstallForgetsWhatWasExecuted(t *testing.T) {
	x := newTable(t)
	for n := range uint64(3) {
		x.commit(at(1, n), put("k", n+1), core.Deps{0, n})
	}
	x.commit(at(1, 3), put("k", 4), core.Deps{1, 3})
	x.commit(at(0, 0), put("k", 9), core.Deps{0, 4})
	if got := fmt.Sprint(x.executed()); got != "[1/0 1/1 1/2 0/0 1/3]" {
		t.Fatalf("executed %s", got)
	}
	x.Install(core.Deps{0, 1})
	if got := fmt.Sprint(x.executed()); got != "[1/1 1/2 0/0 1/3]" {
		t.Errorf("executed %s again", got)
	}
}
