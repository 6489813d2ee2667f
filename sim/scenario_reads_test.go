package sim_test

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// Whoever was deposed without hearing of it must not answer reads from its own
// state.
//
//	A  ─ leads ─ x=1 ─ cut off ············· read x: no answer ── back: 2
//	B  ─────────────── promises
//	C  ─────────────── leads ─ x=2, client told
func deposedReader(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.Cut(a)
	s.Elect(c, b)
	s.Client(c).Put("x", "2").Wait()
	read := s.Client(a).Read("x", quorate.ReadIndex)
	s.Run(100 * time.Millisecond)
	s.Heal()
	s.Want(read.Wait().Value() == "2", "a read that began after x=2 was done found %s", read.Value())
}

// The same where the old leader stood still meanwhile, and the read has waited at
// it since: it is what the leader sees first when it goes on.
func pausedReader(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.Pause(a)
	s.Cut(a)
	s.Elect(c, b)
	s.Client(c).Put("x", "2").Wait()
	read := s.Client(a).Read("x", quorate.ReadIndex)
	s.Run(10 * time.Millisecond)
	s.Resume(a)
	s.Run(10 * time.Millisecond)
	s.Heal()
	s.Want(read.Wait().Value() == "2", "a read that began after x=2 was done found %s", read.Value())
}

// A new leader serves no read before it has executed what it took over: it knows
// x=1 as accepted only, though a client was told.
//
//	A  ─ leads ─ x=1, client told ─ crashes
//	B  ───────────────────────────── promises ·· accepts
//	C  ─ accepts x=1 ─────────────── leads ─┬ its proposals are on their way
//	                                        └ read x: waits for them, finds 1
func newLeaderReads(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P3", a, c)
	s.Drop("Heartbeat", a, c)
	s.Client(a).Put("x", "1").Wait()
	s.Crash(a)
	own := s.Hold("P2a", c, b)
	s.Elect(c, b)
	read := s.Client(c).Read("x", quorate.ReadIndex)
	s.Run(50 * time.Millisecond)
	s.Want(!read.Ended(), "the read did not wait, and found %s", read.Value())
	own.Release()
	s.Want(read.Wait().Value() == "1", "the read found %s", read.Value())
}

// A local read may be old, says so, and shows nothing that was not chosen: B has
// accepted x=2, which C, elected without it, never hears of.
//
//	A  ─ leads ─ x=1 ─ x=2 ─ crashes
//	B  ───────────────── accepts x=2 ·· local read: 1
//	C  ─────────────────────────────── elected by D and E
func localReads(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.WantValue("x", "1")
	for _, m := range []sim.Member{c, d, e} {
		s.Drop("P2a", a, m)
	}
	s.Client(a, c).Put("x", "2")
	s.Run(10 * time.Millisecond)
	for _, m := range []sim.Member{b, e} {
		read := s.Client(m).Read("x", quorate.ReadLocal).Wait()
		s.Want(read.Value() == "1" && read.Outcome().Result.Stale, "a local read found %s: %+v", read.Value(), read.Outcome())
	}
	read := s.Client(b).Read("y", quorate.ReadLocal).Wait()
	s.Want(read.Value() == "-", "a local read of an absent key found %s", read.Value())
	s.Crash(a)
	s.Elect(c, d, e)
	s.Want(s.Client(d).Get("x").Wait().Value() == "1", "x=2 was never chosen")
}
