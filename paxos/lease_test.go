package paxos_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
)

// leases are those of these tests: 400 ms and a tenth.
var leases = paxos.Config{Lease: 400 * time.Millisecond, ClockError: 0.1}

const (
	held   = 360*time.Millisecond - 1 // from the request, by the holder's clock
	waited = 440*time.Millisecond + 1 // from the request's arrival, by the granter's
)

// newBound returns a replica that has been up for longer than a lease lasts.
func newBound(t *testing.T, n int) *lone {
	l := newLone(t, n, leases)
	l.w.now += waited
	return l
}

// read asks for a lease read and returns what left.
func (l *lone) read(seq uint64) []any {
	l.t.Helper()
	c := quorate.Command{Client: 9, Seq: seq, Issued: l.w.now, Op: quorate.OpGet, Key: "k"}
	return l.receive(quorate.Route(1), quorate.Request{Command: c, Read: quorate.ReadLease, Timeout: time.Minute})
}

func answered(msgs []any) bool {
	for _, m := range msgs {
		if r, ok := m.(quorate.Reply); ok && r.Status == quorate.Done {
			return true
		}
	}
	return false
}

// lead elects the replica and lets it execute its barrier; nobody has answered a
// heartbeat yet. It returns the latest round that was asked for.
func (l *lone) lead() (quorate.Ballot, uint64) {
	l.t.Helper()
	b := l.elect()
	l.receive(l.peer(1), paxos.P2b{Ballot: b, OK: true, Promised: b})
	l.w.now += 50 * time.Millisecond
	return b, only[paxos.Heartbeat](l.t, l.run(0)).Round
}

// TestLeaseRead: a lease begins when its round was sent, needs a quorum's answer
// to that very round, and ends by the leader's clock.
func TestLeaseRead(t *testing.T) {
	l := newBound(t, 3)
	b, round := l.lead()
	sent := l.w.now
	if answered(l.read(1)) {
		t.Fatal("answered without a lease")
	}
	l.w.now += 30 * time.Millisecond
	l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, Round: round, OK: true, Promised: b})
	if msgs := l.read(2); !answered(msgs) {
		t.Fatal("the lease was granted, and the read waits")
	} else {
		none[paxos.Heartbeat](t, msgs)
	}
	l.w.now = sent + held - 1
	if !answered(l.read(3)) {
		t.Error("the lease ended early")
	}
	l.w.now = sent + held
	if answered(l.read(4)) {
		t.Error("answered after the end of the lease")
	}
}

// TestLeaseIsNotRefusals: neither a refusal nor an answer to another ballot gives
// a lease.
func TestLeaseIsNotRefusals(t *testing.T) {
	l := newBound(t, 3)
	b, round := l.lead()
	l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, Round: round, Promised: b})
	l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b - 1<<32, Round: round, OK: true})
	l.receive(l.peer(2), paxos.HeartbeatReply{Ballot: b, Round: round - 1, OK: true, Promised: b})
	l.w.now += held - 50*time.Millisecond // what the round before may give is over
	if answered(l.read(1)) {
		t.Error("answered without a lease")
	}
}

// TestLeaseReadWithoutLeases: they are an option, and say so.
func TestLeaseReadWithoutLeases(t *testing.T) {
	l := newLone(t, 3, paxos.Config{})
	l.elect()
	if r := only[quorate.Reply](t, l.read(1)); r.Status != quorate.NotExecuted || r.Reason != quorate.ReasonUnsupported {
		t.Errorf("%+v", r)
	}
}

// TestLeaseReadWithoutALease goes the way of an index read.
func TestLeaseReadWithoutALease(t *testing.T) {
	l := newBound(t, 3)
	b, _ := l.lead()
	round := only[paxos.Heartbeat](t, l.read(1)).Round
	if !answered(l.receive(l.peer(2), paxos.HeartbeatReply{Ballot: b, Round: round, OK: true, Promised: b})) {
		t.Error("a quorum answered the round of the read, and it waits")
	}
}

