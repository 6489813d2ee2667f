package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// offer gives a leader a value and returns its slot.
func (n *single) offer(value string) quorate.Slot {
	n.tb.Helper()
	if n.step(core.Event{Kind: core.Proposed, Commands: command(value)}); !n.out.Taken {
		n.tb.Fatalf("it does not take %q", value)
	}
	return n.out.Slot
}

// TestPropose: values get the slots in their order. The request leaves at once,
// the leader's own vote when it is on disk.
func TestPropose(t *testing.T) {
	n := leadingWith(t, 3, core.Config{Window: 3})
	for i := range 3 {
		s := n.offer(fmt.Sprint("v", i))
		if s != quorate.Slot(i+1) || n.proposed()[s] != fmt.Sprint("v", i) || len(n.out.Store) != 1 || n.out.Store[0].Slot != s {
			t.Fatalf("slot %v: it proposes %v and stores %v", s, n.proposed(), n.out.Store)
		}
		for _, sent := range n.out.Sends {
			if _, own := sent.Message.(core.AcceptReply); own == sent.Now || own != (sent.To == n.id(0)) {
				t.Errorf("%+v", sent)
			}
		}
		if n.hear(1, n.accepted(s)); n.state.Committed() != 1 {
			t.Fatal("one vote is enough")
		}
	}
	if n.state.Room() {
		t.Error("the window has no end")
	}
	if n.step(core.Event{Kind: core.Proposed, Commands: command("w")}); n.out.Taken || len(n.out.Sends) > 0 {
		t.Error("it takes more than it has room for")
	}
	if n.hear(0, n.accepted(1)); n.state.Committed() != 2 || !n.state.Room() {
		t.Errorf("it knows %v", n.state.Committed())
	}
}

// TestNotLeader: nobody else takes a client's commands.
func TestNotLeader(t *testing.T) {
	for _, role := range roles {
		n := in(t, role)
		n.step(core.Event{Kind: core.Proposed, Commands: command("w")})
		if n.out.Taken != (role == core.Leader) || n.out.Taken == (len(n.out.Sends) == 0) {
			t.Errorf("%v takes it: %v", role, n.out.Taken)
		}
	}
}

// TestOutOfOrder: a slot that is chosen early waits for those below it, and no
// late vote can make it less than chosen.
func TestOutOfOrder(t *testing.T) {
	n := leading(t, 3)
	first, second := n.offer("v1"), n.offer("v2")
	n.hear(0, n.accepted(first))
	for i := range 3 {
		n.hear(i, n.accepted(second))
	}
	if n.state.Committed() != first {
		t.Fatalf("it knows %v", n.state.Committed())
	}
	if n.hear(2, n.accepted(first)); n.out.From != first || n.out.To != second+1 {
		t.Errorf("[%v, %v) is news", n.out.From, n.out.To)
	}
}

// TestEvenAccepts: with four members half are an accept quorum, so two refusals
// decide nothing and three do. In a majority system of four two do.
func TestEvenAccepts(t *testing.T) {
	cluster, _ := quorate.Grid(1, 4)
	for _, test := range []struct {
		quorums quorate.QuorumSystem
		no      int
		lost    bool
	}{{quorate.EvenQuorums(cluster), 2, false}, {quorate.EvenQuorums(cluster), 3, true}, {quorate.MajorityQuorums(cluster), 1, false}, {quorate.MajorityQuorums(cluster), 2, true}} {
		n := leadingWith(t, 4, core.Config{Quorums: test.quorums})
		m := n.accepted(n.offer("v"))
		m.OK, m.Reason = false, core.ReasonBallot
		for i := range test.no {
			n.hear(i+1, m)
		}
		if lost := n.state.Role() == core.Follower; lost != test.lost || n.out.Abdicated != lost {
			t.Errorf("%v: after %d refusals it is %v", test.quorums, test.no, n.state.Role())
		}
	}
}

// TestAcceptAgain: what was not answered in time is sent again as it was, to those
// that have not answered, each slot at its own time and less often each time.
func TestAcceptAgain(t *testing.T) {
	const r = 10 * time.Millisecond
	n := leadingWith(t, 5, core.Config{Retransmit: r, Heartbeat: time.Hour, TimeoutMin: 2 * time.Hour})
	begin := n.now
	first := n.offer("v1")
	n.now += r / 2
	second := n.offer("v2")
	n.hear(1, n.accepted(first))
	epoch := n.state.Epoch()
	sent := map[quorate.Slot][]time.Duration{}
	for n.now < begin+50*r {
		n.wait()
		for _, s := range n.out.Sends {
			switch m := s.Message.(type) {
			case core.Accept:
				if m.Ballot != epoch || text(m.Commands) != fmt.Sprint("v", m.Slot) || m.Slot == first && s.To == n.id(1) {
					t.Fatalf("it sends %+v", s)
				}
				if s.To == n.id(4) {
					sent[m.Slot] = append(sent[m.Slot], n.now-begin)
				}
			case core.AcceptReply:
				if s.Now || s.To != n.id(0) {
					t.Errorf("%+v", s)
				}
			}
		}
	}
	for s, times := range sent {
		if len(times) < 5 || len(times) > 9 || s == second && times[0] < 3*r/2 {
			t.Errorf("slot %v is sent again after %v", s, times)
		}
	}
	if len(sent) != 2 {
		t.Errorf("sent again: %v", sent)
	}
}

