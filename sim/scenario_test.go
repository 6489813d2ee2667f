package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// verdict is a test that only takes down why it failed.
type verdict []string

func (*verdict) Helper() {}

func (v *verdict) Fatalf(format string, args ...any) { *v = append(*v, fmt.Sprintf(format, args...)) }

// flop is a scenario that does not end well.
type flop struct {
	name, bug, expect string
	play              func(*sim.Scenario)
	want              []string // in the verdict
}

func lead(s *sim.Scenario) (a, b, c sim.Member) {
	a, b, c = s.Member(0), s.Member(1), s.Member(2)
	s.Elect(a)
	return a, b, c
}

func flops() []flop {
	return []flop{
		{"another log", "", "", func(s *sim.Scenario) {
			a, _, _ := lead(s)
			s.Client(a).Put("k", "v").Wait()
			s.WantLog("- w")
		}, []string{"the log is [- v], want [- w]", "1.1   Chosen{Slot:1 Ballot:1@1.1 Commands:[put k=v (c:1)]}", "c0    operation 0: version 1"}},
		{"another value", "", "", func(s *sim.Scenario) {
			lead(s)
			s.WantValue("k", "v")
		}, []string{"1.1 has k=-, want v", "1.1 is leader"}},
		{"nothing chosen", "", "", func(s *sim.Scenario) { s.WantChosen(3, "v") }, []string{`slot 3: "" is chosen, want "v"`}},
		{"something else", "", "", func(s *sim.Scenario) { s.Want(false, "two and two are %d", 5) }, []string{"two and two are 5"}},
		{"in vain", "", "", func(s *sim.Scenario) { s.Until("pigs fly", func() bool { return false }) }, []string{"not within 3s: pigs fly"}},
		{"a call without end", "", "", func(s *sim.Scenario) {
			a, b, c := lead(s)
			s.Cut(b, c)
			s.Client(a).Put("k", "v").Wait()
		}, []string{"liveness: client 0 waits for put k, asked in vain 1 times, last of all 1.1", "lost: partition"}},
		{"a message that never comes", "", "", func(s *sim.Scenario) {
			a, b, _ := lead(s)
			s.Hold("P1b", a, b).Slot(2).Await(1)
		}, []string{"hold P1b from 1.1 to 1.2 of slot 2 caught 0 messages within 3s, want 1"}},
		{"nobody votes", "", "", func(s *sim.Scenario) {
			s.Drop("P1b", sim.Anyone, s.Member(2))
			s.Elect(s.Member(2))
		}, []string{"1.3 was not elected"}},
		{"the dead do not stand", "", "", func(s *sim.Scenario) {
			a, _, _ := lead(s)
			s.Crash(a)
			s.Stand(a)
		}, []string{"1.1 cannot stand for election: 1.1 is down"}},
		{"nobody there", "", "", func(s *sim.Scenario) { s.Member(3) }, []string{"there is no member 3: there are 3"}},
		{"two calls at once", "", "", func(s *sim.Scenario) {
			c := s.Client(s.Member(0))
			c.Get("k")
			c.Get("k")
		}, []string{"client 0 calls while another call of it is under way"}},
		{"too late to retry", "", "", func(s *sim.Scenario) {
			a, _, _ := lead(s)
			s.Client(a).Get("k").Wait().Retry()
		}, []string{"the call of client 0 has ended"}},
		{"an oracle", "local-noop", "", gap, []string{"chosen: 1.3 takes [nop] for chosen in slot 1"}},
		{"another oracle", "local-noop", "ballot", gap, []string{"chosen: 1.3 takes [nop]"}},
		{"no oracle", "", "ballot", gap, []string{"nothing broke ballot"}},
		{"at the end", "no-retransmit", "", func(s *sim.Scenario) {
			a, _, _ := lead(s)
			s.WantLog("-")
			s.Drop("P2a", a, sim.Anyone)
			s.Client(a).Put("k", "v")
			s.Settle()
		}, []string{"liveness: the calls have not ended; client 0 waits for put k"}},
	}
}

// TestScenariosFail: what a scenario expects and does not get ends it, with what
// happened last.
func TestScenariosFail(t *testing.T) {
	for _, test := range flops() {
		t.Run(test.name, func(t *testing.T) {
			var got verdict
			sim.Play(&got, sim.Scene{Subject: subject(t, "paxos", test.bug), Expect: test.expect}, test.play)
			if len(got) != 1 {
				t.Fatalf("the scenario failed %d times: %q", len(got), got)
			}
			for _, want := range test.want {
				if !strings.Contains(got[0], want) {
					t.Errorf("it says nothing of %q:\n%s", want, got[0])
				}
			}
		})
	}
}

// TestScenariosLeaveNothingToChance: a scenario is the same world every time.
func TestScenariosLeaveNothingToChance(t *testing.T) {
	record := func() string {
		var b strings.Builder
		scene := sim.Scene{Subject: subject(t, "paxos", ""), Members: 5, Trace: func(e sim.TraceEvent) { fmt.Fprintln(&b, e) }}
		sim.Play(t, scene, oldVotes)
		return b.String()
	}
	if a, b := record(), record(); a != b || len(a) < 1000 {
		t.Errorf("two plays of one scenario differ: %d and %d bytes of trace", len(a), len(b))
	}
}

