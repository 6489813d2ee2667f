package sim_test

import (
	"time"

	"github.com/quorate/quorate/sim"
)

// Who misses the news of a commit learns it from the next heartbeat.
//
//	A  ─ leads ─ 5 writes ─ tells of the commit ·x  ── heartbeat ─┐
//	C  ─────────── votes ───────────────────────────────────────── executes
func lostCommit(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	lost := s.Drop("P3", a, c)
	writer := s.Client(a)
	for range 5 {
		writer.Put("k", "v").Wait()
	}
	lost.Await(1)
	s.Want(s.Report(c).Executed < 6, "C knows of a commit without having been told")
	s.Settle()
	s.Want(s.Report(c).Executed == 6, "C has executed %v of 6 slots", s.Report(c).Executed)
}

// Who misses a proposal fetches what was chosen.
func lostProposal(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P2a", a, c).Slot(2)
	writer := s.Client(a)
	for _, v := range []string{"1", "2", "3"} {
		writer.Put("k", v).Wait()
	}
	s.Settle()
	s.Want(s.Report(c).Executed == 4, "C has executed %v of 4 slots", s.Report(c).Executed)
}

// A proposal that is lost on the way to everybody is sent again.
func lostProposals(s *sim.Scenario) {
	a := s.Member(0)
	s.Elect(a)
	s.WantLog("-")
	lost := s.Drop("P2a", a, sim.Anyone)
	x := s.Client(a).Put("k", "X")
	lost.Await(2)
	lost.Release()
	x.Wait()
}

// So is what phase 1 asks, and what is answered to it.
func lostPromises(s *sim.Scenario) {
	a := s.Member(0)
	asked, answered := s.Drop("P1a", a, sim.Anyone), s.Drop("P1b", sim.Anyone, a)
	s.Stand(a)
	asked.Await(2)
	asked.Release()
	answered.Await(2)
	answered.Release()
	s.Until("A is elected", func() bool { return s.Report(a).Role == "leader" })
}

// A thrifty leader asks as many as it needs. If one of them is dead, all are
// asked after a while.
func deadChoice(s *sim.Scenario) {
	a := s.Member(0)
	s.Elect(a)
	s.Client(a).Put("j", "1").Wait()
	for i := 1; i < 4; i++ { // whoever would be asked, one after the other
		s.Crash(s.Member(i))
		s.Client(a).Put("k", "X").Wait()
		s.Restart(s.Member(i))
	}
}

// Who was away for longer than the logs go back gets a snapshot; meanwhile the
// logs of the others do not grow; and a very old proposal creates nothing.
//
//	A  ─ leads ─ slot 3, late to C ─ 300 writes, logs keep about 50
//	C  ──────────────────── crashes ············ restarts ─ snapshot ─ the tail
func longAway(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	writer := s.Client(a)
	writer.Put("first", "1").Wait()
	writer.Put("second", "2").Wait()
	late := s.Hold("P2a", a, c).Slot(3)
	writer.Put("k", "0").Wait()
	late.Await(1)
	late.Stop()
	s.Crash(c)
	for range 300 {
		writer.Put("k", "v").Wait()
	}
	s.Run(3 * time.Second)
	for _, m := range []sim.Member{a, b} {
		s.Want(s.Report(m).Retained <= 50, "%d slots are kept: the dead hold up the living", s.Report(m).Retained)
	}
	s.Restart(c)
	s.WantValue("k", "v")
	s.WantValue("first", "1")
	kept := s.Report(c).Retained
	late.Release()
	s.Run(10 * time.Millisecond)
	s.Want(s.Report(c).Retained <= kept, "a proposal for a trimmed slot was stored")
}

// One vote that comes twice is one vote.
//
//	A  ─ leads ─ slot 1 = X ─┬─ one vote of its own, one of B's, B's again
//	B  ─ accepts X ──────────┘    of five members: X is not chosen
func duplicateVote(s *sim.Scenario) {
	a, b := s.Member(0), s.Member(1)
	s.Elect(a)
	s.WantLog("-")
	for i := 2; i < 5; i++ {
		s.Drop("P2a", a, s.Member(i))
	}
	s.Duplicate("P2b", b, a)
	x := s.Client(a).Put("k", "X")
	s.Run(20 * time.Millisecond)
	s.Want(!x.Done(), "X was acknowledged with two votes of five")
	s.WantChosen(1, "")
}

// A promise that comes after the election changes nothing.
//
//	A  ─ elected by B ─ X, Y ──────── a late promise ─ Z
//	C  ─ promises ·····················┘
func latePromise(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	late := s.Hold("P1b", c, a)
	s.Elect(a)
	late.Await(1)
	writer := s.Client(a)
	writer.Put("k", "X").Wait()
	x := s.Client(a).Put("k", "Y")
	late.Release()
	x.Wait()
	writer.Put("k", "Z").Wait()
	s.WantLog("- X Y Z")
}

// A follower takes its own accepted value for the chosen one only if it was
// accepted under the ballot of the leader that says so.
//
//	A  ─ leads 1.A ─ slot 1 = X ─ cut off
//	E  ─ accepts X@1.A ───────────────── hears that slot 1 is chosen, fetches "-"
//	C  ─ leads 2.C, with B and D ─ slot 1 = "-" chosen
func olderValue(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.WantLog("-")
	for _, m := range []sim.Member{b, c, d} {
		s.Drop("P2a", a, m)
	}
	s.Client(a).Put("k", "X")
	s.Run(20 * time.Millisecond)
	s.Cut(a)
	s.Drop("P2a", c, e)
	s.Elect(c, b, d)
	s.WantLog("- -", b, c, d, e)
}

// Who cannot hear the leader, but others who do, does not depose it: they do not
// promise what would only make the two take turns for ever.
//
//	A ─── B ─── C    A leads; A and C do not hear each other
func partialPartition(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("*", a, c)
	s.Drop("*", c, a)
	s.Stand(c)
	s.Run(10 * time.Second)
	s.Want(s.Report(a).Role == "leader" && s.Report(a).Ballot.Counter() == 1, "A is %+v", s.Report(a))
	s.Client(a).Put("k", "X").Wait()
}