// TestFreshBallot: once a higher promise is known the ballot cannot win any more.
// The leader does not raise it in its requests: it prepares a higher one for all
// that is open, and proposes nothing under it before a promise quorum has told
// what else may be chosen there. Proposals that lose their slots are named.
func TestFreshBallot(t *testing.T) {
	n := leading(t, 5)
	mine, theirs := n.offer("mine"), n.offer("theirs")
	epoch := n.state.Epoch()
	no := n.accepted(mine)
	no.OK, no.Reason, no.Progress.Promised = false, core.ReasonBallot, n.ballot(9, 1)
	n.hear(1, no)
	if n.state.Role() != core.Leader {
		t.Fatal("one refusal of five ends it")
	}
	for n.state.Role() == core.Leader {
		n.wait()
		for _, b := range n.proposed() {
			t.Fatalf("it proposes %v again", b)
		}
	}
	if n.state.Role() != core.Recoverer || n.state.Epoch() != n.ballot(10, 0) || n.out.SteppedDown != epoch || n.out.By != n.ballot(9, 1) || n.out.Abdicated {
		t.Fatalf("it is %v under %v: %+v", n.state.Role(), n.state.Epoch(), n.out)
	}
	if slots := n.prepared(); len(slots) != 3 || slots[0] != mine || slots[1] != theirs {
		t.Fatalf("it prepares %v", slots)
	}
	n.hear(2, n.holding(mine, epoch, "mine"))
	n.hear(0, n.holding(mine, epoch, "mine"))
	if n.hear(1, n.promise(mine)); n.proposed()[mine] != "mine" || len(n.out.Replaced) > 0 {
		t.Errorf("it proposes %v, replaced %v", n.proposed(), n.out.Replaced)
	}
	n.hear(2, n.holding(theirs, n.ballot(9, 1), "another's"))
	n.hear(0, n.holding(theirs, epoch, "theirs"))
	if n.hear(1, n.promise(theirs)); n.proposed()[theirs] != "another's" || len(n.out.Replaced) != 1 || n.out.Replaced[0] != theirs {
		t.Errorf("it proposes %v, replaced %v", n.proposed(), n.out.Replaced)
	}
	// Whose slot is another's already hears of it once only.
	epoch = n.state.Epoch()
	no.Ballot, no.Progress.Promised = epoch, n.ballot(15, 1)
	for n.hear(4, no); n.state.Epoch() == epoch; {
		n.wait()
	}
	n.hear(2, n.holding(theirs, n.ballot(15, 1), "a third one's"))
	n.hear(0, n.holding(theirs, epoch, "another's"))
	if n.hear(1, n.promise(theirs)); n.proposed()[theirs] != "a third one's" || len(n.out.Replaced) != 0 {
		t.Errorf("it proposes %v, replaced %v", n.proposed(), n.out.Replaced)
	}
	// One that gives up now has clients to tell.
	n.hear(4, core.Prepare{Ballot: n.ballot(20, 4), Slot: mine})
	if !n.out.Abdicated || n.out.SteppedDown != 0 || n.state.Role() != core.Follower {
		t.Errorf("%+v", n.out)
	}
}

// TestNotYet: a slot that has not waited long enough is no reason for another
// ballot.
func TestNotYet(t *testing.T) {
	const r = 10 * time.Millisecond
	n := leadingWith(t, 5, core.Config{Retransmit: r, Heartbeat: time.Hour, TimeoutMin: 2 * time.Hour})
	epoch := n.state.Epoch()
	first := n.offer("v1")
	n.now += r / 2
	no := n.accepted(n.offer("v2"))
	no.OK, no.Progress.Promised = false, n.ballot(9, 1)
	n.hear(1, no)
	for i := range 3 {
		n.hear(i, n.accepted(first))
	}
	n.now += r/2 + 1
	if n.step(core.Event{Kind: core.Timeout}); n.state.Epoch() != epoch {
		t.Errorf("it is %v", n.state.Role())
	}
}

// TestFreshBallotUnderALease: who is bound by another's lease gives up instead.
func TestFreshBallotUnderALease(t *testing.T) {
	n := leading(t, 5)
	n.may.Leased, n.may.Holder = true, n.id(1)
	promised := n.state.Log().Promised()
	no := n.accepted(n.offer("v"))
	no.OK, no.Reason, no.Progress.Promised = false, core.ReasonBallot, n.ballot(9, 1)
	for n.hear(1, no); n.state.Role() == core.Leader; {
		n.wait()
	}
	if n.state.Role() != core.Follower || !n.out.Abdicated || n.state.Log().Promised() != promised {
		t.Errorf("it is %v and promised %v", n.state.Role(), n.state.Log().Promised())
	}
}

