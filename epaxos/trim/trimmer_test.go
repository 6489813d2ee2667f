package trim_test

import (
	"fmt"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/trim"
)

// table returns one of three rows, of which the given numbers of instances are
// executed, and one more in row 0 is proposed.
func table(executed ...uint64) *core.Table {
	x := core.NewTable(3)
	for row, n := range executed {
		for number := range n {
			i := x.Open(core.ID{Row: uint8(row), Number: number})
			x.Commit(i, core.Value{})
			x.Order(i)
		}
	}
	for x.Execute(100, func([]*core.Instance) {}) {
	}
	id := core.ID{Number: executed[0]}
	x.PreAccept(x.Open(id), []quorate.Command{{Op: quorate.OpPut, Key: "k"}}, nil)
	return x
}

func TestTrimmer(t *testing.T) {
	x := table(3, 2, 2)
	m := trim.New(3, 0)
	due := func(x *core.Table, step int) string {
		below, ok := m.Due(x, step)
		if !ok {
			return "nothing"
		}
		return fmt.Sprint(below)
	}
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s is due, want %s", what, got, want)
		}
	}
	check("nobody has said anything", due(x, 1), "nothing")
	m.Heard(1, core.Deps{4, 2, 2}, core.Deps{3, 2, 2})
	check("one has not said anything", due(x, 1), "nothing")
	m.Heard(2, core.Deps{3, 2, 4}, core.Deps{2, 2, 2})
	check("too few", due(x, 7), "nothing")
	// 0/0, 0/1, 1/0, 1/1, 2/0 and 2/1 are executed everywhere; 0/3, 2/2 and 2/3 are
	// proposed, and may not depend on them.
	check("others are proposed", due(x, 6), "nothing")
	m.Heard(2, core.Deps{9, 9, 9}, core.Deps{4, 2, 2})
	x = table(4, 2, 3)
	m.Heard(1, core.Deps{5, 2, 3}, core.Deps{4, 2, 3})
	check("one of them is not executed", due(x, 1), "nothing")
	x = table(4, 2, 4)
	m.Heard(1, core.Deps{4, 2, 4}, core.Deps{4, 2, 4})
	check("one of them is not executed everywhere", due(x, 1), "nothing")
	m.Heard(2, core.Deps{}, core.Deps{})
	m.Heard(2, core.Deps{4, 2, 9}, core.Deps{4, 2, 4})
	check("all of them are", due(x, 1), "[2 2 2]")
	check("still", due(x, 1), "[2 2 2]")
	x.Trim(core.Deps{2, 2, 2})
	m.Dropped()
	check("what comes next needs its own time", due(x, 1), "nothing")
	x = table(5, 2, 9)
	x.Trim(core.Deps{2, 2, 2})
	m.Heard(1, core.Deps{4, 2, 9}, core.Deps{5, 2, 9})
	m.Heard(2, core.Deps{4, 2, 9}, core.Deps{5, 2, 9})
	check("and has it", due(x, 1), "[4 2 4]")
}