// TestLeaseBinds: whoever answered a heartbeat promises to nobody else until the
// lease has ended for certain, says for how long, and changes nothing.
func TestLeaseBinds(t *testing.T) {
	l := newBound(t, 3)
	b := quorate.NewBallot(5, l.peer(1))
	l.receive(l.peer(1), paxos.Heartbeat{Ballot: b, Round: 1})
	l.w.now += waited - 1
	other := quorate.NewBallot(6, l.peer(2))
	if r := only[paxos.PreVoteReply](t, l.receive(l.peer(2), paxos.PreVote{Ballot: other})); r.OK || r.Leased != 1 {
		t.Errorf("would promise: %+v", r)
	}
	if r := only[paxos.P1b](t, l.receive(l.peer(2), paxos.P1a{Ballot: other})); r.OK || r.Leased != 1 || r.Promised >= other || l.durablePromise() >= other {
		t.Errorf("promised: %+v", r)
	}
	if r := only[paxos.P1b](t, l.receive(l.peer(1), paxos.P1a{Ballot: quorate.NewBallot(6, l.peer(1))})); !r.OK {
		t.Errorf("the holder itself may stand again: %+v", r)
	}
	l.w.now++
	if r := only[paxos.P1b](t, l.receive(l.peer(2), paxos.P1a{Ballot: other})); !r.OK {
		t.Errorf("the lease has ended: %+v", r)
	}
}

// TestLeaseBindsAfterARestart: it cannot know what it granted.
func TestLeaseBindsAfterARestart(t *testing.T) {
	l := newLone(t, 3, leases)
	l.w.now += waited - 1
	b := quorate.NewBallot(6, l.peer(2))
	l.receive(l.peer(2), paxos.Heartbeat{Ballot: b, Round: 1})
	if r := only[paxos.P1b](t, l.receive(l.peer(2), paxos.P1a{Ballot: quorate.NewBallot(7, l.peer(2))})); r.OK || r.Leased != 1 {
		t.Errorf("promised: %+v", r)
	}
	l.w.now++
	if r := only[paxos.P1b](t, l.receive(l.peer(2), paxos.P1a{Ballot: quorate.NewBallot(7, l.peer(2))})); !r.OK {
		t.Errorf("refused: %+v", r)
	}
}

// TestLateHeartbeatTakesNoLeaseBack: after a later leader's heartbeat, an earlier
// leader's gets a refusal, though nothing above its ballot is promised.
func TestLateHeartbeatTakesNoLeaseBack(t *testing.T) {
	l := newBound(t, 3)
	early, late := quorate.NewBallot(5, l.peer(1)), quorate.NewBallot(6, l.peer(2))
	l.receive(l.peer(2), paxos.Heartbeat{Ballot: late, Round: 1})
	if r := only[paxos.HeartbeatReply](t, l.receive(l.peer(1), paxos.Heartbeat{Ballot: early, Round: 9})); r.OK {
		t.Errorf("granted: %+v", r)
	}
	if r := only[paxos.P1b](t, l.receive(l.peer(1), paxos.P1a{Ballot: quorate.NewBallot(7, l.peer(1))})); r.OK {
		t.Errorf("promised: %+v", r)
	}
}

// TestBoundMemberDoesNotStand: its own promise counts as those of others do.
func TestBoundMemberDoesNotStand(t *testing.T) {
	l := newBound(t, 3)
	l.receive(l.peer(1), paxos.Heartbeat{Ballot: quorate.NewBallot(5, l.peer(1)), Round: 1})
	came := l.w.now
	for len(l.run(time.Millisecond)) == 0 {
		if l.w.now > came+waited+time.Second {
			t.Fatal("it never stands")
		}
	}
	if l.w.now < came+waited {
		t.Errorf("it stood %v after it granted a lease", l.w.now-came)
	}
}

