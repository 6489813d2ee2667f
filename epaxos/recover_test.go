package epaxos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
	"github.com/quorate/quorate/epaxos/trim"
)

// open is the state of a member that pre-accepted command 1 as it was proposed.
var open = core.State{Phase: core.PreAccepted, Initial: true, Value: core.Value{Commands: []quorate.Command{command(1)}}}

// What others wait for is recovered, though nobody here has heard of it: a learner,
// which cannot do so, or a member that wants to drop it and forgot it in a crash.
func TestUnheardIsRecovered(t *testing.T) {
	for _, m := range []any{
		epaxos.Ask{IDs: []core.ID{id(1, 2)}},
		keep.Progress{Kept: trim.Report{Ends: core.Deps{0, 3}}},
	} {
		l := newLone(t, 3, epaxos.Config{Patience: 20 * time.Millisecond, Retransmit: 20 * time.Millisecond})
		l.told(2, m)
		l.recovers(id(1, 2))
	}
}

// recovers lets time pass until the node recovers an instance, and returns under
// which ballot.
func (l *lone) recovers(id core.ID) quorate.Ballot {
	l.t.Helper()
	for range 2000 {
		l.run(5 * time.Millisecond)
		for _, e := range l.sent {
			if m, ok := e.Msg.(epaxos.Recover); ok && m.ID == id {
				l.take()
				return m.Ballot
			}
		}
		l.take()
	}
	l.t.Fatalf("%v is not recovered", id)
	panic("unreachable")
}

// newRecoverer is a node of five that recovers instance 4/0.
func newRecoverer(t *testing.T, cfg epaxos.Config) (*lone, core.ID, quorate.Ballot) {
	t.Helper()
	l := newLone(t, 5, cfg)
	i := id(4, 0)
	l.told(4, epaxos.PreAccept{ID: i, Commands: open.Value.Commands})
	return l, i, l.recovers(i)
}

func TestRecoveryBallots(t *testing.T) {
	l, i, b := newRecoverer(t, epaxos.Config{Patience: 20 * time.Millisecond, Retransmit: 50 * time.Millisecond})
	yes := func(b quorate.Ballot) epaxos.RecoverReply {
		return epaxos.RecoverReply{Ballot: b, ID: i, OK: true, Promised: b}
	}
	higher := l.ballot(b.Counter()+7, 2)
	l.told(1, epaxos.RecoverReply{Ballot: b, ID: i, Promised: higher})
	next := l.recovers(i)
	if next <= higher {
		t.Errorf("recovers under %v after %v was promised", next, higher)
	}
	if got := l.told(1, yes(b)) + l.told(2, yes(b)) + l.told(3, yes(b)); got != "" {
		t.Errorf("replies to %v under %v: sent %s", b, next, got)
	}
	l.told(1, yes(next))
	l.told(2, epaxos.Accept{Ballot: l.ballot(next.Counter()+1, 2), ID: i})
	l.take()
	voted := yes(next)
	voted.State = core.State{Phase: core.Accepted, Value: open.Value}
	if got := l.told(3, voted); got != "" {
		t.Errorf("asks to accept what it may not accept itself: %s", got)
	}

	l, i, b = newRecoverer(t, epaxos.Config{Patience: 20 * time.Millisecond, Retransmit: 50 * time.Millisecond})
	again := l.recovers(i) // nobody answers
	for again == b {
		again = l.recovers(i)
	}
	l.restart()
	if last := l.recovers(i); !(b < again && again < last) {
		t.Errorf("recovers under %v, %v, and %v after a restart", b, again, last)
	}
}

func TestRecovererWaits(t *testing.T) {
	start := func() (*lone, core.ID, core.ID) {
		l, i, b := newRecoverer(t, epaxos.Config{Patience: 200 * time.Millisecond, Retransmit: 200 * time.Millisecond})
		j := id(1, 3)
		steps := []string{
			l.told(1, epaxos.RecoverReply{Ballot: b, ID: i, OK: true, Promised: b, State: open}),
			l.told(2, epaxos.RecoverReply{Ballot: b, ID: i, OK: true, Promised: b}),
			l.told(1, epaxos.ValidateReply{Ballot: b, ID: i, OK: true, Promised: b, Conflicts: []core.Conflict{{ID: j}}}),
			l.told(2, epaxos.ValidateReply{Ballot: b, ID: i, OK: true, Promised: b}),
		}
		if got := fmt.Sprintf("%q", steps); got != `["" "1 Validate, 2 Validate" "" "all Waiting"]` {
			t.Fatalf("sent %s", got)
		}
		return l, i, j
	}
	l, _, j := start()
	l.run(320 * time.Millisecond)
	if got := l.take(); got != "3 Recover, 4 Recover, all Waiting" && got != "all Ask, 3 Recover, 4 Recover, all Waiting" && got != "3 Recover, 4 Recover, all Waiting, all Ask" {
		t.Errorf("sent %s", got)
	}
	before := l.now
	l.recovers(j)
	if d := l.now - before; d > 500*time.Millisecond { // three times its patience is what others have
		t.Errorf("what it waits for is recovered after %v", d)
	}
	l, _, j = start()
	if got := l.told(1, epaxos.Waiting{ID: j, Same: 1}) + "; " + l.told(1, epaxos.Waiting{ID: j, Same: 2}); got != "; all Accept" {
		t.Errorf("sent %s", got)
	}
	l, _, j = start()
	l.hear(1, epaxos.Commit{ID: j})
	l.sync()
	if got := l.take(); got != "all Accept" {
		t.Errorf("sent %s", got)
	}
	if m := last[epaxos.Accept](func() *lone { l.run(320 * time.Millisecond); return l }()); m.Value.Nop() {
		t.Errorf("gives up what nothing speaks against: %+v", m)
	}
}

// A replica recovers a few instances at once as long as nobody answers.
func TestManyRecoveries(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{Patience: 50 * time.Millisecond, Retransmit: 10 * time.Second})
	for n := range uint64(100) {
		l.told(1, epaxos.PreAccept{ID: id(1, n), Commands: []quorate.Command{command(n + 1)}})
	}
	found := map[core.ID]bool{}
	l.run(30 * time.Second)
	for _, e := range l.sent {
		if m, ok := e.Msg.(epaxos.Recover); ok {
			found[m.ID] = true
		}
	}
	if len(found) != 4 {
		t.Errorf("recovers %d instances", len(found))
	}
}

// What was proposed may be executed, whatever the client hears at its deadline.
func TestProposedIsUnknown(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{Window: 1, Batch: 1})
	l.put(1)
	l.request(2) // waits in the queue
	l.run(2 * time.Minute)
	replies := ""
	for _, e := range l.sent {
		if m, ok := e.Msg.(quorate.Reply); ok {
			replies += fmt.Sprintf("%d %v; ", m.Seq, m.Status)
		}
	}
	if replies != "1 unknown; 2 not executed; " {
		t.Errorf("replies %s", replies)
	}
}