// TestLongLog: one slot that stays open does not let the log grow behind it for
// ever.
func TestLongLog(t *testing.T) {
	n := leadingWith(t, 3, core.Config{Window: 2})
	first := n.offer("stuck")
	last := first
	for n.state.Room() {
		last = n.offer("v")
		n.hear(0, n.accepted(last))
		n.hear(1, n.accepted(last))
	}
	if n.state.Committed() != first || last != first+paxos.Span-1 {
		t.Errorf("it goes from %v to %v", first, last)
	}
}

// TestBusyLeader: who hears votes all the time knows that it leads, and asks
// nobody.
func TestBusyLeader(t *testing.T) {
	n := leading(t, 3)
	for begin := n.now; n.now < begin+5*time.Second; n.now += time.Millisecond {
		s := n.offer("v")
		n.hear(0, n.accepted(s))
		n.hear(1, n.accepted(s))
		n.step(core.Event{Kind: core.Timeout})
		for _, m := range n.sentTo(quorate.Others) {
			if _, asks := m.(core.LeaderCheck); asks || n.state.Role() != core.Leader {
				t.Fatalf("it is %v and asks %v", n.state.Role(), m)
			}
		}
	}
}

// TestHeartbeats: a leader tells at every tick how far it is, under a number that
// rises.
func TestHeartbeats(t *testing.T) {
	n := leading(t, 3)
	seq := uint64(1)
	for range 10 {
		n.wait()
		for _, s := range n.out.Sends {
			if m, ok := s.Message.(core.Commit); ok {
				if seq++; m.Seq != seq || m.Committed != 1 || m.Ballot != n.state.Epoch() || !s.Now || s.To != quorate.Others {
					t.Errorf("%+v, want number %v", s, seq)
				}
			}
		}
	}
	if seq < 4 {
		t.Errorf("only %v heartbeats", seq)
	}
}

// TestIdleLeader asks whether it still leads, since nothing else would tell it. One
// that no accept quorum answers gives up.
func TestIdleLeader(t *testing.T) {
	for _, answered := range []bool{true, false} {
		n := leading(t, 3)
		begin, asked := n.now, 0
		for n.now < begin+5*time.Second && n.state.Role() == core.Leader {
			n.wait()
			for _, m := range n.sentTo(quorate.Others) {
				if m, ok := m.(core.LeaderCheck); ok {
					if asked++; answered {
						n.hear(2, core.LeaderCheckReply{Ballot: m.Ballot, Round: m.Round, OK: true, Progress: core.Progress{Promised: m.Ballot}})
					}
				}
			}
		}
		if leads := n.state.Role() == core.Leader; leads != answered || asked < 5 || n.out.Abdicated == answered {
			t.Errorf("answered %v: it is %v, asked %d times", answered, n.state.Role(), asked)
		}
	}
}

// TestCommitNotice: the news of a commit rides on the next Accept, or is sent after
// a moment.
func TestCommitNotice(t *testing.T) {
	n := leadingWith(t, 3, core.Config{CommitDelay: time.Millisecond})
	if n.wait(); n.out.Sends[0].Message.(core.Commit).Committed != 1 {
		t.Fatalf("%+v", n.out.Sends)
	}
	s := n.offer("v1")
	n.hear(0, n.accepted(s))
	n.hear(1, n.accepted(s))
	due := n.out.Deadline
	if due != n.now+time.Millisecond || len(n.out.Sends) > 0 {
		t.Errorf("it waits until %v and sends %v", due, n.out.Sends)
	}
	n.offer("v2")
	if a := n.sentTo(quorate.Others)[0].(core.Accept); a.Committed != s+1 || n.out.Deadline <= due {
		t.Errorf("%+v, and it waits until %v", a, n.out.Deadline)
	}
}

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

// TestLeased: a member that a lease binds helps nobody but its holder, and does
// not stand itself.
func TestLeased(t *testing.T) {
	for holder := range 3 {
		for _, slot := range []quorate.Slot{2, 3} {
			for from := range 3 {
				if from == 1 {
					continue
				}
				n := in(t, core.Follower)
				n.may.Leased, n.may.Holder = true, n.id(holder)
				n.hear(from, core.Prepare{Ballot: n.ballot(9, from), Slot: slot})
				p := n.seen(from)
				n.hear(from, core.Accept{Ballot: n.ballot(9, from), Slot: slot, Commands: command("w")})
				a := n.seen(from)
				if helps := a.reply == "ok" && p.promised == n.ballot(9, from); helps != (from == holder) || !helps && (p.reply != "no: leased" || a.reply != p.reply) {
					t.Errorf("held by %d, asked by %d: %+v, %+v", holder, from, p, a)
				}
			}
		}
		n := in(t, core.Follower)
		n.may.Leased, n.may.Holder = true, n.id(holder)
		for range 10 {
			n.wait()
		}
		if stands := n.state.Role() == core.Probing; stands != (holder == 1) {
			t.Errorf("held by %d it is %v", holder, n.state.Role())
		}
	}
}
