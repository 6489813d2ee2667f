package core_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// prepared returns the slots that the last step asked the others about.
func (n *single) prepared() []quorate.Slot {
	var slots []quorate.Slot
	for _, m := range n.sentTo(quorate.Others) {
		if p, ok := m.(core.Prepare); ok {
			slots = append(slots, p.Slot)
		}
	}
	return slots
}

// proposed returns the values that the last step proposed, by slot.
func (n *single) proposed() map[quorate.Slot]string {
	values := map[quorate.Slot]string{}
	for _, s := range n.out.Sends {
		if a, ok := s.Message.(core.Accept); ok {
			values[a.Slot] = text(a.Commands)
			if a.Ballot != n.state.Epoch() {
				n.tb.Errorf("it proposes under %v and has epoch %v", a.Ballot, n.state.Epoch())
			}
		}
	}
	return values
}

// holding returns a promise that tells of an accepted value.
func (n *single) holding(s quorate.Slot, b quorate.Ballot, value string) core.PrepareReply {
	m := n.promise(s)
	m.Accepted = paxos.Entry{Slot: s, Ballot: b, Commands: command(value)}
	m.End = max(m.End, s+1)
	return m
}

// TestWidening: a promise that tells of values in higher slots has those prepared,
// with this member's own votes, before anything is proposed. Then it leads.
func TestWidening(t *testing.T) {
	n := member(t, 3, 0)
	n.recover(0)
	m := n.promise(0)
	m.End = 3
	n.hear(1, m)
	n.hear(0, n.promise(0))
	if slots := n.prepared(); len(slots) != 2 || slots[0] != 1 || slots[1] != 2 || len(n.proposed()) != 1 || n.proposed()[0] != "-" {
		t.Fatalf("it asks about %v and proposes %v", slots, n.proposed())
	}
	if own := n.sentTo(n.id(0)); len(own) != 3 || own[0].(core.PrepareReply).Slot != 1 || n.state.Role() != core.Recoverer {
		t.Fatalf("it votes with %v and is %v", own, n.state.Role())
	}
	if n.hear(2, m); len(n.out.Sends) != 0 {
		t.Error("it asks twice")
	}
	for s := quorate.Slot(1); s < 3; s++ {
		n.hear(1, n.holding(s, n.ballot(0, 1), "v"))
		if n.hear(0, n.promise(s)); n.proposed()[s] != "v" {
			t.Fatalf("it proposes %v", n.proposed())
		}
	}
	if n.state.Role() != core.Leader || n.out.Elected != n.state.Epoch() || n.state.Barrier() != 3 {
		t.Errorf("it is %v, barrier %v", n.state.Role(), n.state.Barrier())
	}
}

// TestManySlots: a bounded number is asked about at once; one more each time that
// one is done.
func TestManySlots(t *testing.T) {
	n := memberOf(t, 3, 0, core.Config{Prepares: 2})
	n.recover(4)
	if slots := n.prepared(); len(slots) != 2 {
		t.Fatalf("it asks about %v", slots)
	}
	for s := range quorate.Slot(5) {
		if n.state.Role() != core.Recoverer {
			t.Fatalf("at slot %v it is %v", s, n.state.Role())
		}
		n.hear(1, n.promise(s))
		n.hear(0, n.promise(s))
		if slots := n.prepared(); s < 3 && (len(slots) != 1 || slots[0] != s+2) || s >= 3 && len(slots) != 0 {
			t.Errorf("after slot %v it asks about %v", s, slots)
		}
	}
	if n.state.Role() != core.Leader {
		t.Errorf("it is %v", n.state.Role())
	}
}

// TestValues: the value accepted under the highest ballot is proposed again, a
// chosen one before all others, and a no-op where there is none.
func TestValues(t *testing.T) {
	for _, test := range []struct {
		name   string
		first  quorate.Ballot
		second quorate.Ballot
		chosen bool // the first
		want   string
	}{
		{"none", 0, 0, false, "-"},
		{"one", quorate.NewBallot(1, 1<<16|2), 0, false, "first"},
		{"the higher, heard last", quorate.NewBallot(1, 1<<16|2), quorate.NewBallot(2, 1<<16|1), false, "second"},
		{"the higher, heard first", quorate.NewBallot(3, 1<<16|2), quorate.NewBallot(2, 1<<16|1), false, "first"},
		{"by owner", quorate.NewBallot(2, 1<<16|2), quorate.NewBallot(2, 1<<16|3), false, "second"},
		{"chosen", quorate.NewBallot(1, 1<<16|2), quorate.NewBallot(2, 1<<16|1), true, "first"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := member(t, 5, 0)
			n.hear(1, core.Prepare{Ballot: n.ballot(8, 1)})
			n.recover(0)
			for i, b := range []quorate.Ballot{test.first, test.second} {
				m := n.promise(0)
				if b != 0 {
					m = n.holding(0, b, []string{"first", "second"}[i])
					m.Accepted.Chosen = test.chosen && i == 0
					m.End = 1
				}
				n.hear(i+1, m)
				if len(n.proposed()) > 0 {
					t.Fatal("it does not wait for a quorum")
				}
			}
			n.hear(0, n.promise(0))
			if got := n.proposed()[0]; got != test.want || len(n.out.Store) != 1 || len(n.out.Replaced) > 0 {
				t.Errorf("it proposes %q and stores %v", got, n.out.Store)
			}
		})
	}
}

