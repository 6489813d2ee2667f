package core_test

import (
	"testing"
	"time"

	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// TestBackDown goes through what makes a leader give up, with proposals open. It
// says so once, and what it was asked is answered still.
func TestBackDown(t *testing.T) {
	for _, test := range []struct {
		name  string
		cause func(n *single) core.Message
		by    uint32 // the counter of the ballot
		reply bool
	}{
		{"a higher Prepare", func(n *single) core.Message { return core.Prepare{Ballot: n.ballot(9, 2), Slot: 5} }, 9, true},
		{"a higher Accept", func(n *single) core.Message {
			return core.Accept{Ballot: n.ballot(9, 2), Slot: 5, Commands: command("w")}
		}, 9, true},
		{"a higher leader", func(n *single) core.Message { return core.Commit{Ballot: n.ballot(9, 2), Committed: 1} }, 9, false},
		{"a higher leader's question", func(n *single) core.Message { return core.LeaderCheck{Ballot: n.ballot(9, 2)} }, 9, true},
		{"a lower leader's news", func(n *single) core.Message { return core.Commit{Ballot: n.ballot(0, 2), Committed: 9} }, 0, false},
		{"a voter that knows more", func(n *single) core.Message {
			m := n.accepted(1)
			m.Progress.Committed = 9
			return m
		}, 0, true},
		{"what somebody else chose", func(n *single) core.Message {
			return core.RetransmitResponse{Entries: []paxos.Entry{{Slot: 1, Ballot: n.ballot(9, 2), Chosen: true, Commands: command("w")}}}
		}, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := leading(t, 3)
			n.hear(2, core.Prepare{Ballot: n.ballot(1, 2)}) // too late to matter
			n.offer("v")
			epoch := n.state.Epoch()
			n.hear(2, test.cause(n))
			if n.state.Role() != core.Follower || n.state.Epoch() != 0 || n.out.SteppedDown != epoch || !n.out.Abdicated || n.out.By.Counter() != test.by || (n.out.By == 0) != (test.by == 0) || n.state.Leader() == n.id(0) {
				t.Fatalf("it is %v: %+v", n.state.Role(), n.out)
			}
			if reply := len(n.sentTo(n.id(2))) > 0; reply != test.reply {
				t.Errorf("it answers: %v", reply)
			}
			if n.hear(2, test.cause(n)); n.out.Abdicated || n.out.SteppedDown != 0 {
				t.Error("it says so twice")
			}
			deadline := n.out.Deadline
			n.recover(n.state.Committed())
			for i := 1; i <= 2; i++ {
				n.hear(i, core.PrepareReply{Ballot: n.state.Epoch(), Slot: n.state.Committed(), Reason: core.ReasonBallot, End: n.state.Committed(), Progress: core.Progress{Committed: n.state.Committed()}})
			}
			if n.state.Role() != core.Follower || n.out.Abdicated || n.out.SteppedDown != 0 {
				t.Errorf("after a recovery in vain it is %v: %+v", n.state.Role(), n.out)
			}
			n.out.Deadline = deadline
			if n.offerable() || n.out.Deadline > n.now+time.Second {
				t.Errorf("it goes on as a leader, next at %v", n.out.Deadline)
			}
		})
	}
}

func (n *single) offerable() bool {
	return n.step(core.Event{Kind: core.Proposed, Commands: command("w")}).Taken
}

