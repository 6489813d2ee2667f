package core_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/core"
)

// TestGreatestSlot: who claims to know all slots there are chosen is asked for
// them, from the first one that is missing, and believed in nothing else. No number
// wraps around.
func TestGreatestSlot(t *testing.T) {
	const most = quorate.Slot(math.MaxUint64)
	far := core.Progress{Committed: most}
	for _, role := range roles {
		for name, claim := range map[string]func(n *single) core.Message{
			"an answer to a probe": func(n *single) core.Message {
				return core.PrepareReply{Slot: 1, Reason: core.ReasonProbe, End: most, Progress: far}
			},
			"a refused promise": func(n *single) core.Message {
				return core.PrepareReply{Ballot: n.state.Epoch(), Slot: accepted, Reason: core.ReasonCommitted, End: most, Progress: far}
			},
			"a refused vote": func(n *single) core.Message {
				return core.AcceptReply{Ballot: n.state.Epoch(), Slot: accepted, Reason: core.ReasonCommitted, Progress: far}
			},
			"a commit": func(n *single) core.Message {
				return core.Commit{Ballot: n.ballot(90, 2), Seq: math.MaxUint64, Committed: most}
			},
			"an Accept": func(n *single) core.Message {
				return core.Accept{Ballot: n.ballot(90, 2), Slot: most, Commands: command("w"), Committed: most}
			},
			"a Prepare":       func(n *single) core.Message { return core.Prepare{Ballot: n.ballot(90, 2), Slot: most} },
			"a trimmed log":   func(n *single) core.Message { return core.Behind{Oldest: most, Committed: most} },
			"an empty answer": func(n *single) core.Message { return core.RetransmitResponse{Committed: most} },
			"a request":       func(n *single) core.Message { return core.RetransmitRequest{From: most} },
			"nothing":         func(n *single) core.Message { return nil },
		} {
			t.Run(fmt.Sprintf("%v/%s", role, name), func(t *testing.T) {
				n := in(t, role)
				n.hear(2, claim(n))
				for end := n.now + time.Second; n.now < end; n.wait() {
					for _, m := range n.sentTo(n.id(2)) {
						if m, ok := m.(core.RetransmitRequest); ok && m.From != accepted {
							t.Fatalf("it asks for slots from %v on", m.From)
						}
					}
				}
				if c, e := n.state.Committed(), n.state.Log().End(); c != accepted || e > empty+1 {
					t.Errorf("it knows %v slots and holds %v", c, e)
				}
			})
		}
	}
}

// TestBothPhasesAgain: while some slots are prepared and others proposed already,
// what is not answered is sent again in both phases, under one ballot.
func TestBothPhasesAgain(t *testing.T) {
	n := member(t, 5, 0)
	n.recover(1)
	epoch := n.state.Epoch()
	for i := range 3 {
		n.hear(i, n.promise(0))
	}
	if n.state.Role() != core.Recoverer || n.proposed()[0] != "-" {
		t.Fatalf("it is %v and proposes %v", n.state.Role(), n.proposed())
	}
	prepares, accepts := 0, 0
	for end := n.now + 400*time.Millisecond; n.now < end; {
		n.wait()
		for _, m := range n.sentTo(n.id(4)) {
			switch m := m.(type) {
			case core.Prepare:
				if prepares++; m.Ballot != epoch || m.Slot != 1 {
					t.Errorf("it asks %+v", m)
				}
			case core.Accept:
				if accepts++; m.Ballot != epoch || m.Slot != 0 || text(m.Commands) != "-" {
					t.Errorf("it proposes %+v", m)
				}
			}
		}
	}
	if prepares == 0 || accepts == 0 {
		t.Errorf("again: %d prepares, %d accepts", prepares, accepts)
	}
}

// TestColdStarts: clusters that begin all at once have one leader soon, and keep
// it.
func TestColdStarts(t *testing.T) {
	seeds := uint64(1000)
	if testing.Short() {
		seeds = 100
	}
	for seed := range seeds {
		w := newWorld(t, seed, []int{3, 4, 5, 7}[seed%4], "majority", core.Config{})
		w.run(2*time.Second, w.forever)
		leaders, ballots := 0, w.ballots()
		for _, h := range w.hosts {
			if h.state.Role() == core.Leader {
				leaders++
			}
		}
		w.run(time.Second, w.forever)
		if leaders != 1 || w.ballots() != ballots {
			t.Errorf("seed %v: %d leaders, %d ballots and then %d: %v", seed, leaders, ballots, w.ballots(), w)
		}
	}
}
