package core_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/core"
)

// single is one member, whose peers exist only as messages. It has index self.
type single struct {
	tb      testing.TB
	state   core.State
	cluster *quorate.Cluster
	self    int
	now     time.Duration
	draw    float64
	may     core.Event // what the member may do
	out     core.Effects
}

func member(tb testing.TB, size, self int) *single { return memberOf(tb, size, self, core.Config{}) }

func memberOf(tb testing.TB, size, self int, cfg core.Config) *single {
	tb.Helper()
	cluster, err := quorate.Grid(1, size)
	if err != nil {
		tb.Fatal(err)
	}
	if cfg.Quorums.IsZero() {
		cfg.Quorums = quorate.MajorityQuorums(cluster)
	}
	cfg.Self = cluster.ID(self)
	n := &single{tb: tb, cluster: cluster, self: self, now: time.Second, draw: 0.5}
	if n.state, err = core.New(cfg); err != nil {
		tb.Fatal(err)
	}
	n.step(core.Event{Kind: core.Started})
	return n
}

func (n *single) step(e core.Event) core.Effects {
	e.Now, e.Draw = n.now, n.draw
	e.Learner = n.may.Learner
	n.state, n.out = n.state.Step(e)
	return n.out
}

// hear delivers a message of member from.
func (n *single) hear(from int, m core.Message) core.Effects {
	return n.step(core.Event{Kind: core.Received, From: n.cluster.ID(from), Message: m})
}

// wait lets time pass until a timeout is due.
func (n *single) wait() core.Effects {
	n.now = max(n.now, n.out.Deadline)
	return n.step(core.Event{Kind: core.Timeout})
}

// hearSelf delivers what the last step sent to the member itself.
func (n *single) hearSelf() core.Effects {
	for _, m := range n.sentTo(n.cluster.ID(n.self)) {
		n.hear(n.self, m.(core.Message))
	}
	return n.out
}

// sentTo returns the messages of the last step to an address.
func (n *single) sentTo(to quorate.ID) []any {
	var sent []any
	for _, s := range n.out.Sends {
		if s.To == to {
			sent = append(sent, s.Message)
		}
	}
	return sent
}

// id returns a member's ID.
func (n *single) id(i int) quorate.ID { return n.cluster.ID(i) }

// ballot returns a ballot of a member.
func (n *single) ballot(counter uint32, owner int) quorate.Ballot {
	return quorate.NewBallot(counter, n.cluster.ID(owner))
}

// probe makes a follower ask for the leader's signs of life, and returns the
// probe.
func (n *single) probe() core.Prepare {
	n.tb.Helper()
	for range 100 {
		n.wait()
		for _, m := range n.sentTo(quorate.Others) {
			if p, ok := m.(core.Prepare); ok && p.Ballot == 0 {
				return p
			}
		}
	}
	n.tb.Fatal("it does not probe")
	return core.Prepare{}
}

// recover makes a follower a recoverer: the others have heard nothing of a leader
// and accepted nothing from slot end on.
func (n *single) recover(end quorate.Slot) {
	n.tb.Helper()
	p := n.probe()
	for i := 0; i < n.cluster.Size() && n.state.Role() == core.Probing; i++ {
		if i != n.self {
			n.hear(i, core.PrepareReply{Slot: p.Slot, Reason: core.ReasonProbe, End: end, Progress: core.Progress{Committed: min(end, n.state.Committed())}})
		}
	}
	if n.state.Role() != core.Recoverer {
		n.tb.Fatalf("it is %v", n.state.Role())
	}
}

// promise returns the promise of a member that has accepted nothing.
func (n *single) promise(s quorate.Slot) core.PrepareReply {
	c := n.state.Committed()
	return core.PrepareReply{Ballot: n.state.Epoch(), Slot: s, OK: true, End: c, Progress: core.Progress{Promised: n.state.Epoch(), Committed: c}}
}

// accepted returns the vote of a member.
func (n *single) accepted(s quorate.Slot) core.AcceptReply {
	return core.AcceptReply{Ballot: n.state.Epoch(), Slot: s, OK: true, Progress: core.Progress{Promised: n.state.Epoch()}}
}

// leading returns member 0 once it leads and its no-op is chosen.
func leading(tb testing.TB, size int) *single { return leadingWith(tb, size, core.Config{}) }

func leadingWith(tb testing.TB, size int, cfg core.Config) *single {
	tb.Helper()
	n := memberOf(tb, size, 0, cfg)
	n.recover(0)
	for i := 0; i < size && n.state.Role() == core.Recoverer; i++ {
		n.hear(i, n.promise(0))
	}
	for i := 0; i < size && n.state.Committed() == 0; i++ {
		n.hear(i, n.accepted(0))
	}
	if n.state.Role() != core.Leader || n.state.Committed() != 1 {
		tb.Fatalf("it is %v and knows %v slots", n.state.Role(), n.state.Committed())
	}
	return n
}
