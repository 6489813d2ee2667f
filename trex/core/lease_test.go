package core_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// leases are those of these tests: 400 ms and a tenth.
var leases = core.Config{Lease: paxos.LeaseTerms{Window: 400 * time.Millisecond, ClockError: 0.1}}

const (
	held   = 360*time.Millisecond - 1 // from the request, by the holder's clock
	waited = 440*time.Millisecond + 1 // from the request's arrival, by the granter's
)

// unbound returns a member that has been up for longer than a lease lasts.
func unbound(t *testing.T, self int) *single {
	n := memberOf(t, 3, self, leases)
	n.now += waited
	return n
}

// holding returns member 0 when it has just begun to lead and asked for its first
// lease.
func holding(t *testing.T) (*single, core.LeaderCheck) {
	t.Helper()
	return holdingWith(t, leases)
}

func holdingWith(t *testing.T, cfg core.Config) (*single, core.LeaderCheck) {
	t.Helper()
	n := memberOf(t, 3, 0, cfg)
	n.now += waited
	n.recover(0)
	n.hear(0, n.promise(0))
	n.hear(1, n.promise(0))
	return n, checked(t, n)
}

func checked(t *testing.T, n *single) core.LeaderCheck {
	t.Helper()
	for _, m := range n.sentTo(quorate.Others) {
		if c, ok := m.(core.LeaderCheck); ok {
			return c
		}
	}
	t.Fatalf("it asks for no lease: %+v", n.out.Sends)
	return core.LeaderCheck{}
}

func (n *single) grants(c core.LeaderCheck, ok bool) core.LeaderCheckReply {
	return core.LeaderCheckReply{Ballot: c.Ballot, Round: c.Round, OK: ok, Progress: core.Progress{Promised: c.Ballot}}
}

// TestLeaseCountsFromItsRequest: it begins when a quorum has granted the very
// round, and as of when that was asked for.
func TestLeaseCountsFromItsRequest(t *testing.T) {
	n, first := holding(t)
	asked := n.now
	n.now += 50 * time.Millisecond
	n.hear(1, n.grants(first, false))
	if n.state.Leased(n.now) {
		t.Fatal("a refusal gave a lease")
	}
	n.hear(2, n.grants(first, true))
	if !n.state.Leased(n.now) || !n.state.Leased(asked+held-1) || n.state.Leased(asked+held) {
		t.Error("it must last for its window after the request, less the margin")
	}
	// The heartbeat asks again; without an answer that moves nothing.
	n.wait()
	second := checked(t, n)
	if second.Round <= first.Round || n.state.Leased(asked+held) {
		t.Errorf("asked again with round %d after %d", second.Round, first.Round)
	}
	asked = n.now
	n.hear(1, n.grants(second, true))
	if !n.state.Leased(asked+held-1) || n.state.Leased(asked+held) {
		t.Error("the renewal must count from its own request")
	}
}

// TestLeaseEndsWithTheLead, and the others are told.
func TestLeaseEndsWithTheLead(t *testing.T) {
	n, first := holding(t)
	n.hear(1, n.grants(first, true))
	higher := n.ballot(first.Ballot.Counter()+1, 2)
	n.hear(2, core.Accept{Ballot: higher, Slot: 0, Commands: command("w")})
	if n.state.Leased(n.now) {
		t.Error("it has a lease without the lead")
	}
	released := false
	for _, m := range n.sentTo(quorate.Others) {
		released = released || m == core.Release{Ballot: first.Ballot}
	}
	if !released {
		t.Errorf("it does not say so: %+v", n.out.Sends)
	}
}

// TestAnotherLeadBeginsWithoutALease: those who granted the last one were released,
// and help whomever they like since.
func TestAnotherLeadBeginsWithoutALease(t *testing.T) {
	n, first := holding(t)
	asked := n.now
	n.hear(1, n.grants(first, true))
	n.hear(2, core.Commit{Ballot: n.ballot(first.Ballot.Counter()+1, 2), Seq: 1})
	n.recover(0)
	for s := range quorate.Slot(2) {
		n.hear(0, n.promise(s))
		n.hear(1, n.promise(s))
	}
	if n.state.Role() != core.Leader || n.now >= asked+held {
		t.Fatalf("it is %v after %v", n.state.Role(), n.now-asked)
	}
	if n.state.Leased(n.now) {
		t.Error("it counts on what it was granted before")
	}
}

