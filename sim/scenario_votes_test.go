package sim_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/sim"
)

// A vote counts for the ballot it was cast under.
//
//	A  ─ leads 1.A: slot 1 = X ──────────┬─ leads 3.A: slot 1 = X ─┬─ has 2 votes of 3
//	B  ─ accepts X@1.A, vote on its way ···························┘ the old vote
//	C  ─────────── leads 2.C: slot 1 = - ┤                          leads 4.C: -
//	D  ─────────── promises 2.C ─────────┼─ accepts X@3.A
//	E  ─────────── promises 2.C ─────────┴─ promises 3.A
//
// If A counted B's vote it would call X chosen, and C, which hears of its own
// no-op at 2.C and of B's X at 1.A, would choose the no-op.
func oldVotes(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P2a", a, c).Slot(1)
	s.Drop("P2a", a, e).Slot(1)
	toD := s.Drop("P2a", a, d).Slot(1)
	vote := s.Hold("P2b", b, a).Slot(1)
	x := s.Client(a).Put("k", "X")
	vote.Await(1)

	toAll := s.Drop("P2a", c, sim.Anyone)
	s.Elect(c, d, e)
	y := s.Client(c).Put("k", "Y")
	s.Drop("P2a", a, b)
	toD.Release()
	s.Elect(a, d, e)
	s.Run(20 * time.Millisecond)
	vote.Release()
	s.Run(20 * time.Millisecond)
	s.WantChosen(1, "")
	s.Want(!x.Done(), "X was acknowledged with two votes of five at one ballot")

	toAll.Release()
	s.Elect(c, b, e)
	y.Wait()
	x.Wait()
	s.WantChosen(1, "-")
}

// Who accepts under a ballot has promised it.
//
//	A  ─────────────────────── leads 2.A: slot 1 = X ─┐
//	B  ─ leads 1.B: slot 1 = Y at itself ·············│·┐ promises 3.D: Y@1.B
//	C  ─ promises 1.B ──────── accepts X@2.A ─────────│─┼ refuses Y@1.B; X@2.A
//	D  ─ promises 1.B ──────── promises 2.A ──────────│─┼ leads 3.D
//	E  ─────────────────────── accepts X@2.A ─────────┘ │
//	   B's proposals to C and D ························┘ arrive late
//
// C was not asked in phase 1 of 2.A. If it accepted Y after X, D would hear of Y
// only. D hears of both values, and must take the one of the higher ballot.
func acceptingPromises(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Drop("*", b, a)
	s.Drop("*", b, e)
	toC, toD := s.Hold("P2a", b, c), s.Hold("P2a", b, d)
	s.Elect(b, c, d)
	y := s.Client(b).Put("k", "Y")
	toC.Await(2)
	toC.Stop()
	toD.Stop()

	s.Drop("P3", a, c)
	s.Elect(a, d, e)
	s.Drop("*", a, b)
	s.Drop("*", a, d)
	s.Drop("Heartbeat", a, c)
	s.Client(a).Put("k", "X").Wait()
	toC.Release()
	s.Run(20 * time.Millisecond)

	s.Elect(d, b, c)
	y.Wait()
	s.WantLog("- X Y", b, c, d)
}

// A refusal is no vote, whatever ballots it names.
//
//	A  ─ leads 1.A: slot 1 = X ── steps down ─ leads 3.A ─┬──── cut off
//	B  ·······································promises 3.A┴ refuses X@1.A ─ promises 4.C
//	C  ─────────── leads 2.C ─────────────────────────────────── leads 4.C: -
//
// B's answer names 3.A, under which A leads, and it says no. If A took it for a
// vote, or B accepted below its promise, X would be acknowledged with one copy.
func refusal(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	old := s.Hold("P2a", a, b).Slot(1)
	s.Drop("P2a", a, c).Slot(1)
	x := s.Client(a).Put("k", "X")
	old.Await(1)

	fromC := s.Drop("P2a", c, sim.Anyone)
	s.Elect(c, b)
	s.Until("A steps down", func() bool { return s.Report(a).Role != "leader" })
	old.Stop()
	s.Drop("P2a", a, b)
	s.Elect(a, b)
	old.Release()
	s.Run(20 * time.Millisecond)
	s.Want(!x.Done(), "X was acknowledged though only A has it")
	s.WantChosen(1, "")

	s.Cut(a)
	fromC.Release()
	s.Elect(c, b)
	s.Client(c).Put("j", "Y").Wait()
	s.Heal()
	x.Wait()
	s.WantChosen(1, "-")
}

// Two of four members are no phase-1 quorum: on each side of a partition in the
// middle one stands, and neither is elected.
func halfElects(s *sim.Scenario) {
	a, b, c, d := s.Member(0), s.Member(1), s.Member(2), s.Member(3)
	for _, x := range []sim.Member{a, b} {
		for _, y := range []sim.Member{c, d} {
			s.Drop("*", x, y)
			s.Drop("*", y, x)
		}
	}
	for _, m := range []sim.Member{a, c} {
		s.Stand(m)
		s.Run(50 * time.Millisecond)
		s.Client(m).Put("k", "v")
		s.Run(50 * time.Millisecond)
		s.Want(s.Report(m).Role != "leader", "half of the members have elected a leader")
	}
}

// Two of four members are no phase-2 quorum either: what A and B have accepted is
// not chosen, and nobody is told that it is, before C joins.
func halfChooses(s *sim.Scenario) {
	a, c, d := s.Member(0), s.Member(2), s.Member(3)
	s.Elect(a)
	s.WantLog("-")
	toC := s.Drop("P2a", a, c)
	s.Drop("P2a", a, d)
	x := s.Client(a).Put("k", "X")
	s.Run(250 * time.Millisecond)
	s.WantChosen(1, "")
	s.Want(!x.Done(), "X was acknowledged with half of the votes")
	toC.Release()
	x.Wait()
}

// Quorums that need not meet, which the protocol and its oracles both take for
// sound, let two values be chosen in one slot.
//
//	A  ─ leads, by A and B ─ X, chosen by A and B ─┬─ client told
//	B  ────────────────────────────────────────────┘
//	C  ─ leads, by C and D ─ Y, chosen by C and D ─┬─ client told
//	D  ────────────────────────────────────────────┘
//
// Whoever knows of ballots sees C propose another value than may be chosen.
// Without that the states show two writers of one version.
func TestDisjointQuorums(t *testing.T) {
	play := func(s *sim.Scenario) {
		a, b, c, d := s.Member(0), s.Member(1), s.Member(2), s.Member(3)
		s.Cut(c, d)
		s.Elect(a, b)
		s.Client(a).Put("k", "X").Wait()
		s.Heal()
		s.Cut(a, b)
		s.Elect(c, d)
		s.Client(c).Put("k", "Y").Wait()
	}
	two := func(s quorate.Set) bool { return s.Len() >= 2 }
	quorums := func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
		return quorate.UncheckedQuorums(c, "two", two, two, nil)
	}
	subject := subject(t, "paxos", "")
	subject.Quorums = quorums
	subject.New = func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
		q, err := quorums(c, k)
		cfg := paxos.Config{Quorums: q, Heartbeat: k.Heartbeat, ElectionTimeout: k.ElectionTimeout}
		return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return paxos.New(n, app, cfg) }, err
	}
	sim.Play(t, sim.Scene{Subject: subject, Members: 4, Expect: "safe"}, play)
	subject.Claims = nil
	sim.Play(t, sim.Scene{Subject: subject, Members: 4, Expect: "state"}, play)
}
