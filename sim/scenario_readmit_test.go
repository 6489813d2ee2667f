package sim_test

import (
	"time"

	"github.com/quorate/quorate/sim"
)

// readmissions are the figures of members that lose their disks and come back.
func readmissions() []figure {
	three, five := sim.Scene{Readmit: true}, sim.Scene{Readmit: true, Members: 5}
	return []figure{
		{"learner stands aside", three, learnerStandsAside, nil},
		{"learner promises nothing", three, learnerPromisesNothing, kills{"learner-promises": "admitted"}},
		{"promise read again", three, promiseReadAgain, kills{"admit-forgets-promise": "admitted"}},
		{"vote read again", five, voteReadAgain, kills{"admit-reads-one": "admitted", "admit-forgets-votes": "admitted"}},
		{"all fence", five, allFence, nil},
		{"vote in memory", five, voteInMemory, kills{"disown-nothing": "chosen"}},
		{"promise in memory", five, promiseInMemory, kills{"disown-nothing": "quorum"}},
		{"vote under way", five, voteUnderWay, kills{"foreign-votes": "chosen"}},
		{"chosen under a higher ballot", five, chosenHigher, kills{"admit-forgets-chosen": "admitted"}},
		{"admission not synced", three, admissionNotSynced, nil},
		{"two learners", five, twoLearners, nil},
		{"learner hears a lower leader", five, learnerHearsLower, nil},
		{"learner of a trimmed log", sim.Scene{Readmit: true, Knobs: sim.Knobs{LogLimit: 8}}, learnerOfTrimmedLog, nil},
	}
}

// A member that lost its disk is a learner: it neither promises nor votes until
// it is admitted, and it is not while somebody is away who may know what it did.
//
//	A  ─ leads ─ X chosen, client told ─ cut off ···················· comes back ┐
//	B  ─────────── accepts X ─ disk lost ─ not admitted ··············· admitted ┤
//	C  ··· cut off ────────────────── stands in vain ────────── leads with B ─ X ┘
func learnerStandsAside(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Cut(c)
	s.Elect(a)
	s.Client(a).Put("k", "X").Wait()
	s.RestartEmpty(b)
	s.Cut(a)
	s.Heal(c)
	s.Admit(b)
	s.Stand(c)
	s.Run(2 * time.Second)
	s.Want(s.Report(c).Role != "leader", "C was elected by a member that has lost its disk")
	s.Want(!s.Voter(b), "B was admitted though A is away")
	s.Heal()
	s.AwaitVoter(b)
	s.Cut(a)
	s.Elect(c, b)
	s.WantChosen(1, "X")
	s.Client(c).Put("k", "Y").Wait()
}

// A learner hears what voters say, and learns from it. What it would answer does
// not leave.
//
//	A  ─ leads ─ X ─────────── promises 2.C ┐
//	B  ─────────── disk lost ··· says nothing
//	C  ──────────────────────── leads 2.C ──┘
func learnerPromisesNothing(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("k", "X").Wait()
	s.RestartEmpty(b)
	s.Elect(c)
	s.Client(c).Put("k", "Y").Wait()
	s.WantValue("k", "Y")
	s.Want(!s.Voter(b), "B votes")
}

// The promise of a lost disk is that of whoever was elected by it, at least.
//
//	A  ─ leads 1.A ─ X ─────────────────────────────────┐
//	B  ─── promises 1.A ─ disk lost ─ admitted: 1.A ────┤
//	C  ─────────────────────────────────────────────────┘
func promiseReadAgain(s *sim.Scenario) {
	a, b, _ := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("k", "X").Wait()
	s.Settle()
	s.RestartEmpty(b)
	s.Admit(b)
	s.AwaitVoter(b)
	s.Want(s.Report(b).Ballot == s.Report(a).Ballot, "B has promised %v", s.Report(b).Ballot)
	s.WantValue("k", "X")
}