// TestRepeatedCheckGivesNoLongerLease: an answer to the first one may come after it
// was repeated, and binds its sender only since the first one came.
func TestRepeatedCheckGivesNoLongerLease(t *testing.T) {
	cfg := leases
	cfg.Retransmit = 20 * time.Millisecond
	n, first := holdingWith(t, cfg)
	asked := n.now
	for n.now == asked || len(n.sentTo(quorate.Others)) == 0 {
		n.wait()
	}
	if again := checked(t, n); again != first {
		t.Fatalf("it repeats %+v as %+v", first, again)
	}
	n.hear(1, n.grants(first, true))
	if !n.state.Leased(asked+held-1) || n.state.Leased(asked+held) {
		t.Error("the lease must count from when the check was sent first")
	}
}

// promises asks a member for a promise under a ballot.
func (n *single) promises(b quorate.Ballot) core.PrepareReply {
	from := n.cluster.Index(b.Owner())
	n.hear(from, core.Prepare{Ballot: b, Slot: n.state.Committed()})
	return n.sentTo(n.id(from))[0].(core.PrepareReply)
}

// TestLeaseBinds: whoever said yes to a check helps nobody but the holder, says for
// how long, and does not stand itself.
func TestLeaseBinds(t *testing.T) {
	n := unbound(t, 1)
	n.hear(0, core.LeaderCheck{Ballot: n.ballot(3, 0), Round: 1})
	came := n.now
	n.now += waited - 1
	if p := n.promises(n.ballot(9, 2)); p.OK || p.Reason != core.ReasonLease || p.Leased != 1 || n.state.Log().Promised() != 0 {
		t.Errorf("asked by another: %+v, promised %v", p, n.state.Log().Promised())
	}
	n.hear(2, core.Prepare{Slot: 7}) // a probe
	if p := n.sentTo(n.id(2))[0].(core.PrepareReply); p.Leased != 1 {
		t.Errorf("probed: %+v", p)
	}
	if p := n.promises(n.ballot(10, 0)); !p.OK {
		t.Errorf("asked by the holder: %+v", p)
	}
	n.now++
	if p := n.promises(n.ballot(11, 2)); !p.OK {
		t.Errorf("the lease has ended: %+v", p)
	}

	n = unbound(t, 1)
	n.hear(0, core.LeaderCheck{Ballot: n.ballot(3, 0), Round: 1})
	for n.state.Role() == core.Follower {
		n.wait()
	}
	if n.now-came < waited {
		t.Errorf("it stood after %v", n.now-came)
	}
}

// TestVotesAreNotBound: whoever proposes was elected, so the lease is over.
func TestVotesAreNotBound(t *testing.T) {
	n := unbound(t, 1)
	n.hear(0, core.LeaderCheck{Ballot: n.ballot(3, 0), Round: 1})
	n.hear(2, core.Accept{Ballot: n.ballot(9, 2), Slot: 0, Commands: command("w")})
	if a := n.sentTo(n.id(2))[0].(core.AcceptReply); !a.OK {
		t.Errorf("%+v", a)
	}
}

// TestLeaseBindsWhoStarts, and who takes the place of one that lost its disk:
// neither knows what was granted.
func TestLeaseBindsWhoStarts(t *testing.T) {
	n := memberOf(t, 3, 1, leases)
	n.now += waited - 1
	n.hear(2, core.LeaderCheck{Ballot: n.ballot(3, 2), Round: 1})
	if p := n.promises(n.ballot(9, 2)); p.OK || p.Leased != 1 {
		t.Errorf("just started: %+v", p)
	}
	n.now++
	if p := n.promises(n.ballot(9, 2)); !p.OK {
		t.Errorf("%+v", p)
	}
	n.step(core.Event{Kind: core.Readmitted})
	if p := n.promises(n.ballot(10, 2)); p.OK || p.Leased != waited {
		t.Errorf("readmitted: %+v", p)
	}
}

