package sim_test

import (
	"time"

	"github.com/quorate/quorate/sim"
)

// A vote counts when it is on disk, and no sooner.
//
//	A  ─ leads ─ slot 1 = X ──────────┐ must not call X chosen
//	B  ─────────── writes X, crashes ─┘ restarts without X
//	C  ··· cut off
func voteNotSynced(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Cut(c)
	s.Elect(a)
	s.WantLog("-", a, b)
	s.CrashBefore(b, "Accepted")
	x := s.Client(a).Put("k", "X")
	s.AwaitCrash(b)
	s.Run(20 * time.Millisecond)
	s.Want(!x.Done(), "X was acknowledged after B lost it")
	s.WantChosen(1, "")
	s.Restart(b)
	x.Wait()
}

// The other way round: what is on two disks is chosen though nobody was told, and
// whoever leads next must find it.
//
//	A  ─ leads ─ slot 1 = X ──────── crashes
//	B  ────────── has X on disk, crashes ─ restarts ─ promises
//	C  ··· cut off ···································· leads ─ X
func voteSyncedInSilence(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Cut(c)
	s.Elect(a)
	s.WantLog("-", a, b)
	s.CrashAfter(b, "Accepted")
	s.Client(a, c).Put("k", "X")
	s.AwaitCrash(b)
	s.Run(10 * time.Millisecond)
	s.WantChosen(1, "X")
	s.Crash(a)
	s.Heal()
	s.Restart(b)
	s.Elect(c)
	s.WantLog("- X", b, c)
}

// A promise counts when it is on disk, and no sooner.
//
//	A  ─ leads 1.A ··················· slot 1 = X ─┐
//	B  ─────────── writes 2.C, crashes ─ restarts ─┴ accepts X
//	C  ─ stands, hears nothing
func promiseNotSynced(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("*", a, c)
	s.Drop("*", c, a)
	s.Skip(b)
	s.CrashBefore(b, "Promise")
	s.Stand(c)
	s.AwaitCrash(b)
	s.Run(20 * time.Millisecond)
	s.Want(s.Report(c).Role != "leader", "C leads by a promise that B has lost")
	s.Cut(c)
	s.Restart(b)
	s.Client(a).Put("k", "X").Wait()
	s.WantLog("- X", a, b)
}

// A promise survives a restart.
//
//	A  ─ leads 1.A ─ slot 1 = X, on its way to B ···················┐
//	B  ─────────────── promises 2.C ─ restarts ───────────────────── refuses X
//	C  ─────────────── leads 2.C ─ crashes
func promiseOutlivesRestart(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	late := s.Hold("P2a", a, b)
	s.Drop("P2a", a, c)
	x := s.Client(a).Put("k", "X")
	late.Await(1)
	late.Stop()
	s.Drop("P2a", c, sim.Anyone)
	s.Elect(c, b)
	s.Crash(c)
	s.Restart(b)
	late.Release()
	s.Run(20 * time.Millisecond)
	s.Want(!x.Done(), "X was acknowledged below a promise")
	s.WantChosen(1, "")
	s.Elect(a, b)
	x.Wait()
}

// A vote survives a restart.
//
//	A  ─ leads ─ X chosen, client told ─ cut off
//	B  ─────────── accepts X ─ restarts ──────── promises
//	C  ··· cut off ····························· leads ─ X
func voteOutlivesRestart(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Cut(c)
	s.Elect(a)
	s.Client(a).Put("k", "X").Wait()
	s.Cut(a)
	s.Restart(b)
	s.Heal(c)
	s.Elect(c)
	s.WantLog("- X", b, c)
}

// What a crash leaves of a batch half written is no vote.
//
//	A  ─ leads ─ slot 1 = X ────────────────── crashes ─ restarts
//	B  ────────── crashes amid the write ── restarts
func tornVote(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Cut(c)
	s.Elect(a)
	s.WantLog("-", a, b)
	s.CrashAmid(b, "Accepted")
	x := s.Client(a, b).Put("k", "a value long enough to be torn in two, wherever that happens")
	s.AwaitCrash(b)
	s.WantChosen(1, "")
	s.Restart(b)
	s.WantChosen(1, "")
	x.Wait()
}

// A member that lost its disk has forgotten what it promised and accepted: it
// stays out.
//
//	A  ─ leads 1.A ─ X chosen, client told ─ cut off ············ comes back ─┐
//	B  ─────────────── accepts X ─ disk lost, must not promise ···············│
//	C  ··· cut off ··················· stands in vain ── elected by A ─ X ────┘
//
// An operator who starts B again as if it were new makes C and B choose without
// knowing of X.
func lostDisk(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Cut(c)
	s.Elect(a)
	x := s.Client(a).Put("k", "X")
	x.Wait()
	s.RestartEmpty(b)
	s.Cut(a)
	s.Heal(c)
	s.Stand(c)
	s.Run(time.Second)
	s.Want(s.Report(c).Role != "leader", "C was elected by a member that has lost its disk")
	s.WantChosen(1, "X")
	s.Heal()
	s.Elect(c, a)
	s.Client(c).Put("k", "Y").Wait()
	s.WantValue("k", "Y", a, c)
}

// A leader that lost its disk could use a ballot of its own again, for other
// values.
//
//	A  ─ leads 1.A ─ slot 1 = X ──── disk lost, must not stand
//	B  ─────────────── accepts X@1.A
//	C  ─────────────────────────────── leads ─ X
func leaderLosesDisk(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P2a", a, c)
	s.Drop("P2b", b, a)
	x := s.Client(a, c).Put("k", "X")
	s.Run(20 * time.Millisecond)
	s.RestartEmpty(a)
	if s.Up(a) {
		s.Elect(a, c)
		s.Client(a).Put("k", "Z").Wait()
	}
	s.Elect(c, b)
	x.Retry().Wait()
	s.WantLog("- X X", b, c)
}

// Trimming the log must not take a promise along that only a vote told of.
//
//	C  ─ leads 1.C ─ slot 0, on its way to B ·······································┐
//	A  ─────── leads 2.A, elected with C ─ 40 commands                              │
//	B  ─────── votes at 2.A, not asked in phase 1 ─ trims all of it ─ restarts ─ refuses
func trimmedVotes(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	late := s.Hold("P2a", c, b)
	s.Drop("P2a", c, a)
	s.Elect(c, b)
	late.Await(1)
	late.Stop()
	s.Elect(a, c)
	writer := s.Client(a)
	for range 40 {
		writer.Get("k").Wait() // reads leave no states that would cost more than the log
	}
	s.Until("B trims its log", func() bool { return s.Report(b).Retained == 0 })
	s.Run(10 * time.Millisecond)
	s.Restart(b)
	late.Release()
	s.Run(10 * time.Millisecond)
	s.Want(s.Report(b).Ballot.Owner() == s.Report(a).Leader, "B has promised %v", s.Report(b).Ballot)
}

// The states that replace a part of the log are on disk before that part goes.
//
//	A  ─ leads ─ 40 writes of two keys
//	B  ─────────── trims its log, crashes as soon as that is on disk ─ restarts
func crashWhileTrimming(s *sim.Scenario) {
	a, b := s.Member(0), s.Member(1)
	s.Elect(a)
	s.CrashAfter(b, "Trimmed")
	writer := s.Client(a)
	for range 40 {
		writer.Put("j", "1").Wait()
		writer.Put("k", "2").Wait()
		if !s.Up(b) {
			break
		}
	}
	s.AwaitCrash(b)
	s.Restart(b)
	s.WantValue("k", "2")
	s.Client(a).Put("j", "3").Wait()
	s.WantValue("j", "3")
}