// TestReleaseEndsALease: of whoever gives up, and of nobody else.
func TestReleaseEndsALease(t *testing.T) {
	l := newBound(t, 3)
	b, other := quorate.NewBallot(5, l.peer(1)), quorate.NewBallot(6, l.peer(2))
	l.receive(l.peer(1), paxos.Heartbeat{Ballot: b, Round: 1})
	l.receive(l.peer(2), paxos.Release{Ballot: b})
	if r := only[paxos.P1b](t, l.receive(l.peer(2), paxos.P1a{Ballot: other})); r.OK {
		t.Error("somebody else's release counted")
	}
	l.receive(l.peer(1), paxos.Release{Ballot: b})
	if r := only[paxos.P1b](t, l.receive(l.peer(2), paxos.P1a{Ballot: other})); !r.OK {
		t.Errorf("released, and still %+v", r)
	}
}

// TestLeaderReleases when it gives way, so that the next one need not wait; and
// holds no lease any more.
func TestLeaderReleases(t *testing.T) {
	l := newBound(t, 3)
	b, round := l.lead()
	l.receive(l.peer(1), paxos.HeartbeatReply{Ballot: b, Round: round, OK: true, Promised: b})
	higher := quorate.NewBallot(b.Counter()+1, l.peer(2))
	msgs := l.receive(l.peer(2), paxos.P1a{Ballot: higher})
	if r := only[paxos.Release](t, msgs); r.Ballot != b {
		t.Errorf("%+v", r)
	}
	if answered(l.read(1)) {
		t.Error("it answers by a lease that it has given up")
	}
}

// TestCandidateWaitsForALease: it asks again under the same ballot, and does not
// stand anew before it may have been answered.
func TestCandidateWaitsForALease(t *testing.T) {
	l := newBound(t, 3)
	var ballot quorate.Ballot
	for ballot == 0 {
		for _, m := range l.run(time.Millisecond) {
			if pv, ok := m.(paxos.PreVote); ok {
				ballot = only[paxos.P1a](t, l.receive(l.peer(1), paxos.PreVoteReply{Ballot: pv.Ballot, OK: true})).Ballot
			}
		}
	}
	for i := 1; i < 3; i++ {
		l.receive(l.peer(i), paxos.P1b{Ballot: ballot, Leased: 400 * time.Millisecond})
	}
	asked := 0
	for _, m := range l.run(400 * time.Millisecond) {
		switch m := m.(type) {
		case paxos.P1a:
			asked++
			if m.Ballot != ballot {
				t.Errorf("it stands again, at %v", m.Ballot)
			}
		case paxos.PreVote:
			t.Errorf("it asks anew: %+v", m)
		}
	}
	if asked == 0 || l.replica.Report().Role != "candidate" {
		t.Errorf("asked again %d times, %+v", asked, l.replica.Report())
	}
	l.receive(l.peer(1), paxos.P1b{Ballot: ballot, OK: true, Promised: ballot})
	if l.replica.Report().Role != "leader" {
		t.Errorf("not elected: %+v", l.replica.Report())
	}
}

// TestProbeWaitsForALease: it asks again when the lease is over, and that was no
// failure which makes it wait longer.
func TestProbeWaitsForALease(t *testing.T) {
	l := newBound(t, 3)
	for range 6 {
		var probe paxos.PreVote
		for asked := l.w.now; probe.Ballot == 0; {
			for _, m := range l.run(time.Millisecond) {
				if pv, ok := m.(paxos.PreVote); ok {
					probe = pv
				}
			}
			if l.w.now > asked+200*time.Millisecond {
				t.Fatalf("not asked again in %v", l.w.now-asked)
			}
		}
		for i := 1; i < 3; i++ {
			l.receive(l.peer(i), paxos.PreVoteReply{Ballot: probe.Ballot, Leased: 50 * time.Millisecond})
		}
	}
}

func TestLeaseConfig(t *testing.T) {
	for _, bad := range []paxos.Config{
		{Lease: -time.Second}, {Lease: time.Second, ClockError: -0.1}, {Lease: time.Second, ClockError: 0.7},
		{Lease: 100 * time.Millisecond}, // two heartbeats less the margin
	} {
		if bad.Validate() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
	if err := (paxos.Config{Lease: 200 * time.Millisecond}).Validate(); err != nil {
		t.Error(err)
	}
}
