package sim_test

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// The leases of these figures last longer than it takes a member to lose patience,
// and shorter than it takes a leader to notice that nobody follows.
func leases() []figure {
	scene := sim.Scene{Knobs: sim.Knobs{Lease: 1500 * time.Millisecond, ClockError: 0.1}}
	return []figure{
		{"lease reads", scene, leaseReads, nil},
		{"cut off with a lease", scene, cutOffWithLease, kills{
			"lease-margin": "lease", "lease-unconfirmed": "lease", "clocks-beyond-bound": "lease"}},
		{"asked to break a lease", scene, askedToBreakLease, kills{"ignore-lease": "lease"}},
		{"standing against a lease", scene, standingAgainstLease, kills{"stand-while-bound": "lease"}},
		{"late answers", scene, lateAnswers, kills{"lease-from-answers": "lease"}},
		{"restart with a grant", scene, restartWithGrant, kills{"lease-forgotten": "lease"}},
		{"grant taken back", scene, grantTakenBack, kills{"lease-taken-back": "lease"}},
		{"new leader with a lease", scene, newLeaderWithLease, kills{"lease-before-barrier": "linearizable"}},
	}
}

// unbound is longer than members are bound that have just started.
const unbound = 2 * time.Second

// leased lets a member lead, write x=1 and get a lease.
func leased(s *sim.Scenario, m sim.Member, with ...sim.Member) {
	s.Run(unbound)
	s.Elect(m, with...)
	s.Client(m).Put("x", "1").Wait()
	s.Settle()
}

// superseded reads x at a member that led, when another does and has written x=2.
func superseded(s *sim.Scenario, old, by sim.Member, rules ...*sim.Rule) {
	write := s.Client(by).Put("x", "2").Wait()
	s.Want(write.Done(), "x=2 is not written")
	read := s.Client(old).Read("x", quorate.ReadLease)
	s.Run(20 * time.Millisecond)
	s.Heal()
	for _, r := range rules {
		r.Stop()
	}
	s.Want(read.Wait().Value() == "2", "a read that began after x=2 was done found %s", read.Value())
}

// A lease read asks nobody.
func leaseReads(s *sim.Scenario) {
	a := s.Member(0)
	leased(s, a)
	b, c := s.Drop("*", a, s.Member(1)), s.Drop("*", a, s.Member(2))
	read := s.Client(a).Read("x", quorate.ReadLease)
	s.Run(time.Microsecond)
	s.Want(read.Value() == "1" && b.Caught()+c.Caught() == 0, "the read found %s, and asked %d times", read.Value(), b.Caught()+c.Caught())
	b.Stop()
	c.Stop()
}

// A leader that is cut off stops to answer before the others may elect another,
// though its clock is slow and theirs are fast; that it goes on asking for the
// lease is no use.
//
//	A  ─ leads ─ x=1 ─ cut off ········ asks, asks, …  lease ends ──── read x: waits
//	B  ──────────────── granted ─────────────────────────── promises
//	C  ──────────────── granted ─────────────────────────── leads ─ x=2
func cutOffWithLease(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	leased(s, a)
	s.Drift(a, -0.1)
	s.Drift(b, 0.1)
	s.Drift(c, 0.1)
	s.Cut(a)
	s.StandInTime(c)
	s.AwaitElected(c)
	superseded(s, a, c)
}

// C has heard nothing of A for so long that it is bound no more. B is, though it
// has lost patience: it promises C nothing.
//
//	A  ─ leads ─ x=1 ──────────── cut off ··········· lease ends
//	B  ──────────────── granted ─────── no ─────────────────── promises
//	C  ─ hears nothing of A ─────────── stands ─────────────── leads ─ x=2
func askedToBreakLease(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	leased(s, a)
	to, back := s.Drop("*", a, c), s.Drop("*", c, a)
	s.Run(2 * time.Second)
	s.Cut(a)
	s.Run(time.Second)
	s.StandInTime(c)
	s.AwaitElected(c)
	superseded(s, a, c, to, back)
}

// The same, and B would be elected by C: its own promise is bound, too.
func standingAgainstLease(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	leased(s, a)
	to, back := s.Drop("*", a, c), s.Drop("*", c, a)
	s.Run(2 * time.Second)
	s.Cut(a)
	s.Run(time.Second)
	s.StandInTime(b)
	s.AwaitElected(b)
	superseded(s, a, b, to, back)
}

// A lease counts from when it was asked for. The answers of B and C come a second
// after that, when A has asked in vain for a while.
//
//	A  ─ asks ───────────────────── hears: the lease is old ── lease ends
//	B  ─── grants ───────────────────────────────────────────────── promises
//	C  ─── grants ───────────────────────────────────────────────── leads ─ x=2
func lateAnswers(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	leased(s, a)
	answers := s.Hold("HeartbeatReply", sim.Anyone, a)
	answers.Await(2)
	unheard := s.Drop("Heartbeat", a, sim.Anyone)
	s.Run(time.Second)
	answers.Release()
	s.Run(5 * time.Millisecond)
	s.Cut(a)
	s.StandInTime(c)
	s.AwaitElected(c)
	superseded(s, a, c, unheard)
}

// Members that start anew do not know what they granted, and wait as if they had.
//
//	A  ─ leads ─ x=1 ─ cut off ······················ lease ends
//	B  ───────────────── restarts: bound ──────────────────── promises
//	C  ───────────────── restarts: bound ──────────────────── leads ─ x=2
func restartWithGrant(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	leased(s, a)
	s.Cut(a)
	s.Restart(b)
	s.Restart(c)
	s.StandInTime(c)
	s.AwaitElected(c)
	superseded(s, a, c)
}

// C led before A. A late heartbeat of it reaches B, which has granted A the lease
// and promised it nothing: it must not take the grant for its own.
//
//	A  ─────────────── leads, elected by C ─ x=1 ─ cut off ··········· lease ends
//	B  ─ promised C ────────────────── granted to A ── late: no ────────── promises
//	C  ─ leads ─┬───── promises ─ hears nothing of A ─────── stands ────── leads ─ x=2
//	            └ a heartbeat to B ··························┘
func grantTakenBack(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Run(unbound)
	s.Elect(c)
	late := s.Hold("Heartbeat", c, b)
	late.Await(1)
	late.Stop()
	accept, prepare := s.Drop("P2a", a, b), s.Drop("P1a", a, b)
	leased(s, a, c)
	to, back := s.Drop("*", a, c), s.Drop("*", c, a)
	s.Run(1900 * time.Millisecond)
	s.Cut(a)
	s.Run(5 * time.Millisecond)
	late.Release()
	s.Run(time.Second)
	s.StandInTime(c)
	s.AwaitElected(c)
	superseded(s, a, c, to, back, accept, prepare)
}

// A new leader gets its lease before it knows that x=1, which it took over, is
// chosen: the read waits for that.
func newLeaderWithLease(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Run(unbound)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P3", a, c)
	s.Drop("Heartbeat", a, c)
	s.Client(a).Put("x", "1").Wait()
	s.Crash(a)
	s.Run(unbound)
	own := s.Hold("P2a", c, b)
	s.Elect(c, b)
	s.Settle()
	read := s.Client(c).Read("x", quorate.ReadLease)
	s.Run(50 * time.Millisecond)
	s.Want(!read.Ended(), "the read did not wait, and found %s", read.Value())
	own.Release()
	s.Want(read.Wait().Value() == "1", "the read found %s", read.Value())
}
