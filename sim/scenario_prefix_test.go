package sim_test

import (
	"time"

	"github.com/quorate/quorate/sim"
)

// What was committed survives an election, also one in which a single member
// takes part that knows of it.
//
//	A  ─ leads 1.A ── X chosen, client told ─┐ cut off ············┌─ learns the rest
//	B  ─ promises ─── accepts X ─────────────┼─ promises 2.C ──────┤
//	C  ··· cut off ··························└─ leads 2.C ── Y ────┘
//
// B's promise tells of the slots known chosen, so that Y comes after X. A B that
// reported open slots only would let C use slot 1 again, and two clients would
// have been told of two values.
func committedPrefix(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Cut(c)
	s.Elect(a)
	s.Client(a).Put("k", "X").Wait()
	s.WantLog("- X", a, b)

	s.Cut(a)
	s.Heal(c)
	s.Elect(c)
	s.Client(c).Put("k", "Y").Wait()
	s.Heal()
	s.WantLog("- X - Y")
	s.WantValue("k", "Y")
}

// The same where B has accepted X and not heard that it is chosen. The value of
// the highest ballot that a promise reports is proposed again.
func acceptedPrefix(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Cut(c)
	s.Elect(a)
	s.WantLog("-", a, b)
	s.Drop("P3", a, b)
	s.Drop("Heartbeat", a, b)
	s.Client(a).Put("k", "X").Wait()
	s.WantValue("k", "-", b)

	s.Cut(a)
	s.Heal(c)
	s.Elect(c)
	s.WantLog("- X", b, c)
	s.Client(c).Put("k", "Y").Wait()
	s.Heal()
	s.WantLog("- X Y")
}

// A candidate that lags behind what the others have trimmed needs a snapshot
// before it may lead, and the snapshot brings the outcomes of commands along.
//
//	A  ─ leads ── X (reply lost) ── 40 more, logs trimmed ─ crashes
//	B  ─ accepts all ──────────────────────────────────────── promises ─┐ snapshot
//	C  ─ cut off ······················································ asks ── leads
//
// The client of X asks C. X is not executed again: the key keeps its last value.
func trimmedPrefix(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Cut(c)
	d := s.Client(a, c)
	s.Drop("Reply", a, d)
	x := d.Put("k", "X")
	s.WantValue("k", "X", a, b)
	writer := s.Client(a)
	for range 40 {
		writer.Put("k", "Y").Wait()
	}
	s.Until("logs are trimmed", func() bool { return s.Report(b).Retained < 20 })

	s.Crash(a)
	s.Heal()
	s.Stand(c)
	s.Until("a snapshot is installed", func() bool { return s.Report(c).Executed > 30 })
	s.Elect(c)
	if x.Retry().Wait(); x.Outcome().Result.Version != 1 {
		s.Want(false, "X got version %d by its retry, want 1", x.Outcome().Result.Version)
	}
	s.WantValue("k", "Y")
	s.Restart(a)
}

// A new leader takes over what was accepted beyond a gap, and fills the gap.
//
//	A  ─ slot 1 = W: nobody hears of it ─ slot 2 = X: chosen ─ crashes
//	B  ────────────────────────────────── accepts X ────────── promises
//	C  ────────────────────────────────── accepts X ────────── leads ── "-" X Y
//
// Nobody may execute X before slot 1 is decided. W, asked for again, follows Y.
func gap(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P2a", a, sim.Anyone).Slot(1)
	w := s.Client(a, c).Put("k", "W")
	x := s.Client(a, c).Put("j", "X")
	s.Run(20 * time.Millisecond)
	s.WantChosen(2, "X")
	s.WantValue("j", "-")

	s.Crash(a)
	s.Elect(c, b)
	s.Client(c).Put("k", "Y").Wait()
	s.WantLog("- - X Y", b, c)
	x.Retry().Wait()
	w.Retry().Wait()
	s.Restart(a)
	s.WantLog("- - X Y X W")
	s.Want(x.Outcome().Result.Version == 1, "X was executed twice")
}
