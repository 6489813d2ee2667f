package paxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/paxos/core"
)

// TestP2bRelations: only yes votes for this ballot and this slot count.
func TestP2bRelations(t *testing.T) {
	l := newLone(t, 5, paxos.Config{})
	b := l.elect() // proposes a no-op in slot 0
	older := quorate.NewBallot(b.Counter()-1, b.Owner())
	vote := func(i int, m paxos.P2b) quorate.Slot {
		l.receive(l.peer(i), m)
		return l.replica.Report().Committed
	}
	for i, m := range []paxos.P2b{
		{Ballot: older, Slot: 0, OK: true, Promised: older},
		{Ballot: older, Slot: 0, OK: false, Promised: b}, // an old request refused: our own new ballot is in the way
		{Ballot: b, Slot: 0, OK: false, Promised: b},
		{Ballot: b, Slot: 1, OK: true, Promised: b},
	} {
		if got := vote(i+1, m); got != 0 {
			t.Fatalf("committed %v after %+v", got, m)
		}
	}
	vote(1, paxos.P2b{Ballot: b, Slot: 0, OK: true})
	if got := vote(1, paxos.P2b{Ballot: b, Slot: 0, OK: true}); got != 0 {
		t.Fatalf("the same vote twice committed slot 0")
	}
	if got := vote(2, paxos.P2b{Ballot: b, Slot: 0, OK: true}); got != 1 {
		t.Fatalf("three votes of five: committed %v", got)
	}
}

// TestIndexReads: answered only after a round that began after the read, and
// after the barrier of the leader's own ballot.
func TestIndexReads(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	b := l.elect()
	read := quorate.Request{Command: quorate.Command{Client: 3, Seq: 1, Op: quorate.OpGet, Key: "k"}, Read: quorate.ReadIndex, Timeout: 10 * time.Second}
	beat := only[paxos.Heartbeat](t, l.receive(quorate.Route(1), read))
	none[quorate.Reply](t, l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, Round: beat.Round - 1, OK: true}))
	none[quorate.Reply](t, l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, Round: beat.Round, OK: false, Promised: b}))
	none[quorate.Reply](t, l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, Round: beat.Round, OK: true}))
	r := only[quorate.Reply](t, l.receive(l.peer(1), paxos.P2b{Ballot: b, Slot: 0, OK: true})) // the barrier
	if r.Status != quorate.Done || r.OK || r.Stale {
		t.Errorf("reply %+v", r)
	}

	// With the barrier behind it a read still needs a round of its own.
	read.Command.Seq = 2
	beat = only[paxos.Heartbeat](t, l.receive(quorate.Route(1), read))
	r = only[quorate.Reply](t, l.receive(l.peer(2), paxos.HeartbeatReply{Ballot: b, Round: beat.Round, OK: true}))
	if r.Seq != 2 {
		t.Errorf("reply %+v", r)
	}
	// And one that is pending when the leadership ends is not answered.
	read.Command.Seq = 3
	beat = only[paxos.Heartbeat](t, l.receive(quorate.Route(1), read))
	l.receive(l.peer(2), paxos.P1a{Ballot: quorate.NewBallot(b.Counter()+1, l.peer(2))})
	none[quorate.Reply](t, l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, Round: beat.Round, OK: true}))
}

// TestLearntEntriesSurviveARestart: what was fetched rather than accepted.
func TestLearntEntriesSurviveARestart(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	b := quorate.NewBallot(5, l.peer(1))
	l.receive(l.peer(1), paxos.CatchupReply{Entries: []core.Entry{{Slot: 0, Ballot: b, Chosen: true, Commands: write(1, "a")}}, Commit: 1})
	if got := l.replica.Report().Executed; got != 1 {
		t.Fatalf("executed %v", got)
	}
	l.w.crash(l.host)
	l.w.start(l.host)
	if r := l.replica.Report(); r.Executed != 1 || l.app.Apply(quorate.Command{Op: quorate.OpGet, Key: "k"}).Version != 1 {
		t.Errorf("after the restart: %+v", r)
	}
}

// TestCutOffLeaderResigns: its clients hear soon that nobody leads.
func TestCutOffLeaderResigns(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	l.elect()
	l.run(time.Second)
	if r := l.replica.Report(); r.Role == "leader" || r.Leader == l.id {
		t.Errorf("after a second without any answer: %+v", r)
	}
}

