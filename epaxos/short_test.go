package epaxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
)

// What others have on their disks as final needs no sync of its own: it is written
// with the next record, or before a Progress tells of it. An owner on the slow path
// asks for votes before it has its own on disk.
func TestLateRecords(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{Patience: 400 * time.Millisecond})
	commit := func(number uint64) {
		l.hear(1, epaxos.Commit{ID: id(1, number), Value: core.Value{Commands: []quorate.Command{command(number + 1)}}})
	}
	commit(0)
	if l.held != nil {
		t.Error("a commit is synced alone")
	}
	l.told(2, epaxos.Recover{Ballot: l.ballot(1, 2), ID: id(2, 5)})
	if len(l.disk) != 2 {
		t.Errorf("%d records with the next sync, want the commit and a promise", len(l.disk))
	}
	commit(1)
	for range 100 {
		l.now += 2 * time.Millisecond
		l.node.Tick(l.now)
		if l.flush(); l.held != nil {
			break
		}
	}
	for _, e := range l.sent {
		if m, ok := e.Msg.(keep.Progress); ok && m.Kept.Executed.At(1) > 1 {
			t.Errorf("sent %v before it was on disk", m)
		}
	}
	l.sync()
	if m := last[keep.Progress](l); len(l.disk) != 3 || m.Kept.Executed.At(1) != 2 {
		t.Errorf("%d records, told %v", len(l.disk), m)
	}
	for number := range uint64(300) {
		commit(2 + number)
	}
	if l.sync(); len(l.disk) < 250 {
		t.Errorf("%d records after 300 commits", len(l.disk))
	}

	i := l.put(1000)
	l.hear(1, epaxos.PreAcceptReply{ID: i, OK: true, Deps: core.Deps{0, 0, 9}})
	if got := l.take(); got != "1 Accept, 2 Accept" || l.held == nil {
		t.Errorf("sent %s", got)
	}
}

// Commands are sent once. Who is told what is final and lacks them asks; who is
// asked to vote and lacks them is silent.
func TestShortValues(t *testing.T) {
	short := core.Value{Deps: core.Deps{0, 0, 1}, Short: true}
	whole := core.Value{Commands: []quorate.Command{command(1)}, Deps: short.Deps}
	l := newLone(t, 3, epaxos.Config{})
	if got := l.told(1, epaxos.Accept{ID: id(1, 0), Value: short}); got != "" {
		t.Errorf("answered %s for what it does not know", got)
	}
	if got := l.told(1, epaxos.Commit{ID: id(1, 0), Value: short}); got != "1 Ask" {
		t.Errorf("sent %q, want Ask", got)
	}
	l.told(1, epaxos.PreAccept{ID: id(1, 0), Commands: whole.Commands})
	if got := l.told(1, epaxos.Accept{ID: id(1, 0), Value: short}); got != "1 AcceptReply" {
		t.Errorf("sent %q, want a vote", got)
	}
	l.told(1, epaxos.Commit{ID: id(1, 0), Value: short})
	l.hear(2, epaxos.Ask{IDs: []core.ID{id(1, 0)}})
	if m := last[epaxos.Commit](l); !m.Value.Equal(whole) || m.Value.Short {
		t.Errorf("tells %v, want %v", m.Value, whole)
	}

	l = newLone(t, 5, epaxos.Config{})
	i := l.put(1)
	l.hear(1, epaxos.PreAcceptReply{ID: i, OK: true})
	l.hear(2, epaxos.PreAcceptReply{ID: i, OK: true, Deps: core.Deps{0, 1}})
	for _, e := range l.sent {
		if m, ok := e.Msg.(epaxos.Accept); ok && m.Value.Short != (e.To == l.ids[1] || e.To == l.ids[2]) {
			t.Errorf("to %v: %v", e.To, m.Value)
		}
	}
	l.sync()
	l.hear(1, epaxos.AcceptReply{ID: i, OK: true})
	l.hear(2, epaxos.AcceptReply{ID: i, OK: true})
	if m := last[epaxos.Commit](l); !m.Value.Short {
		t.Errorf("tells all %v", m.Value)
	}

	l = newLone(t, 3, epaxos.Config{Patience: 20 * time.Millisecond, Retransmit: 20 * time.Millisecond})
	l.told(1, epaxos.PreAccept{ID: id(1, 0), Commands: whole.Commands})
	l.run(120 * time.Millisecond)
	b := last[epaxos.Recover](l).Ballot
	l.take()
	for from := range 2 {
		if got := l.told(1+from, epaxos.RecoverReply{Ballot: b, ID: id(1, 0), OK: true, State: core.State{Phase: core.Accepted, Value: short}}); got != "" {
			t.Errorf("a recovery takes a value without commands: sent %s", got)
		}
	}
}

// Who has nothing new to tell does so more and more seldom, though it goes on: others
// may have been cut off. News are told soon.
func TestQuiet(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{Patience: 400 * time.Millisecond})
	told := func(d time.Duration) int {
		l.take()
		l.run(d)
		n := 0
		for _, e := range l.sent {
			if _, ok := e.Msg.(keep.Progress); ok {
				n++
			}
		}
		return n
	}
	told(3 * time.Second)
	if n := told(8 * time.Second); n < 8 || n > 12 {
		t.Errorf("told %d times in 8 s", n)
	}
	c := command(1)
	c.Issued = l.now
	l.hear(1, epaxos.Commit{ID: id(1, 0), Value: core.Value{Commands: []quorate.Command{c}}})
	if n := told(250 * time.Millisecond); n != 2 || last[keep.Progress](l).Kept.Executed.At(1) != 1 {
		t.Errorf("told %d times in 250 ms, last %v", n, last[keep.Progress](l))
	}
	told(time.Second)
	if n := told(2 * time.Second); n > 4 {
		t.Errorf("told %d times in 2 s", n)
	}
}
