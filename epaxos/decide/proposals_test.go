package decide_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
)

// An owner's proposals are found until they are taken or dead, and bounded by those
// not committed and those not executed.
func TestProposals(t *testing.T) {
	var q decide.Proposals
	table := core.NewTable(3)
	add := func(number uint64) *decide.Proposal {
		i := table.Open(core.ID{Row: 1, Number: number})
		p := decide.NewProposal(decide.Quorums{Size: 3, F: 1, E: 1}, 1, i.ID, core.Value{})
		q.Add(p, i)
		return p
	}
	if q.Unsynced() || !q.Room(1, 1) {
		t.Error("there is something before the first proposal")
	}
	first, second := add(3), add(5)
	if !q.Unsynced() || q.Room(2, 9) || !q.Room(3, 9) || q.Room(9, 2) {
		t.Errorf("two proposals: unsynced %v, room %v %v %v", q.Unsynced(), q.Room(2, 9), q.Room(3, 9), q.Room(9, 2))
	}
	if q.Get(first.ID) != first || q.Get(second.ID) != second || q.Get(core.ID{Row: 1, Number: 4}) != nil || q.Get(core.ID{Number: 3}) != nil {
		t.Error("finds others than there are")
	}
	second.PreAccepted(0, nil)
	if !q.Unsynced() {
		t.Error("another's answer says that it is on the owner's disk")
	}
	second.PreAccepted(1, nil)
	if q.Unsynced() || second.Knows().Len() != 2 {
		t.Errorf("unsynced %v, known to %v", q.Unsynced(), second.Knows())
	}
	first.Dead = true
	if q.Get(first.ID) != nil || q.Take(first.ID) != first || q.Take(first.ID) != nil {
		t.Error("a dead one is still there to be taken, once")
	}
	if open := q.Open(); len(open) != 1 || open[0] != second {
		t.Errorf("%d are open", len(open))
	}
	for _, number := range []uint64{3, 5} {
		i := table.Get(core.ID{Row: 1, Number: number})
		table.Commit(i, core.Value{})
		table.Order(i)
	}
	table.Execute(100, func([]*core.Instance) {})
	if !q.Room(2, 2) {
		t.Error("what is executed takes room")
	}
}

// Who has waited long enough is told apart from those that wait, and the next of
// these is the one whose time is up first, not the one that began first.
func TestWaiting(t *testing.T) {
	var q decide.Proposals
	table := core.NewTable(3)
	var all []*decide.Proposal
	for number, until := range []time.Duration{0, 7, 10, 30, 20, 5, 5} {
		i := table.Open(core.ID{Row: 1, Number: uint64(number)})
		p := decide.NewProposal(decide.Quorums{Size: 3, F: 1, E: 1}, 1, i.ID, core.Value{})
		p.Until = until
		all = append(all, p)
		q.Add(p, i)
	}
	all[5].Slow, all[6].Dead = true, true
	due, next := q.Waiting(10)
	if len(due) != 2 || due[0] != all[1] || due[1] != all[2] || next != 20 {
		t.Errorf("due %v, next after %v", due, next)
	}
	if due, next := q.Waiting(30); len(due) != 4 || next != 0 {
		t.Errorf("in the end: due %v, next after %v", due, next)
	}
}