// TestRefusedPromises: a recovery is given up when no promise quorum can be had
// any more, not sooner, and nothing is sent then.
func TestRefusedPromises(t *testing.T) {
	for _, test := range []struct {
		size, yes, no int
		lost          bool
	}{{3, 0, 1, false}, {3, 1, 1, false}, {3, 0, 2, true}, {4, 2, 1, false}, {4, 2, 2, true}, {5, 1, 2, false}, {5, 2, 3, true}} {
		n := member(t, test.size, 0)
		n.recover(0)
		epoch := n.state.Epoch()
		for i := 1; i <= test.yes; i++ {
			n.hear(i-1, n.promise(0)) // this member first
		}
		for i := range test.no {
			n.hear(test.size-1-i, core.PrepareReply{Ballot: epoch, Reason: core.ReasonBallot, Progress: core.Progress{Promised: n.ballot(9, 1)}})
		}
		if lost := n.state.Role() == core.Follower; lost != test.lost || lost && (len(n.out.Sends) > 0 || n.state.Epoch() != 0) {
			t.Errorf("%+v: it is %v and sends %v", test, n.state.Role(), n.out.Sends)
		}
	}
}

// TestPreparingWhatIsChosen: who prepares a slot that others know chosen catches
// up and stands back. It proposes nothing there: a member that has trimmed the
// slot could not even tell the value.
func TestPreparingWhatIsChosen(t *testing.T) {
	n := member(t, 3, 0)
	n.recover(0)
	epoch := n.state.Epoch()
	n.hear(0, n.promise(0))
	n.hear(2, core.PrepareReply{Ballot: epoch, Reason: core.ReasonCommitted, End: 50, Progress: core.Progress{Promised: epoch, Committed: 50}})
	if n.state.Role() != core.Follower || len(n.proposed()) > 0 {
		t.Errorf("it is %v and proposes %v", n.state.Role(), n.proposed())
	}
	if asks := n.sentTo(n.id(2)); len(asks) != 1 || asks[0] != (core.RetransmitRequest{From: 0}) {
		t.Errorf("it asks %v", asks)
	}
}

// TestPrepareAgain: what was not answered is asked again under the same ballot, of
// those that have not answered, this member's own vote included.
func TestPrepareAgain(t *testing.T) {
	n := member(t, 5, 0)
	n.recover(1)
	epoch := n.state.Epoch()
	n.hear(1, n.promise(0))
	n.hear(0, n.promise(1))
	again := map[quorate.ID][]quorate.Slot{}
	for len(again) == 0 {
		n.wait()
		for _, s := range n.out.Sends {
			switch m := s.Message.(type) {
			case core.Prepare:
				again[s.To] = append(again[s.To], m.Slot)
			case core.PrepareReply:
				again[s.To] = append(again[s.To], m.Slot)
			}
		}
	}
	if n.state.Epoch() != epoch {
		t.Fatalf("it asks under %v after %v", n.state.Epoch(), epoch)
	}
	for i, want := range [][]quorate.Slot{{0}, {1}, {0, 1}, {0, 1}, {0, 1}} {
		if got := again[n.id(i)]; len(got) != len(want) || got[0] != want[0] {
			t.Errorf("it asks member %d about %v, want %v", i, got, want)
		}
	}
}

// TestRecoveryTakesLong: when somebody has promised more only a higher ballot
// helps; when nobody answers the member is a follower again.
func TestRecoveryTakesLong(t *testing.T) {
	n := member(t, 5, 0)
	n.recover(0)
	epoch := n.state.Epoch()
	n.hear(1, core.PrepareReply{Ballot: epoch, Reason: core.ReasonBallot, Progress: core.Progress{Promised: n.ballot(9, 1)}})
	for n.state.Epoch() == epoch {
		n.wait()
	}
	if n.state.Role() != core.Recoverer || n.state.Epoch() != n.ballot(10, 0) || n.out.Promise != n.state.Epoch() {
		t.Errorf("it is %v under %v, persists %v", n.state.Role(), n.state.Epoch(), n.out.Promise)
	}
	begin := n.now
	for n.state.Role() == core.Recoverer && n.now < begin+10*time.Second {
		n.wait()
	}
	if took := n.now - begin; took < 900*time.Millisecond || took > 2*time.Second {
		t.Errorf("it gives up after %v", took)
	}
	// Those that answer, though not all that is wanted, keep it going.
	n.recover(1)
	epoch, begin = n.state.Epoch(), n.now
	for n.now < begin+5*time.Second {
		n.hear(1, n.promise(0))
		n.hear(2, n.promise(0))
		if n.wait(); n.state.Epoch() != epoch {
			t.Fatalf("it is %v after %v", n.state.Role(), n.now-begin)
		}
	}
}