// TestForgotten: proposals that are given up, or chosen, are not taken for open
// ones later.
func TestForgotten(t *testing.T) {
	n := leading(t, 3)
	s := n.offer("v")
	n.hear(2, core.Prepare{Ballot: n.ballot(9, 2), Slot: s})
	n.recover(s + 1)
	n.hear(0, n.promise(s))
	if n.hear(1, n.holding(s, n.ballot(9, 2), "w")); n.proposed()[s] != "w" || len(n.out.Replaced) > 0 {
		t.Errorf("given up: it proposes %v, replaced %v", n.proposed(), n.out.Replaced)
	}
	n = leading(t, 5)
	for range 100 {
		s = n.offer("v")
		for i := range 3 {
			n.hear(i, n.accepted(s))
		}
	}
	epoch := n.state.Epoch()
	no := n.accepted(n.offer("last"))
	no.OK, no.Progress.Promised = false, n.ballot(9, 1)
	for n.hear(1, no); n.state.Epoch() == epoch; {
		n.wait()
	}
	for _, i := range []int{0, 2, 3} {
		n.hear(i, n.promise(s+2))
	}
	if n.proposed()[s+2] != "-" || len(n.out.Replaced) > 0 {
		t.Errorf("chosen: it proposes %v, replaced %v", n.proposed(), n.out.Replaced)
	}
}

// TestDisowned: what a member said before it lost its disk does not count. A
// recovery begins anew, a leader goes on with the votes of the others.
func TestDisowned(t *testing.T) {
	n := leading(t, 5)
	s := n.offer("v")
	n.hear(0, n.accepted(s))
	n.hear(1, n.accepted(s))
	n.step(core.Event{Kind: core.Disowned, From: n.id(1)})
	if n.hear(2, n.accepted(s)); n.state.Committed() != s || n.state.Role() != core.Leader {
		t.Fatalf("it is %v and knows %v", n.state.Role(), n.state.Committed())
	}
	if n.hear(3, n.accepted(s)); n.state.Committed() != s+1 {
		t.Error("the other votes do not count")
	}
	n.step(core.Event{Kind: core.Checked})
	n.hear(1, n.confirms(1))
	n.step(core.Event{Kind: core.Disowned, From: n.id(1)})
	if n.hear(2, n.confirms(1)); n.out.Confirmed != 0 {
		t.Error("what it confirmed counts")
	}
	if n.hear(3, n.confirms(1)); n.out.Confirmed != 1 {
		t.Error("the others' answers do not count")
	}
	for _, role := range []core.Role{core.Probing, core.Recoverer} {
		n := in(t, role)
		n.step(core.Event{Kind: core.Disowned, From: n.id(2)})
		if n.state.Role() != core.Follower {
			t.Errorf("%v goes on as %v", role, n.state.Role())
		}
	}
}

// TestLearner: who lost its disk promises, accepts and confirms nothing, and does
// not stand. It learns what is chosen.
func TestLearner(t *testing.T) {
	n := member(t, 3, 1)
	n.may.Learner = true
	b := n.ballot(5, 0)
	n.hear(0, core.Prepare{Ballot: b})
	n.hear(0, core.Accept{Ballot: b, Slot: 0, Commands: command("v")})
	if n.state.Leader() != n.id(0) {
		t.Error("it does not follow")
	}
	n.hear(0, core.LeaderCheck{Ballot: b, Round: 1})
	if m := n.out.Sends[0].Message.(core.LeaderCheckReply); m.OK {
		t.Error("it confirms a leader")
	}
	for range 20 {
		n.wait()
		for _, s := range n.out.Sends {
			t.Errorf("it sends %+v", s)
		}
	}
	if n.state.Log().Promised() != 0 || n.state.Log().End() != 0 {
		t.Errorf("it promised %v and holds %v slots", n.state.Log().Promised(), n.state.Log().End())
	}
	n.hear(0, core.Accept{Ballot: b, Slot: 1, Commands: command("w"), Committed: 1})
	if n.wait(); len(n.sentTo(n.id(0))) != 1 || n.sentTo(n.id(0))[0] != (core.RetransmitRequest{}) {
		t.Fatalf("it asks %v", n.out.Sends)
	}
	n.hear(0, core.RetransmitResponse{Entries: []paxos.Entry{{Ballot: b, Chosen: true, Commands: command("v")}}, Committed: 1})
	if n.out.To != 1 || len(n.out.Store) != 1 || !n.out.Store[0].Chosen {
		t.Errorf("it learns %+v", n.out)
	}
}