// TestLogWaitsForTheSlowestLiveReplica: it goes when that has executed, or when
// it is too long, or when the replica is silent.
func TestLogWaitsForTheSlowestLiveReplica(t *testing.T) {
	l := newLone(t, 3, paxos.Config{LogLimit: 80})
	b := l.elect()
	beat := func(executed quorate.Slot) {
		for range 20 {
			l.run(10 * time.Millisecond)
			round := uint64(0)
			l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, Round: round, OK: true, Executed: l.replica.Report().Executed})
			l.receive(l.peer(2), paxos.HeartbeatReply{Ballot: b, Round: round, OK: true, Executed: executed})
		}
	}
	commit := func(n int) {
		for range n {
			s := l.replica.Report().Committed
			l.receive(quorate.Route(1), quorate.Request{Command: write(uint64(s)+1000, "x")[0], Timeout: time.Second})
			l.receive(l.peer(1), paxos.P2b{Ballot: b, Slot: s, OK: true, Executed: s})
		}
	}
	l.receive(l.peer(1), paxos.P2b{Ballot: b, Slot: 0, OK: true})
	commit(50)
	beat(0)
	if got := l.replica.Report().Retained; got < 50 {
		t.Fatalf("%d entries kept while 1.3 has executed nothing", got)
	}
	beat(40)
	if got := l.replica.Report().Retained; got > 20 || got < 10 {
		t.Errorf("%d entries kept after all executed 40 of 51", got)
	}
	commit(200)
	beat(40)
	if got := l.replica.Report().Retained; got > 100 {
		t.Errorf("%d entries kept, the limit is 80", got)
	}
}

// TestCandidateBehindATrimmedLog: it must not propose in slots that an acceptor
// has trimmed, since they are chosen; it fetches a snapshot and stands again.
func TestCandidateBehindATrimmedLog(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	for range 2000 {
		var p1a *paxos.P1a
		for _, m := range l.run(time.Millisecond) {
			if pv, ok := m.(paxos.PreVote); ok {
				p := only[paxos.P1a](t, l.receive(l.peer(1), paxos.PreVoteReply{Ballot: pv.Ballot, OK: true}))
				p1a = &p
			}
		}
		if p1a == nil {
			continue
		}
		r := paxos.P1b{Ballot: p1a.Ballot, OK: true, Promised: p1a.Ballot, Promise: core.Promise{From: 100, Next: 100, Base: 100}}
		none[paxos.P2a](t, l.receive(l.peer(1), r))
		ask := only[paxos.CatchupRequest](t, l.run(20*time.Millisecond))
		if role := l.replica.Report().Role; role != "follower" || ask.From != 0 {
			t.Fatalf("role %v, asks %+v", role, ask)
		}
		fetch := only[quorate.StateRequest](t, l.receive(l.peer(1), paxos.CatchupReply{Commit: 100, Base: 100}))
		l.receive(l.peer(1), quorate.StateChunk{Serial: fetch.Serial, Upto: 100, Last: true})
		if got := l.replica.Report(); got.Committed != 100 || got.Executed != 100 {
			t.Errorf("after the snapshot: %+v", got)
		}
		return
	}
	t.Fatal("never stood")
}

// TestRetransmissionBacksOff: a leader whose processor does not keep up with the
// votes would drown in those that it asks for again.
func TestRetransmissionBacksOff(t *testing.T) {
	l := newLone(t, 3, paxos.Config{Retransmit: 20 * time.Millisecond, ElectionTimeout: time.Minute})
	l.elect()
	var sent []time.Duration
	for range 1000 {
		for _, m := range l.run(time.Millisecond) {
			if _, again := m.(paxos.P2a); again && (len(sent) == 0 || sent[len(sent)-1] != l.w.now) {
				sent = append(sent, l.w.now)
			}
		}
	}
	if len(sent) < 6 {
		t.Fatalf("sent again %d times in a second", len(sent))
	}
	for i := 1; i < len(sent); i++ {
		least := 20 * time.Millisecond << min(i, 3)
		if pause := sent[i] - sent[i-1]; pause < least || pause > least+20*time.Millisecond {
			t.Errorf("pause %d is %v, want about %v", i, pause, least)
		}
	}
}