// TestRules: what is held arrives once released, in order, and a rule applies to
// what it is about and to nothing else.
func TestRules(t *testing.T) {
	sim.Play(t, sim.Scene{Subject: subject(t, "paxos", "")}, func(s *sim.Scenario) {
		a, b, c := s.Member(0), s.Member(1), s.Member(2)
		s.Elect(a)
		s.WantLog("-")
		held := s.Hold("P2a", a, b).Slot(2)
		other, doubled := s.Hold("P2a", a, b), s.Duplicate("P2b", c, a)
		writer := s.Client(a)
		for _, v := range []string{"1", "2", "3"} {
			writer.Put("k", v).Wait()
		}
		s.Want(held.Caught() == 1 && other.Caught() == 2, "caught %d of slot 2, %d others", held.Caught(), other.Caught())
		s.Want(doubled.Caught() == 3, "%d votes came twice", doubled.Caught())
		other.Stop()
		writer.Put("k", "4").Wait()
		s.Want(held.Caught() == 1 && other.Caught() == 2, "a rule goes on after its end")
		before := s.Report(b).Executed
		other.Release()
		held.Release()
		s.Settle()
		s.Want(before < 5 && s.Report(b).Executed == 5, "B had executed %v slots, and then %v", before, s.Report(b).Executed)
	})
}

// TestMembersOfScenarios: crashes, empty disks, pauses and cuts do what they say.
func TestMembersOfScenarios(t *testing.T) {
	sim.Play(t, sim.Scene{Subject: subject(t, "paxos", "")}, func(s *sim.Scenario) {
		a, b, c := s.Member(0), s.Member(1), s.Member(2)
		s.Elect(a, b)
		s.Want(s.Report(c).Ballot == 0, "C heard of an election that it was kept out of")
		x := s.Client(a).Put("k", "v").Wait()
		s.Want(x.Ended() && x.Done() && x.Outcome().Result.Version == 1, "the call is %+v", x.Outcome())
		s.WantLog("- v")
		s.Cut(c)
		seen := s.Hold("*", c, sim.Anyone)
		mute := s.Client(c).Put("k", "from C")
		s.Client(a).Put("k", "w").Wait()
		s.WantValue("k", "w", a, b)
		s.Settle()
		s.Want(s.Value(c, "k") == "v" && s.Chosen(3) == "", "C hears, or is heard")
		s.Want(seen.Caught() == 0, "a rule is applied to what is lost anyway")
		seen.Release()
		s.Heal(c)
		mute.Wait()
		s.WantValue("k", "from C")
		s.Pause(c)
		s.Client(a).Put("k", "x").Wait()
		s.Settle()
		s.Want(s.Value(c, "k") == "from C", "C goes on while it is paused")
		s.Resume(c)
		s.WantValue("k", "x")
		s.RestartEmpty(c)
		s.Want(!s.Up(c), "C is up without its disk")
		s.Restart(b)
		s.Client(a).Put("k", "x").Wait()
		y := s.Client(a, b).PutIf("k", "y", 7)
		s.Want(!y.Ended() && !y.Done() && y.Value() == "?", "the call ended before it began")
		s.Want(!y.Wait().Outcome().Result.OK, "a condition does not matter")
		s.Want(s.Client(b).Read("k", quorate.ReadIndex).Wait().Value() == "x", "x is not there")
	})
}

// TestScenariosEnd: all is mended, whoever wants to may lead, and a last read of
// every key is made.
func TestScenariosEnd(t *testing.T) {
	var calls []string
	watch := func(e sim.TraceEvent) {
		if e.Kind == sim.TraceCall {
			calls = append(calls, e.Text)
		}
	}
	sim.Play(t, sim.Scene{Subject: subject(t, "paxos", ""), Trace: watch}, func(s *sim.Scenario) {
		a, b, c := s.Member(0), s.Member(1), s.Member(2)
		s.Elect(a)
		s.Restart(a)
		s.Run(10 * time.Second)
		for _, m := range []sim.Member{a, b, c} {
			s.Want(s.Report(m).Role == "follower", "member %d leads without having been told to", m)
		}
		s.Client(b).Put("j", "1")
		s.Client(b).Put("k", "2")
		s.Crash(a)
		s.Cut(b)
		s.Pause(c)
		s.CrashBefore(b, "Accepted")
	})
	if got := strings.Join(calls, ", "); got != "put j=1, put k=2, get j, get k" {
		t.Errorf("the calls were: %s", got)
	}
}

// TestClientsOfScenarios: clients ask who they are told to, whoever leads, and the
// next one when they are told to.
func TestClientsOfScenarios(t *testing.T) {
	sim.Play(t, sim.Scene{Subject: subject(t, "paxos", "")}, func(s *sim.Scenario) {
		a, b := s.Member(0), s.Member(1)
		s.Elect(a)
		c := s.Client(b, a)
		for range 2 {
			x := c.Put("k", "v").Wait()
			s.Want(x.Outcome().Node == 1<<16|2, "%v was asked, want 1.2", x.Outcome().Node)
		}
		lost := s.Drop("Request", c, b)
		x := c.Put("k", "w")
		lost.Await(1)
		x.Retry().Wait()
		s.Want(x.Outcome().Node == 1<<16|1 && x.Outcome().Attempts == 2, "%+v", x.Outcome())
	})
}
