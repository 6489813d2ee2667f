package paxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
)

// commit makes the lone leader, in a cluster of three, commit n commands.
func (l *lone) commit(b quorate.Ballot, n int) {
	l.t.Helper()
	for range n {
		s := l.replica.Report().Committed
		c := write(uint64(s)+1000, "x")[0]
		c.Issued = l.w.now
		l.receive(quorate.Route(1), quorate.Request{Command: c, Timeout: time.Second})
		l.receive(l.peer(1), paxos.P2b{Ballot: b, Slot: s, OK: true, Executed: s})
	}
}

// beat lets d pass with both followers alive and level.
func (l *lone) beat(b quorate.Ballot, d time.Duration) {
	for end := l.w.now + d; l.w.now < end; {
		l.run(10 * time.Millisecond)
		for i := 1; i < 3; i++ {
			l.receive(l.peer(i), paxos.HeartbeatReply{Ballot: b, OK: true, Executed: l.replica.Report().Executed})
		}
	}
}

// TestLogWaitsForASnapshotUnderWay: the receiver goes on with the log from
// where the snapshot began. If that were trimmed meanwhile, each snapshot would
// be followed by another under load.
func TestLogWaitsForASnapshotUnderWay(t *testing.T) {
	l := newLone(t, 3, paxos.Config{LogLimit: 80})
	b := l.elect()
	l.receive(l.peer(1), paxos.P2b{Ballot: b, Slot: 0, OK: true})
	l.commit(b, 20)
	chunk := only[quorate.StateChunk](t, l.receive(l.peer(2), quorate.StateRequest{Serial: 7}))
	l.commit(b, 40)
	l.beat(b, 200*time.Millisecond)
	first := l.replica.Report().Executed - quorate.Slot(l.replica.Report().Retained)
	if first != chunk.Upto {
		t.Errorf("the log starts at %v, the snapshot at %v", first, chunk.Upto)
	}
	l.beat(b, 3*time.Second) // nobody asks on
	l.commit(b, 1)
	l.beat(b, 200*time.Millisecond)
	if got := l.replica.Report().Retained; got > 20 {
		t.Errorf("%d entries kept for a receiver that is gone", got)
	}
}

// TestLateHeartbeatOfAnEarlierLeader: a follower that has not promised the
// present leader's ballot still knows that it is the higher one.
func TestLateHeartbeatOfAnEarlierLeader(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	old, present := quorate.NewBallot(4, l.peer(1)), quorate.NewBallot(5, l.peer(2))
	l.receive(l.peer(1), paxos.Heartbeat{Ballot: old, Round: 1})
	l.receive(l.peer(2), paxos.Heartbeat{Ballot: present, Round: 1})
	l.receive(l.peer(1), paxos.Heartbeat{Ballot: old, Round: 2})
	if got := l.replica.Report().Leader; got != l.peer(2) {
		t.Errorf("follows %v, the leader is %v", got, l.peer(2))
	}
}

// TestLeaderReceivesNoSnapshot: phase 1 told it all there is, and a state put in
// place under its open slots would leave their clients without an answer.
func TestLeaderReceivesNoSnapshot(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	l.receive(l.peer(2), paxos.CatchupReply{Commit: 100, Base: 100})
	fetch := only[quorate.StateRequest](t, l.run(150*time.Millisecond))
	b := l.elect()
	l.receive(l.peer(2), quorate.StateChunk{Serial: fetch.Serial, Upto: 100, Last: true})
	if got := l.replica.Report(); got.Executed >= 100 || got.Role != "leader" || got.Ballot != b {
		t.Errorf("%+v", got)
	}
}

// TestForeignQuorums: quorums of another membership count the wrong members.
func TestForeignQuorums(t *testing.T) {
	other, err := quorate.Grid(1, 5)
	if err != nil {
		t.Fatal(err)
	}
	three, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: three.ID(0), Cluster: three})
	if err != nil {
		t.Fatal(err)
	}
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	if _, err := paxos.New(n, app, paxos.Config{Quorums: quorate.MajorityQuorums(other)}); err == nil {
		t.Error("accepted")
	}
}

// TestSnapshotFromFarAway: answers take longer than any number of retransmissions
// that a replica is willing to send at first, and another member is dead. It must
// not give up on the one who answers again and again.
func TestSnapshotFromFarAway(t *testing.T) {
	l := newLone(t, 3, paxos.Config{Retransmit: 20 * time.Millisecond})
	const oneWay = 100 * time.Millisecond
	type answer struct {
		at time.Duration
		m  any
	}
	var answers []answer
	leads := quorate.NewBallot(4, l.peer(1))
	for step := range 500 {
		if step%5 == 0 {
			l.receive(l.peer(1), paxos.Heartbeat{Ballot: leads, Round: uint64(step), Commit: 20})
		}
		l.run(10 * time.Millisecond)
		for _, e := range l.sent {
			if e.To != l.peer(1) {
				continue
			}
			switch m := e.Msg.(type) {
			case paxos.CatchupRequest:
				answers = append(answers, answer{l.w.now + 2*oneWay, paxos.CatchupReply{Commit: 20, Base: 20}})
			case quorate.StateRequest:
				answers = append(answers, answer{l.w.now + 2*oneWay, quorate.StateChunk{Serial: m.Serial, Upto: 20, Last: true}})
			}
		}
		for len(answers) > 0 && answers[0].at <= l.w.now {
			next := answers[0].m
			answers = answers[1:]
			l.node.Receive(l.w.now, l.peer(1), next)
		}
		if l.replica.Report().Executed == 20 {
			return
		}
	}
	t.Errorf("after 5s %+v", l.replica.Report())
}

// TestCatchupFindsTheOneWhoKnows: of seven members six are no help. That is found
// out without waiting longer and longer for each.
func TestCatchupFindsTheOneWhoKnows(t *testing.T) {
	l := newLone(t, 7, paxos.Config{Retransmit: 20 * time.Millisecond, ElectionTimeout: time.Minute})
	l.receive(l.peer(1), paxos.Heartbeat{Ballot: quorate.NewBallot(4, l.peer(1)), Round: 1, Commit: 20})
	asked := map[quorate.ID]bool{}
	for range 600 {
		l.run(time.Millisecond)
		for _, e := range l.sent {
			if _, ok := e.Msg.(paxos.CatchupRequest); ok {
				asked[e.To] = true
			}
		}
	}
	if len(asked) != 6 {
		t.Errorf("asked %v within 600ms", asked)
	}
}
