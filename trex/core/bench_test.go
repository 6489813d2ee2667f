package core_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/core"
)

// BenchmarkCommit is a leader's work on one slot: the proposal, its own vote and
// one other, after which the slot is chosen.
func BenchmarkCommit(b *testing.B) {
	n := leading(b, 3)
	commands := command("v")
	vote := &core.AcceptReply{Ballot: n.state.Epoch(), OK: true}
	vote.Progress.Promised = vote.Ballot
	b.ReportAllocs()
	for b.Loop() {
		n.now++
		out := n.step(core.Event{Kind: core.Proposed, Commands: commands})
		vote.Slot = out.Slot
		for i := range 2 {
			n.step(core.Event{Kind: core.Received, From: n.cluster.ID(i), Message: vote})
		}
		if n.state.Committed() != vote.Slot+1 {
			b.Fatal("not chosen")
		}
		if vote.Slot%1024 == 0 {
			n.state.Log().Trim(vote.Slot)
		}
	}
}

// BenchmarkAccept is a follower's work on one slot.
func BenchmarkAccept(b *testing.B) {
	n := member(b, 3, 1)
	leader := n.cluster.ID(0)
	m := &core.Accept{Ballot: quorate.NewBallot(1, leader), Commands: command("v")}
	b.ReportAllocs()
	for b.Loop() {
		n.now++
		n.step(core.Event{Kind: core.Received, From: leader, Message: m})
		m.Committed, m.Slot = m.Slot, m.Slot+1
		if m.Slot%1024 == 0 {
			n.state.Log().Trim(m.Committed - 1)
		}
	}
}
