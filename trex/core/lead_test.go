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
	sent, own := map[quorate.Slot][]time.Duration{}, 0
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
				if own++; s.Now || s.To != n.id(0) {
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
	if len(sent) != 2 || own == 0 {
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
	n := leadingWith(t, 5, leases)
	n.step(core.Event{Kind: core.Readmitted}) // for all it knows
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