// TestWideAgain: a recovery that begins anew asks about all that the first one got
// to know of.
func TestWideAgain(t *testing.T) {
	n := member(t, 5, 0)
	n.recover(0)
	epoch := n.state.Epoch()
	m := n.promise(0)
	m.End = 100
	n.hear(1, m)
	n.hear(2, n.promise(0))
	if n.hear(0, n.promise(0)); len(n.prepared()) != 99 || len(n.proposed()) != 1 {
		t.Fatalf("it asks about %v and proposes %v", n.prepared(), n.proposed())
	}
	n.hear(3, core.PrepareReply{Ballot: epoch, Slot: 1, Reason: core.ReasonBallot, Progress: core.Progress{Promised: n.ballot(9, 1)}})
	for n.state.Epoch() == epoch {
		n.wait()
	}
	if len(n.prepared()) != 100 || n.state.Barrier() != 100 {
		t.Errorf("it asks about %v", n.prepared())
	}
}

// TestChosenAhead: values that are known chosen beyond a gap need nobody once the
// gap is closed, whether they were asked about, proposed or neither.
func TestChosenAhead(t *testing.T) {
	for _, at := range []int{1, 2, 10} { // slots asked about at once
		n := memberOf(t, 3, 0, core.Config{Prepares: at, Window: 1})
		for s := quorate.Slot(1); s < 4; s++ {
			n.state.Log().Learn(s, n.ballot(1, 1), command("v"))
		}
		n.recover(4)
		for s := range quorate.Slot(2) {
			n.hear(0, n.promise(s))
			n.hear(1, n.promise(s))
		}
		n.hear(0, n.accepted(0))
		if n.hear(1, n.accepted(0)); n.state.Committed() != 4 || n.state.Role() != core.Recoverer {
			t.Fatalf("it is %v and knows %v", n.state.Role(), n.state.Committed())
		}
		n.hear(0, n.promise(4))
		if n.hear(1, n.promise(4)); n.state.Role() != core.Leader {
			t.Fatalf("it is %v", n.state.Role())
		}
		n.hear(0, n.accepted(4))
		if n.hear(1, n.accepted(4)); !n.state.Room() {
			t.Error("it counts slots that are chosen")
		}
	}
	// An acceptor that knows the value chosen votes for it, and has promised.
	n := member(t, 3, 1)
	b := n.ballot(7, 0)
	n.state.Log().Learn(3, n.ballot(2, 0), command("v"))
	n.hear(0, core.Accept{Ballot: b, Slot: 3, Commands: command("v")})
	if m := n.sentTo(n.id(0))[0].(core.AcceptReply); !m.OK || n.out.Promise != b || len(n.out.Store) > 0 {
		t.Errorf("it votes %+v and persists %v, %v", m, n.out.Promise, n.out.Store)
	}
}

// TestFarEnd: a log that may be as long as it can get is prepared as far as logs
// hold values.
func TestFarEnd(t *testing.T) {
	n := member(t, 3, 1)
	p := n.probe()
	n.hear(0, core.PrepareReply{Slot: p.Slot, End: paxos.Span})
	if n.state.Role() != core.Recoverer || n.state.Barrier() != paxos.Span {
		t.Errorf("it is %v up to %v", n.state.Role(), n.state.Barrier())
	}
}

// TestRecoveryIsLeftInPeace: a follower that has promised waits for the recovery
// as long as that asks about new slots, and no longer.
func TestRecoveryIsLeftInPeace(t *testing.T) {
	n := member(t, 3, 1)
	b := n.ballot(3, 0)
	n.hear(0, core.Prepare{Ballot: b, Slot: 4})
	due := n.out.Deadline
	n.now += 10
	if n.hear(0, core.Prepare{Ballot: b, Slot: 4}); n.out.Deadline != due {
		t.Error("the same question again counts as progress")
	}
	if n.hear(0, core.Prepare{Ballot: b, Slot: 5}); n.out.Deadline != due+10 {
		t.Error("a new question does not count as progress")
	}
}

// TestImplausible: answers that no member can give are not counted.
func TestImplausible(t *testing.T) {
	for name, change := range map[string]func(n *single, m *core.PrepareReply){
		"a promise of another ballot": func(n *single, m *core.PrepareReply) { m.Progress.Promised = n.ballot(9, 1) },
		"a value of another slot":     func(n *single, m *core.PrepareReply) { m.Accepted = n.holding(1, n.ballot(0, 1), "v").Accepted },
		"a value of a higher ballot":  func(n *single, m *core.PrepareReply) { m.Accepted = n.holding(0, n.ballot(9, 1), "v").Accepted },
		"a log that is too long":      func(_ *single, m *core.PrepareReply) { m.End = 1 << 40 },
		"a log that ends too soon":    func(_ *single, m *core.PrepareReply) { m.Progress.Committed, m.End = 5, 4 },
	} {
		n := member(t, 3, 0)
		n.recover(0)
		m := n.promise(0)
		change(n, &m)
		n.hear(1, m)
		n.hear(0, n.promise(0))
		if n.state.Role() != core.Recoverer || len(n.proposed()) > 0 {
			t.Errorf("%s: it is %v", name, n.state.Role())
		}
	}
}
