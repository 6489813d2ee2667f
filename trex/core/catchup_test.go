package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/trex/core"
)

// asks lets at most d pass until the member asks for what it misses, and returns
// whom it asks from where.
func (n *single) asks(d time.Duration) (int, core.RetransmitRequest) {
	for end := n.now + d; n.now <= end; n.wait() {
		for _, s := range n.out.Sends {
			if m, ok := s.Message.(core.RetransmitRequest); ok {
				n.out.Sends = nil
				return n.cluster.Index(s.To), m
			}
		}
	}
	return -1, core.RetransmitRequest{}
}

// TestCommitWalk: a commit is taken slot by slot as far as the log holds what the
// leader of that ballot proposed. A value from another ballot ends the walk, even
// if later ones match; what is missing is asked for.
func TestCommitWalk(t *testing.T) {
	low, high := quorate.NewBallot(98, 1<<16|2), quorate.NewBallot(99, 1<<16|1)
	for _, test := range []struct {
		name   string
		log    []quorate.Ballot // of the values, from slot 0 on; zero where there is none
		commit quorate.Slot
		want   quorate.Slot
	}{
		{"empty log", nil, 3, 0},
		{"all there", []quorate.Ballot{high, high, high}, 3, 3},
		{"part of it", []quorate.Ballot{high, high, high}, 2, 2},
		{"another ballot", []quorate.Ballot{low, low}, 2, 0},
		{"a gap", []quorate.Ballot{high, 0, high}, 3, 1},
		{"an earlier leader's between", []quorate.Ballot{high, low, high}, 3, 1},
		{"nothing new", []quorate.Ballot{high}, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := member(t, 3, 2)
			for _, b := range []quorate.Ballot{low, high} {
				for s, held := range test.log {
					if held == b {
						n.hear(n.cluster.Index(b.Owner()), core.Accept{Ballot: b, Slot: quorate.Slot(s), Commands: command("v")})
					}
				}
			}
			n.hear(0, core.Commit{Ballot: high, Seq: 1, Committed: test.commit})
			if n.state.Committed() != test.want || n.out.To != test.want {
				t.Errorf("it knows %v", n.state.Committed())
			}
			whom, m := n.asks(20 * time.Millisecond)
			if missing := test.want < test.commit; missing != (whom == 0) || missing && m.From != test.want {
				t.Errorf("it asks %d for %+v", whom, m)
			}
		})
	}
}

// TestCommitOnAccept: an Accept tells of what is chosen, too.
func TestCommitOnAccept(t *testing.T) {
	n := member(t, 3, 2)
	for s := range quorate.Slot(3) {
		n.hear(0, core.Accept{Ballot: n.ballot(3, 0), Slot: s, Commands: command("v"), Committed: s})
		if n.out.To != s || n.state.Committed() != s {
			t.Errorf("with slot %v it knows %v", s, n.state.Committed())
		}
	}
}

// TestBootstrap: a member with an empty log learns a run of values chosen under
// several ballots, in order; more is asked for at once while there is more.
func TestBootstrap(t *testing.T) {
	n := member(t, 3, 2)
	n.hear(0, core.Commit{Ballot: n.ballot(3, 0), Seq: 1, Committed: 4})
	if whom, m := n.asks(time.Second); whom != 0 || m.From != 0 {
		t.Fatalf("it asks %d for %+v", whom, m)
	}
	var entries []paxos.Entry
	for s := range quorate.Slot(3) {
		entries = append(entries, paxos.Entry{Slot: s, Ballot: n.ballot(uint32(s+1), int(s)), Chosen: true, Commands: command(fmt.Sprint("v", s))})
	}
	n.hear(0, core.RetransmitResponse{Entries: entries, Committed: 5})
	if n.out.From != 0 || n.out.To != 3 || len(n.out.Store) != 3 || n.out.Promise != 0 || n.state.Role() != core.Follower {
		t.Errorf("%+v", n.out)
	}
	if whom, m := n.asks(0); whom != 0 || m.From != 3 {
		t.Errorf("it asks %d for %+v", whom, m)
	}
	n.hear(0, core.RetransmitResponse{Entries: []paxos.Entry{{Slot: 3, Ballot: 1, Chosen: true, Commands: command("v")}}, Committed: 4})
	if whom, m := n.asks(0); whom != 0 || m.From != 4 {
		t.Errorf("it asks %d for %+v, and slot 4 is chosen", whom, m)
	}
	n.hear(0, core.RetransmitResponse{Entries: []paxos.Entry{{Slot: 4, Ballot: 1, Chosen: true, Commands: command("v")}}, Committed: 5})
	if whom, _ := n.asks(100 * time.Millisecond); whom >= 0 {
		t.Error("it asks on")
	}
}

