package sim

import (
	"regexp"
	"testing"
	"time"

	"github.com/quorate/quorate/nemesis"
)

// TestOracles: each mistake of the toy protocol is noticed, by the oracle that is
// there for it, and without one there is nothing to notice.
func TestOracles(t *testing.T) {
	for _, test := range []struct{ mistake, oracle, evidence string }{
		{"", "", ""},
		{"never answers", "liveness", `1s after the last fault: client 0 waits for \w+ k\d, asked .* last of all 1\.\d; 1.1 is toy at`},
		{"lags behind", "liveness", "the live members' states still differ; 1.1 is toy"},
		{"refuses", "liveness", `client \d waits for \w+ k\d, asked in vain 1 times`},
		{"forgets", "liveness", "the live members' states still differ"},
		{"denies", "reply", `a client was told that \w+ k\d, its .*, was not executed, but it was`},
		{"dreams", "liveness", "the live members' states still differ"},
		{"writes something else", "linearizable", "which is not what was written"},
		{"executes something else", "state", `version 1 of key k\d was written by .*, and at 1.3 by \{\w+ 1001\}`},
		{"executes twice", "once", "had the outcome true, version 1, and then, executed by 1.1, true, version 2"},
		{"exaggerates", "reply", "a client is told true, version 2, of .*, whose outcome was true, version 1"},
		{"lies", "reply", "which no replica has executed"},
		{"panics", "panic", `^the third command is too much\n  sim\.\(\*toy\)\.execute line \d+\n  sim\.\(\*toy\)\.obey line \d+\n  quorate\.register[^$]*\n  quorate\.\(\*Node\)\.Flush line \d+$`},
		{"throws balls", "events", "more than 20000 events: the protocol never comes to rest"},
		{"keeps throwing", "panic", `^node 1.1: the replica sends itself messages without end, now a sim\.ball\n  quorate\.\(\*Node\)\.deliver line`},
	} {
		t.Run(test.mistake, func(t *testing.T) {
			v := runToy(t, test.mistake, toySpec(), Options{}).Violation
			switch {
			case test.oracle == "":
				if v != nil {
					t.Fatalf("nothing is wrong, but %v", v)
				}
			case v == nil || v.Oracle != test.oracle || !regexp.MustCompile(test.evidence).MatchString(v.Text):
				t.Fatalf("got %+v, want a violation of %s that says %s", v, test.oracle, test.evidence)
			}
			if again := runToy(t, test.mistake, toySpec(), Options{}).Violation; v != nil && *again != *v {
				t.Errorf("the same world says %v, and then %v", v, again)
			}
		})
	}
}

// TestViolationsSayWhenAndWhere: the instant and the number of the event are
// those of the trace.
func TestViolationsSayWhenAndWhere(t *testing.T) {
	var broken []TraceEvent
	v := runToy(t, "lies", toySpec(), Options{Trace: func(e TraceEvent) {
		if e.Kind == TraceBroken {
			broken = append(broken, e)
		}
	}}).Violation
	if v.Node < 0 || v.Event < 2 || v.At <= 0 {
		t.Errorf("%+v", v)
	}
	if len(broken) != 1 || broken[0].At != v.At || broken[0].Node != v.Node || broken[0].Text != v.Text {
		t.Errorf("the trace tells of %+v, the violation is %+v", broken, v)
	}
	if want := "reply: " + v.Text; v.Error() != want {
		t.Errorf("%q, want %q", v.Error(), want)
	}
}

// TestLivenessCountsFromTheEndOfFaults: the bound on liveness counts from the end of the
// faults, whatever was under way then.
func TestLivenessCountsFromTheEndOfFaults(t *testing.T) {
	spec := toySpec()
	spec.Faults = []nemesis.Fault{{Kind: nemesis.Pause, At: 10 * ms, Nodes: []int{0}}}
	out := runToy(t, "", spec, Options{})
	if out.Violation != nil || out.Stats.Virtual < spec.Safety || out.Stats.Virtual > spec.Safety+100*ms {
		t.Errorf("the world ended at %v with %v", out.Stats.Virtual, out.Violation)
	}
	spec.Dead = []int{0} // who is meant to put commands in order
	out = runToy(t, "", spec, Options{})
	if v := out.Violation; v == nil || v.Oracle != "liveness" || v.At != spec.Safety+spec.Liveness {
		t.Errorf("without the first member: %+v", v)
	}
}

// TestHistoriesAreJudged: what is linearizable for the replicas may not be so for
// the clients.
func TestHistoriesAreJudged(t *testing.T) {
	spec := toySpec()
	spec.Clients.Mix.Reads = 0.5
	spec.Clients.Ops = 100
	out := runToy(t, "", spec, Options{})
	if out.Violation != nil || out.Unknown != "" || out.Stats.Ops < 50 {
		t.Fatalf("%+v", out)
	}
	w, err := newWorld(&Subject{New: toySubject("").New}, &spec, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.guard(w.live)
	for i := range w.history.ops {
		if op := &w.history.ops[i]; op.Op.IsWrite() && op.Version > 1 {
			op.Version-- // two writes of one version
			break
		}
	}
	if err := w.judge(t.Context(), out, Options{CheckLimit: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if w.violation == nil || w.violation.Oracle != "linearizable" {
		t.Errorf("two writes of one version: %v", w.violation)
	}
}

// TestScenariosWaitForAllMembers: a scenario ends when all have the same state.
func TestScenariosWaitForAllMembers(t *testing.T) {
	Play(t, Scene{Subject: toySubject("lags behind"), Expect: "liveness"}, func(s *Scenario) {
		s.Client(s.Member(0)).Put("k", "v").Wait()
	})
}
