package sim_test

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// A write is executed once, however often it is asked for.
//
//	c  ─ put k=a at A ─ no reply ······················ asks B ─ told of version 1
//	d  ·················· put k=b at A ─ told
//	A  ─ leads ─ slot 1 = a ─ slot 2 = b ─ crashes
//	B  ─────────────────────────────────── leads ───── slot 4 = a: changes nothing
func retriedWrite(s *sim.Scenario) {
	a, b := s.Member(0), s.Member(1)
	s.Elect(a)
	c := s.Client(a, b)
	s.Drop("Reply", a, c)
	first := c.Put("k", "a")
	s.WantLog("- a")
	s.Client(a).Put("k", "b").Wait()
	s.WantLog("- a b")

	s.Crash(a)
	s.Elect(b)
	first.Retry().Wait()
	s.Want(first.Outcome().Result.Version == 1, "the retry of version 1 got version %d", first.Outcome().Result.Version)
	s.WantValue("k", "b")
	s.WantLog("- a b - a")
}

// The same when the retry arrives before the first copy is chosen: both are in
// the log. The write is conditional, so that a second execution would fail.
//
//	A  ─ leads ─ slot 1 = a ─ crashes
//	B  ────────── accepts a ─────────── leads ─┬ slot 1 = a, from its own vote
//	c  ─ put k=a if absent ── asks B ··········└ slot 2 = a, from the client
func twoCopies(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P2a", a, c)
	s.Drop("P2b", b, a)
	x := s.Client(a, b).PutIf("k", "a", 0)
	s.Run(20 * time.Millisecond)
	s.Crash(a)
	x.Retry()
	s.Elect(b, c)
	x.Wait()
	out := x.Outcome().Result
	s.Want(out.OK && out.Version == 1, "a was executed twice: %+v", out)
	s.WantLog("- a a", b, c)
	s.WantValue("k", "a", b, c)
}

// Two writes of one session may change places, and both count: a table that
// keeps a client's last number only would take the first for an old one.
//
//	c  ─ 1: put k=a, on its way to A ······················ arrives
//	   ─ 2: put k=b ─────────────────── slot 1 = b: version 1 ─ slot 2 = a: version 2
func reorderedWrites(s *sim.Scenario) {
	a, b := s.Member(0), s.Member(1)
	s.Elect(a)
	s.WantLog("-")
	c := s.Client(a, b)
	late := s.Hold("Request", c, a)
	c.Put("k", "a").Abandon()
	late.Await(1)
	late.Stop()
	c.Put("k", "b").Wait()
	late.Release()
	s.WantLog("- b a")
	s.WantValue("k", "a")
}

// What the outcome tables have forgotten is not executed again: its client is
// told that nobody knows. (The "-" in the log empties the table of an idle key.)
//
//	c  ─ put k=a ─ no reply ··························· retries ─ "unknown"
//	d  ·············· put k=b ··· horizon ··· put k=d
func expiredRetry(s *sim.Scenario) {
	a, b := s.Member(0), s.Member(1)
	s.Elect(a)
	c, d := s.Client(a, b), s.Client(a)
	lost := s.Drop("Reply", a, c)
	x := c.Put("k", "a")
	s.WantLog("- a")
	lost.Stop()
	d.Put("k", "b").Wait()
	s.Run(4 * time.Second)
	d.Put("k", "d").Wait()
	s.WantLog("- a b - d")
	x.Retry()
	s.Until("the call ends", x.Ended)
	out := x.Outcome()
	s.Want(out.Status == quorate.Unknown, "the retry of a forgotten write is %v: %v", out.Status, out.Reason)
	s.WantLog("- a b - d")
}

// A request that waits at a follower goes to the next leader.
//
//	c  ─ put k=a at B
//	A  ─ leads ······· crashes before it proposes
//	B  ─ forwards to A ·············· follows C, forwards again
//	C  ───────────────────── leads ─ a ─┘
func forwardedAgain(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	lost := s.Drop("Request", b, a)
	x := s.Client(b).Put("k", "a")
	lost.Await(1)
	s.Crash(a)
	s.Elect(c, b)
	x.Wait()
	s.WantLog("- - a", b, c)
}

// A leader that is deposed before its proposals are chosen hands what clients
// wait for to its successor.
//
//	A  ─ leads ─ slot 1 = a: nobody hears of it ─ follows C ─ forwards a
//	C  ───────────────────────────────── leads ─ "-" ──────── a
func handedOver(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P2a", a, sim.Anyone)
	x := s.Client(a).Put("k", "a")
	s.Run(20 * time.Millisecond)
	s.Elect(c, b)
	x.Wait()
	s.WantLog("- - a")
}