// TestAskOthers: who does not answer is asked again, then somebody else is, and so
// on, but not for ever: whoever tells of more begins it anew.
func TestAskOthers(t *testing.T) {
	n := member(t, 3, 2)
	n.may.Learner = true // it does nothing else
	news := core.Commit{Ballot: n.ballot(3, 0), Seq: 1, Committed: 4}
	n.hear(0, news)
	times, waits := map[int]int{}, []time.Duration{}
	for n.now < 30*time.Second {
		whom, _ := n.asks(20 * time.Second)
		if whom < 0 {
			break
		}
		times[whom]++
		waits = append(waits, n.now)
		n.wait()
	}
	if last := len(waits) - 1; waits[last]-waits[last-1] <= waits[1]-waits[0] {
		t.Errorf("it waits no longer each time: %v", waits)
	}
	if times[0] < 6 || times[1] < 3 || times[2] > 0 || times[0]+times[1] > 20 {
		t.Errorf("asked: %v", times)
	}
	news.Seq++
	n.hear(0, news)
	if whom, _ := n.asks(time.Second); whom != 0 {
		t.Errorf("it asks %d", whom)
	}
	// While it asks one, others that tell of the same do not make it ask more; but
	// once that one is late, it turns to who is there.
	missed := func(from int) bool {
		return len(n.step(core.Event{Kind: core.Missed, From: n.id(from), Upto: 9}).Sends) > 0
	}
	if missed(0) || missed(1) {
		t.Error("it asks twice at once")
	}
	n.wait()
	if missed(0) || !missed(1) {
		t.Error("it does not ask who is there")
	}
	alone := member(t, 3, 2)
	if alone.step(core.Event{Kind: core.Missed, From: alone.id(2), Upto: 9}); len(alone.out.Sends) > 0 {
		t.Error("it asks itself")
	}
}

// TestNothingMissed: what comes late after all is not asked for.
func TestNothingMissed(t *testing.T) {
	n := member(t, 3, 2)
	b := n.ballot(3, 0)
	n.hear(0, core.Commit{Ballot: b, Seq: 1, Committed: 1})
	n.hear(0, core.Accept{Ballot: b, Committed: 1, Commands: command("v")})
	if whom, _ := n.asks(20 * time.Millisecond); whom >= 0 || n.state.Committed() != 1 {
		t.Errorf("it asks %d", whom)
	}
}

// TestParts: as much is sent at once as shall be.
func TestParts(t *testing.T) {
	n := memberOf(t, 3, 2, core.Config{ChunkBytes: 1})
	for s := range quorate.Slot(3) {
		n.hear(0, core.Accept{Ballot: n.ballot(3, 0), Slot: s, Commands: command("v"), Committed: s})
	}
	n.hear(1, core.RetransmitRequest{})
	if m := n.sentTo(n.id(1))[0].(core.RetransmitResponse); len(m.Entries) != 1 || m.Committed != 2 {
		t.Errorf("it sends %+v", m)
	}
}