// What was chosen with a vote that is lost must be found again, though nobody
// knows any more that it is chosen.
//
//	A  ─ leads ─ slot 1 = X, client told ─ restarts ─────────────── reads late ┐
//	B  ─────────── accepts X ─ disk lost ──────── reads D first, needs all ────┤
//	C  ─────────── accepts X ─ restarts ─────────────────────────── reads late │
//	D  ·········································· has nothing ── leads with B ─ X
//	E  ··········································                      votes ───┘
//
// Admitted with what D has, or without what A and C accepted, B would let D and E
// choose something else.
func voteReadAgain(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P2a", a, d)
	s.Drop("P2a", a, e)
	s.Drop("P3", a, sim.Anyone)
	s.Drop("Heartbeat", a, sim.Anyone)
	s.Drop("CatchupReply", sim.Anyone, b)
	s.Client(a).Put("k", "X").Wait()
	s.Restart(a)
	s.Restart(c)
	s.RestartEmpty(b)
	fromA, fromC := s.Hold("Recalled", a, b), s.Hold("Recalled", c, b)
	s.Admit(b)
	fromA.Await(1)
	s.Run(100 * time.Millisecond)
	s.Want(!s.Voter(b), "B was admitted without A and C")
	fromA.Release()
	fromC.Release()
	s.AwaitVoter(b)
	s.Cut(a, c)
	s.Elect(d, b, e)
	s.WantChosen(1, "X")
	s.Client(d).Put("j", "Y").Wait()
}

// No member is read before all have fenced: a leader that was not asked yet may
// still count the vote that is lost, together with one of a member that was read
// before it voted, and then lose its own disk.
//
//	A  ─ leads ─ slot 1 = X, counts B ──────────── cannot be asked ─ counts D? ─ disk lost
//	B  ─────────── votes ─ disk lost ─ asks all ·· reads nobody yet
//	D  ···························· fences ─────── votes for X
func allFence(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.WantLog("-")
	lost := []*sim.Rule{s.Drop("P2a", a, c), s.Drop("P2a", a, d), s.Drop("P2a", a, e)}
	s.Client(a, d).Put("k", "X")
	s.Run(20 * time.Millisecond)
	s.RestartEmpty(b)
	s.Drop("P2a", a, b)
	s.Drop("CatchupReply", sim.Anyone, b)
	asked := s.Hold("Fence", b, a)
	reads := s.Hold("Recall", b, sim.Anyone)
	s.Admit(b)
	asked.Await(1)
	s.Run(100 * time.Millisecond)
	s.Want(reads.Caught() == 0, "B reads %d times before A has fenced", reads.Caught())
	lost[1].Stop() // D votes: with B, X is chosen
	s.Until("X is chosen", func() bool { return s.Chosen(1) == "X" })
	asked.Stop()
	reads.Release()
	s.RestartEmpty(a)
	s.AwaitVoter(b)
	s.Cut(a, d)
	s.Elect(c, b, e)
	s.WantChosen(1, "X")
}

// A leader gives up the votes of a member that lost its disk, as long as they
// have not decided anything.
//
//	A  ─ leads ─ slot 1 = X ─ counts B ─ fences B ········ counts C: no quorum
//	B  ────────────── votes ─ disk lost ──────── admitted
//	C  ··················································· votes
func voteInMemory(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	toB := s.Drop("P2a", a, sim.Anyone)
	toB.Stop()
	rest := []*sim.Rule{s.Drop("P2a", a, c), s.Drop("P2a", a, s.Member(3)), s.Drop("P2a", a, s.Member(4))}
	x := s.Client(a).Put("k", "X")
	s.Run(20 * time.Millisecond)
	s.RestartEmpty(b)
	again := s.Drop("P2a", a, b)
	s.Admit(b)
	s.AwaitVoter(b)
	rest[0].Stop()
	s.Run(time.Second)
	s.Want(s.Chosen(1) == "", "X is chosen by A, C and a vote that is lost")
	again.Stop()
	x.Wait()
}

// A candidate gives up the promises it has: they are one answer, and one of them
// is lost.
//
//	A  ·· cut off, does not know of 1.C
//	B  ─── promises 1.C ─ disk lost ───────────── admitted
//	C  ─ stands: has B ··············· fences B, begins anew ─ has E: no quorum
//	E  ······················································· promises 1.C late
func promiseInMemory(s *sim.Scenario) {
	b, c, d, e := s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	for _, m := range []sim.Member{s.Member(0), d} {
		s.Drop("P1a", c, m)
	}
	late := s.Hold("P1b", e, c)
	s.Stand(c)
	late.Await(1)
	s.RestartEmpty(b)
	s.Drop("P1a", c, b)
	s.Admit(b)
	s.AwaitVoter(b)
	s.Stand(s.Member(0)) // C waits
	late.Release()
	s.Run(100 * time.Millisecond)
	s.Want(s.Report(c).Role != "leader", "C was elected with a promise that is lost")
}