// TestLateCheckTakesNoLeaseBack: an earlier leader's check that comes after a later
// one's is refused.
func TestLateCheckTakesNoLeaseBack(t *testing.T) {
	n := unbound(t, 1)
	n.hear(2, core.LeaderCheck{Ballot: n.ballot(4, 2), Round: 1})
	n.hear(0, core.LeaderCheck{Ballot: n.ballot(3, 0), Round: 9})
	if r := n.sentTo(n.id(0))[0].(core.LeaderCheckReply); r.OK {
		t.Errorf("%+v", r)
	}
	if p := n.promises(n.ballot(9, 0)); p.OK {
		t.Errorf("%+v", p)
	}
}

// TestRefusedCheckBindsNobody: a leader that was replaced must not keep the next
// elections waiting.
func TestRefusedCheckBindsNobody(t *testing.T) {
	n := unbound(t, 1)
	n.promises(n.ballot(9, 2))
	n.hear(0, core.LeaderCheck{Ballot: n.ballot(3, 0), Round: 1})
	if r := n.sentTo(n.id(0))[0].(core.LeaderCheckReply); r.OK {
		t.Errorf("%+v", r)
	}
	if p := n.promises(n.ballot(10, 2)); !p.OK {
		t.Errorf("%+v", p)
	}
}

// TestReleaseEndsALease: that of its sender.
func TestReleaseEndsALease(t *testing.T) {
	n := unbound(t, 1)
	b := n.ballot(3, 0)
	n.hear(0, core.LeaderCheck{Ballot: b, Round: 1})
	n.hear(2, core.Release{Ballot: b})
	if p := n.promises(n.ballot(9, 2)); p.OK {
		t.Error("somebody else's release counted")
	}
	n.hear(0, core.Release{Ballot: b})
	if p := n.promises(n.ballot(9, 2)); !p.OK {
		t.Errorf("released, and still %+v", p)
	}
}

// TestRecoveryWaitsForALease: it asks again under the same ballot when that has
// ended, and does not begin anew before.
func TestRecoveryWaitsForALease(t *testing.T) {
	n := unbound(t, 1)
	n.recover(0)
	n.hear(1, n.promise(0))
	epoch, refused := n.state.Epoch(), n.now
	for _, from := range []int{0, 2} {
		n.hear(from, core.PrepareReply{Ballot: epoch, Reason: core.ReasonLease, Leased: 400 * time.Millisecond})
	}
	for n.state.Role() == core.Recoverer {
		if n.wait(); len(n.sentTo(n.id(0))) > 0 {
			break
		}
		if n.now > refused+time.Minute {
			t.Fatal("it never asks again")
		}
	}
	if n.state.Epoch() != epoch || n.now < refused+400*time.Millisecond || n.now > refused+600*time.Millisecond {
		t.Errorf("%v later it is %v under %v, and was under %v", n.now-refused, n.state.Role(), n.state.Epoch(), epoch)
	}
	n.hear(0, n.promise(0))
	if n.state.Role() != core.Leader {
		t.Errorf("it is %v", n.state.Role())
	}
}

// TestProbeWaitsForALease: whom a lease binds would refuse; together with its
// holder they are enough to stay put.
func TestProbeWaitsForALease(t *testing.T) {
	n := unbound(t, 1)
	n.hear(0, core.Commit{Ballot: n.ballot(3, 0), Seq: 1})
	p := n.probe()
	n.hear(2, core.PrepareReply{Slot: p.Slot, Reason: core.ReasonProbe, Leased: 400 * time.Millisecond, Heartbeat: core.Heartbeat{Ballot: n.ballot(3, 0), Seq: 1}})
	if n.state.Role() != core.Follower {
		t.Fatalf("it is %v", n.state.Role())
	}
	probed := n.now
	n.probe()
	if d := n.now - probed; d < 400*time.Millisecond || d > 600*time.Millisecond {
		t.Errorf("it probes again after %v", d)
	}
}

func TestLeaseConfig(t *testing.T) {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, window := range []time.Duration{-1, 50 * time.Millisecond, 400 * time.Millisecond} {
		c := core.Config{Self: cluster.ID(0), Quorums: quorate.MajorityQuorums(cluster), Lease: paxos.LeaseTerms{Window: window, ClockError: 0.1}}
		if err := c.Validate(); (err == nil) != (window > time.Second/10) {
			t.Errorf("%v: %v", window, err)
		}
	}
}
