package sim_test

import (
	"strconv"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// slotlessReads are the figures of reads that any member answers.
func slotlessReads() []figure {
	three, five, trimming := sim.Scene{}, sim.Scene{Members: 5}, sim.Scene{Knobs: sim.Knobs{LogLimit: 8}}
	return []figure{
		{"a deposed leader stamps nothing", five, deposedStamp, kills{"stamp-unconfirmed": "linearizable"}},
		{"stamp of a new leader", three, newLeaderStamp, kills{"stamp-below-barrier": "linearizable"}},
		{"a replica behind its stamp", three, behindStamp, kills{"stamp-unawaited": "linearizable"}},
		{"a replica ahead of the leader", five, aheadOfLeader, kills{"stamp-below-barrier": "linearizable"}},
		{"a stamp is for what came before", three, laterRead, kills{"stamp-for-all": "linearizable"}},
		{"a client's own write", three, ownWrite, kills{"timeline-unseen": "linearizable"}},
		{"never back in time", three, neverBack, kills{"timeline-unseen": "linearizable"}},
		{"states show more than was executed", trimming, statesAhead, kills{"frontier-executed": "linearizable"}},
		{"followers only", three, followersOnly, nil},
	}
}

// halt keeps what the leader has to tell of commits from a member.
func halt(s *sim.Scenario, from, to sim.Member) (release func()) {
	return without(s, from, to, "P2a", "P3", "Heartbeat", "CatchupReply")
}

func without(s *sim.Scenario, from, to sim.Member, kinds ...string) (release func()) {
	var rules []*sim.Rule
	for _, kind := range kinds {
		rules = append(rules, s.Drop(kind, from, to))
	}
	return func() {
		for _, r := range rules {
			r.Stop()
		}
	}
}

// A leader that was deposed without hearing of it stamps no reads, though the
// replica that asks has not heard of it either.
//
//	A     ─ leads ─ x=1 ─┐ hear each other only ─ stamps? ······ back
//	B     ───────────────┘ ─────────────────────── read x: asks A ··· asks C: 2
//	C D E ──────────────── C leads ─ x=2, client told
func deposedStamp(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.WantValue("x", "1")
	var apart []*sim.Rule
	for _, m := range []sim.Member{a, b} {
		for _, o := range []sim.Member{c, d, e} {
			apart = append(apart, s.Drop("*", m, o), s.Drop("*", o, m))
		}
	}
	s.Elect(c, d, e)
	s.Client(c).Put("x", "2").Wait()
	read, own := s.Client(b).Read("x", quorate.ReadHandoff), s.Client(a).Read("x", quorate.ReadHandoff)
	s.Run(20 * time.Millisecond)
	s.Want(!read.Ended() && !own.Ended(), "the reads found %s and %s", read.Value(), own.Value())
	for _, r := range apart {
		r.Stop()
	}
	s.Want(read.Wait().Value() == "2", "a read that began after x=2 was done found %s", read.Value())
	s.Want(own.Wait().Value() == "2", "a read that began after x=2 was done found %s", own.Value())
}

// A new leader's stamp includes what it took over, though it does not know yet
// whether that is chosen.
//
//	A  ─ leads ─ x=1, client told ─ crashes
//	B  ──────────────────────────── read x: asks C ······ finds 1
//	C  ─ accepts x=1 ────────────── leads ─ its proposals are on their way
func newLeaderStamp(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.WantLog("-")
	s.Drop("P2a", a, b)
	halt(s, a, b)
	s.Drop("P3", a, c)
	s.Drop("Heartbeat", a, c)
	s.Client(a).Put("x", "1").Wait()
	s.Crash(a)
	own := s.Hold("P2a", c, b)
	s.Elect(c, b)
	read := s.Client(b).Read("x", quorate.ReadHandoff)
	s.Run(50 * time.Millisecond)
	s.Want(!read.Ended(), "the read did not wait, and found %s", read.Value())
	own.Release()
	s.Want(read.Wait().Value() == "1", "the read found %s", read.Value())
}

// A replica answers once it has executed what the stamp says.
//
//	A  ─ leads ─ x=1 ─ x=2, client told ─ stamp: 3 slots
//	B  ─────────────── accepts
//	C  ────────── hears nothing of it ─── read x ········ learns x=2, finds it
func behindStamp(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.WantValue("x", "1")
	told := halt(s, a, c)
	s.Client(a).Put("x", "2").Wait()
	heartbeats := s.Hold("Stamp", a, c)
	read := s.Client(c).Read("x", quorate.ReadHandoff)
	heartbeats.Await(1)
	heartbeats.Release()
	s.Run(10 * time.Millisecond)
	s.Want(!read.Ended(), "the read did not wait, and found %s", read.Value())
	told()
	s.Want(read.Wait().Value() == "2", "the read found %s", read.Value())
}

// A replica may have executed more than its leader. It need not wait. Whoever reads
// there, and then where less is known, does not go back.
//
//	A    ─ leads ─ x=1, client told ─ crashes
//	B    ─ executes x=1 ─────────────────────── read x: 1
//	C    ─ accepts x=1 ─── elected by D and E ─ stamp: 2 slots ─ read x: waits, finds 1
//	D E  ─ hear nothing of it ─────────────────────────────────── accept x=1
func aheadOfLeader(s *sim.Scenario) {
	a, b, c, d, e := s.Member(0), s.Member(1), s.Member(2), s.Member(3), s.Member(4)
	s.Elect(a)
	s.WantLog("-")
	halt(s, a, d)
	halt(s, a, e)
	without(s, a, c, "P3", "Heartbeat")
	s.Client(a).Put("x", "1").Wait()
	s.WantValue("x", "1", a, b)
	s.Crash(a)
	proposals := s.Hold("P2a", c, sim.Anyone)
	s.Elect(c, d, e)
	first := s.Client(b).Read("x", quorate.ReadHandoff).Wait()
	second := s.Client(c).Read("x", quorate.ReadHandoff)
	s.Run(50 * time.Millisecond)
	s.Want(s.Report(b).Executed > s.Report(c).Executed, "B has executed %v slots, C %v", s.Report(b).Executed, s.Report(c).Executed)
	s.Want(first.Value() == "1" && !second.Ended(), "the reads found %s and %s", first.Value(), second.Value())
	proposals.Release()
	s.Want(second.Wait().Value() == "1", "the read found %s", second.Value())
}

// A stamp counts for the reads that had come when its question was asked.
//
//	A  ─ leads ─ x=1 ───┬ stamp: 2 slots ─┬ x=2, client told ─┬ stamp: 3 slots
//	C  ────── read x: asks ·············· │ ········ read x ··┘ finds 1, asks ─ finds 2
func laterRead(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.WantValue("x", "1")
	told := halt(s, a, c)
	stamp := s.Hold("Stamp", a, c)
	early := s.Client(c).Read("x", quorate.ReadHandoff)
	stamp.Await(1)
	s.Client(a).Put("x", "2").Wait()
	later := s.Client(c).Read("x", quorate.ReadHandoff)
	s.Run(time.Millisecond)
	stamp.Release()
	s.Want(early.Wait().Value() == "1", "the stamp did not count for the first read: %s", early.Value())
	s.Run(10 * time.Millisecond)
	s.Want(!later.Ended(), "the later read did not wait, and found %s", later.Value())
	told()
	s.Want(later.Wait().Value() == "2", "the later read found %s", later.Value())
}

// A client that wrote through a member that lags reads its own write there.
//
//	A  ─ leads ─ x=1 ────── x=2
//	C  ─────────────── put ─┘└─ client told ─ read x ········ learns x=2, finds it
func ownWrite(s *sim.Scenario) {
	a, c := s.Member(0), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.WantValue("x", "1")
	told := halt(s, a, c)
	client := s.Client(c)
	client.Put("x", "2").Wait()
	other := s.Client(c).Read("x", quorate.ReadTimeline).Wait()
	s.Want(other.Value() == "1", "a client that has seen nothing does not wait: %s", other.Value())
	read := client.Read("x", quorate.ReadTimeline)
	s.Run(10 * time.Millisecond)
	s.Want(!read.Ended(), "the read did not wait, and found %s", read.Value())
	told()
	s.Want(read.Wait().Value() == "2", "the read found %s", read.Value())
}

// What a client has read at one replica it does not miss at another.
//
//	A  ─ leads ─ x=1 ─ x=2
//	B  ─────────────────── read x: 2 ─ crashes
//	C  ──── hears nothing of x=2 ────── read x ········ learns it, finds 2
func neverBack(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.WantValue("x", "1")
	told := halt(s, a, c)
	s.Client(a).Put("x", "2").Wait()
	s.WantValue("x", "2", a, b)
	client := s.Client(b, c)
	seen := client.Read("x", quorate.ReadTimeline).Wait()
	s.Want(seen.Value() == "2", "B has %s", seen.Value())
	s.Crash(b)
	read := client.Read("x", quorate.ReadTimeline).Retry()
	s.Run(10 * time.Millisecond)
	s.Want(!read.Ended(), "the read did not wait, and found %s", read.Value())
	told()
	s.Want(read.Wait().Value() == "2", "the read found %s", read.Value())
	s.Restart(b)
}

// States that a member saved before a restart show more than it has executed since.
// Whoever has read there has seen that.
//
//	A  ─ leads ─ writes ──── writes of x
//	B  ───────────────────── saves the states, trims its log, crashes ─ restarts ─ read x ─ crashes
//	C  ──── hears nothing of these ······················································· read x
func statesAhead(s *sim.Scenario) {
	a, b, c := s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	writer := s.Client(a)
	for i := range 5 {
		writer.Put("x", strconv.Itoa(i)).Wait()
		s.WantValue("x", strconv.Itoa(i))
	}
	told := without(s, a, c, "P2a", "P3", "CatchupReply")
	for i := range 4 {
		writer.Put("x", strconv.Itoa(10+i)).Wait()
	}
	s.WantValue("x", "13", a, b)
	s.CrashAfter(b, "Trimmed")
	s.AwaitCrash(b)
	s.Cut(b)
	s.Restart(b)
	s.Want(s.Report(b).Executed <= s.Report(c).Executed, "B has executed %v slots, C %v", s.Report(b).Executed, s.Report(c).Executed)
	client := s.Client(b, c)
	found := client.Read("x", quorate.ReadLocal).Wait()
	s.Want(found.Value() == "13", "B's states show %s", found.Value())
	s.Crash(b)
	read := client.Read("x", quorate.ReadTimeline).Retry()
	s.Run(10 * time.Millisecond)
	s.Want(!read.Ended(), "the read did not wait, and found %s", read.Value())
	told()
	s.Heal()
	s.Restart(b)
	s.Want(read.Wait().Value() == "13", "the read found %s", read.Value())
}

// A follower read is for followers: the leader refuses it, and the client goes on
// to another member.
func followersOnly(s *sim.Scenario) {
	a, b := s.Member(0), s.Member(1)
	s.Elect(a)
	s.Client(a).Put("x", "1").Wait()
	s.WantValue("x", "1")
	refused := s.Client(a).Read("x", quorate.ReadFollower)
	s.Until("the leader refuses", refused.Ended)
	s.Want(refused.Outcome().Reason == quorate.ReasonNotFollower, "%+v", refused.Outcome())
	read := s.Client(a, b).Read("x", quorate.ReadFollower).Wait()
	s.Want(read.Value() == "1" && read.Outcome().Result.Stale && read.Outcome().Result.Node == s.Report(a).Leader+1, "%+v", read.Outcome())
}