// A vote that was under way when its disk was lost comes too late.
//
//	A  ─ leads ─ slot 1 = X ··················· hears C, and the vote of the lost disk
//	B  ─────────── votes ─ disk lost ─ admitted
//	C  ······································· votes
func voteUnderWay(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	late := s.Hold("P2b", b, a)
	rest := []*sim.Rule{s.Drop("P2a", a, c), s.Drop("P2a", a, s.Member(3)), s.Drop("P2a", a, s.Member(4))}
	x := s.Client(a).Put("k", "X")
	late.Await(1)
	late.Stop()
	s.RestartEmpty(b)
	again := s.Drop("P2a", a, b)
	s.Admit(b)
	s.AwaitVoter(b)
	late.Release()
	rest[0].Stop()
	s.Run(time.Second)
	s.Want(s.Chosen(1) == "", "X is chosen by A, C and a vote of a disk that is lost")
	again.Stop()
	x.Wait()
}

// A learner may accept under a lower ballot than its lost disk did, and learn
// from others what was chosen. That must not stand on its disk as a vote under
// the lower one: a value proposed between the two would go before it.
//
//	A  ─ leads 1.A ─ slot 1 = X, on its way to B ················┐
//	C  ──────── leads 2.C: X@2.C, chosen by B, C, D              │
//	B  ──────────── votes X@2.C ─ disk lost ─ accepts X@1.A, learns that X is chosen ─ admitted ─ restarts
func chosenHigher(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.WantLog("-")
	late := s.Hold("P2a", a, b)
	for _, m := range []sim.Member{c, d, e} {
		s.Drop("P2a", a, m)
	}
	x := s.Client(a).Put("k", "X")
	late.Await(1)
	s.Drop("Heartbeat", a, b) // the last of a leader that is about to be deposed
	s.Elect(c, a, b)
	x.Wait()
	s.RestartEmpty(b)
	catchup := s.Hold("CatchupReply", sim.Anyone, b)
	for _, m := range []sim.Member{a, c} {
		s.Drop("P2a", m, b)
	}
	late.Release()
	s.Run(20 * time.Millisecond)
	catchup.Release()
	s.Admit(b)
	s.AwaitVoter(b)
	s.Restart(b)
	s.WantChosen(1, "X")
}

// A member is a voter when what it read is on its disk, and not before.
//
//	A  ─ leads ─ X ──────────────────────────────────┐
//	B  ─ disk lost ─ reads, crashes amid the write ─ a learner again ─ admitted
func admissionNotSynced(s *sim.Scenario) {
	a, b, _ := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("k", "X").Wait()
	s.RestartEmpty(b)
	s.Run(20 * time.Millisecond)
	s.CrashBefore(b, "Known")
	s.Admit(b)
	s.AwaitCrash(b)
	s.Restart(b)
	s.Run(20 * time.Millisecond)
	s.Want(!s.Voter(b), "B votes, and what it read is not on its disk")
	s.CrashAfter(b, "Known")
	s.Admit(b)
	s.AwaitCrash(b)
	s.Restart(b)
	s.Want(s.Voter(b), "B was admitted, and is a learner")
	s.WantValue("k", "X")
}

// Two members lose their disks at the same time. Each has nothing to tell the
// other; the rest were part of every quorum.
func twoLearners(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.Drop("P2a", a, d)
	s.Drop("P2a", a, e)
	s.Client(a).Put("k", "X").Wait()
	s.RestartEmpty(b)
	s.RestartEmpty(c)
	s.Admit(b)
	s.Admit(c)
	s.AwaitVoter(b)
	s.AwaitVoter(c)
	s.Cut(a)
	s.Elect(b, c, d)
	s.WantChosen(1, "X")
	s.Client(b).Put("k", "Y").Wait()
}

// What the others have trimmed comes with a snapshot.
func learnerOfTrimmedLog(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	writer := s.Client(a)
	for range 40 {
		writer.Put("k", "X").Wait()
	}
	s.RestartEmpty(b)
	s.Admit(b)
	s.AwaitVoter(b)
	s.Cut(a)
	s.Elect(c, b)
	s.WantValue("k", "X", b, c)
}

// What a learner would promise nobody hears, so it must not keep it either: it
// would be deaf to a leader that was elected below.
//
//	C  ─ disk lost ─ is asked for 1.E ········· learns from B
//	E  ──────────── stands at 1.E, heard by C alone ─ crashes
//	B  ──────────────────────────────────────── leads at 1.B ─ Y
func learnerHearsLower(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.RestartEmpty(c)
	for _, m := range []sim.Member{a, b, d} {
		s.Drop("P1a", e, m)
	}
	asked := s.Hold("P1a", e, c)
	s.Stand(e)
	asked.Await(1)
	asked.Release()
	s.Run(20 * time.Millisecond)
	s.Crash(e)
	s.Elect(b)
	s.Client(b).Put("k", "Y").Wait()
	s.WantValue("k", "Y", a, b, c, d)
}