// TestTrimmed: what nobody has in its log any more comes with a snapshot, after
// which the log goes on.
func TestTrimmed(t *testing.T) {
	n := member(t, 3, 2)
	n.step(core.Event{Kind: core.Missed, From: n.id(1), Upto: 50})
	if whom, m := n.asks(0); whom != 1 || m.From != 0 {
		t.Fatalf("it asks %d for %+v", whom, m)
	}
	if n.hear(1, core.Behind{Oldest: 40, Committed: 50}); n.out.Behind != n.id(1) || n.out.Oldest != 40 {
		t.Errorf("%+v", n.out)
	}
	n.step(core.Event{Kind: core.Installed, Upto: 45})
	if n.state.Committed() != 45 || n.state.Log().Base() != 45 || n.out.From != 45 || n.out.To != 45 {
		t.Errorf("it knows %v, [%v, %v) is news", n.state.Committed(), n.out.From, n.out.To)
	}
	if whom, m := n.asks(0); whom != 1 || m.From != 45 {
		t.Errorf("it asks %d for %+v", whom, m)
	}
	if n.hear(1, core.Behind{Oldest: 45, Committed: 50}); n.out.Behind != 0 {
		t.Error("it wants a snapshot of what it has")
	}
	// One that leads meanwhile stops that: somebody else had values chosen.
	leader := leading(t, 3)
	if leader.step(core.Event{Kind: core.Installed, Upto: 45}); !leader.out.Abdicated || leader.state.Committed() != 45 {
		t.Errorf("%+v", leader.out)
	}
}

// TestReplacedVote: a chosen value may replace a vote under a higher ballot. The
// promise that the vote implied is written then: nothing else may tell of it.
func TestReplacedVote(t *testing.T) {
	n := member(t, 3, 2)
	b := n.ballot(7, 0)
	n.hear(0, core.Accept{Ballot: b, Commands: command("lost")})
	n.hear(1, core.RetransmitResponse{Entries: []paxos.Entry{{Ballot: n.ballot(3, 1), Chosen: true, Commands: command("won")}}, Committed: 1})
	if n.out.Promise != b || len(n.out.Store) != 1 || text(n.out.Store[0].Commands) != "won" {
		t.Errorf("%+v", n.out)
	}
	n.hear(1, core.Accept{Ballot: n.ballot(6, 1), Slot: 1, Commands: command("late")})
	if a := n.out.Sends[0].Message.(core.AcceptReply); a.OK {
		t.Error("it forgets its promise")
	}
}

// TestTooFar: an Accept too far beyond what is known chosen is no vote and no
// refusal.
func TestTooFar(t *testing.T) {
	n := member(t, 3, 2)
	n.hear(0, core.Accept{Ballot: n.ballot(7, 0), Slot: paxos.Span, Commands: command("v"), Committed: paxos.Span - 5})
	if len(n.out.Store) > 0 || len(n.out.Sends) > 0 {
		t.Errorf("%+v", n.out)
	}
	if whom, _ := n.asks(20 * time.Millisecond); whom != 0 {
		t.Errorf("it asks %d", whom)
	}
}

// TestRestart: a member begins as a follower of nobody, above all its old ballots,
// and tells what it knows to be chosen.
func TestRestart(t *testing.T) {
	n := member(t, 3, 0)
	cfg := core.Config{Self: n.id(0), Quorums: quorate.MajorityQuorums(n.cluster)}
	state, err := core.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	n.state = state
	n.state.Log().Trim(3)
	n.state.Log().Promise(n.ballot(4, 0))
	n.state.Log().Restore(paxos.Entry{Slot: 3, Ballot: n.ballot(2, 1), Chosen: true, Commands: command("v")})
	n.state.Log().Restore(paxos.Entry{Slot: 4, Ballot: n.ballot(6, 1), Commands: command("w")})
	if n.step(core.Event{Kind: core.Started}); n.out.From != 3 || n.out.To != 4 || n.state.Role() != core.Follower || n.state.Leader() != 0 {
		t.Errorf("%v: %+v", n.state.Role(), n.out)
	}
	n.recover(4)
	if n.state.Epoch() != n.ballot(7, 0) {
		t.Errorf("it stands with %v", n.state.Epoch())
	}
}
