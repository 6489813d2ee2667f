package epaxos_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/epaxos/core"
)

// What is not answered is sent again, to those that have not answered.
func TestResend(t *testing.T) {
	l := newLone(t, 5, epaxos.Config{Thrifty: true, Retransmit: 100 * time.Millisecond, Patience: time.Hour})
	i := l.put(1)
	l.run(90 * time.Millisecond)
	if got := l.take(); got != "" {
		t.Errorf("sent %s too early", got)
	}
	l.told(1, epaxos.PreAcceptReply{ID: i, OK: true})
	l.run(120 * time.Millisecond)
	if got := l.take(); got != "2 PreAccept, 3 PreAccept, 4 PreAccept" {
		t.Errorf("sent %q", got)
	}
	if got := l.told(3, epaxos.PreAcceptReply{ID: i, OK: true, Deps: core.Deps{0, 1}}); got != "1 Accept, 3 Accept" && got != "1 Accept, 2 Accept" && got != "1 Accept, 4 Accept" && got != "3 Accept, 4 Accept" {
		t.Errorf("sent %q, want Accept to two others", got)
	}
	l.run(150 * time.Millisecond)
	if got := l.take(); got != "all Accept" {
		t.Errorf("sent %q", got)
	}
}

// A number that others know already is passed over.
func TestUsedNumber(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{})
	l.told(1, epaxos.Recover{Ballot: l.ballot(1, 1), ID: id(0, 0)})
	l.told(1, epaxos.Commit{ID: id(0, 1)})
	if got := l.put(1); got != id(0, 2) {
		t.Errorf("proposed as %v", got)
	}
}

// A recovery ends when its instance is committed, whoever did it.
func TestRecoveryEnds(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{Patience: 20 * time.Millisecond, Retransmit: 20 * time.Millisecond})
	l.told(1, epaxos.PreAccept{ID: id(1, 0), Commands: []quorate.Command{command(1)}})
	for range 200 { // until it has begun
		l.run(5 * time.Millisecond)
		if slices.ContainsFunc(l.sent, func(e quorate.Envelope) bool { _, ok := e.Msg.(epaxos.Recover); return ok }) {
			break
		}
	}
	m := last[epaxos.Recover](l)
	if m.ID != id(1, 0) || m.Ballot.Owner() != l.ids[0] {
		t.Errorf("recovers %+v", m)
	}
	l.told(1, epaxos.Commit{ID: id(1, 0)})
	l.take()
	l.run(time.Second)
	if got := l.take(); got != "" {
		t.Errorf("sent %s", got)
	}
}

// Commands on a key that others are about to write go into an instance of their own:
// the others are decided in one round, and executed.
func TestContendedCommandsApart(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{Patience: time.Hour})
	l.told(1, epaxos.PreAccept{ID: id(1, 0), Commands: []quorate.Command{command(9)}})
	l.take()
	for seq := range uint64(4) {
		c := command(seq + 1)
		c.Key = []string{"k", "m"}[seq%2]
		l.ask(c)
	}
	l.run(0)
	var got []string
	for _, e := range l.sent {
		if m, ok := e.Msg.(epaxos.PreAccept); ok {
			line := fmt.Sprint(m.ID, m.Deps)
			for _, c := range m.Commands {
				line += fmt.Sprint(" ", c.Key, c.Seq)
			}
			got = append(got, line)
		}
	}
	if want := "[0/0 [] m2 m4 0/1 [0 1 0] k1 k3]"; fmt.Sprint(got) != want {
		t.Errorf("proposed %v, want %s", got, want)
	}
}

// An owner has a bounded number of instances that are not committed, and of those
// that are not executed: what is proposed without end may wait without end.
func TestBacklog(t *testing.T) {
	l := newLone(t, 3, epaxos.Config{Window: 2, Backlog: 3, Batch: 1})
	commit := func(i core.ID) { // after an instance that nobody here knows
		l.told(1, epaxos.PreAcceptReply{ID: i, OK: true, Deps: core.Deps{0, 1}})
		l.told(1, epaxos.AcceptReply{ID: i, OK: true})
	}
	first, second := l.put(1), l.put(2)
	l.request(3)
	if got := l.take(); got != "" {
		t.Errorf("sent %s while two are not committed", got)
	}
	commit(first)
	commit(second)
	l.run(0)
	l.request(4)
	if got := l.take(); got != "" {
		t.Errorf("sent %s while three are not executed", got)
	}
	l.hear(1, epaxos.Commit{ID: id(1, 0)})
	l.run(0)
	if got := l.take(); got != "client Reply, client Reply, all PreAccept" {
		t.Errorf("sent %s", got)
	}
}

// What cannot work is refused; zero stands for the defaults.
func TestConfig(t *testing.T) {
	for _, cfg := range []epaxos.Config{{}, {FastWait: 1, Retransmit: time.Millisecond, Patience: time.Second}} {
		if err := cfg.Validate(); err != nil {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	for _, cfg := range []epaxos.Config{{FastWait: -1}, {Retransmit: 1}, {Patience: 3}, {Patience: -time.Second}, {F: -1}, {Window: -1}, {Retain: -1}, {Backlog: core.Span}} {
		if cfg.Validate() == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}
