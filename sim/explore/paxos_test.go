package explore_test

import (
	"flag"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim/explore"
)

var deep = flag.Bool("deep", false, "explore larger worlds of Paxos, for minutes")

func worlds(t *testing.T, bug string, deep bool) []explore.Config {
	t.Helper()
	s, err := protocols.Subject("paxos", bug)
	if err != nil {
		t.Fatal(err)
	}
	return explore.Worlds(s, deep)
}

// TestPaxos: in no world of Paxos is anything wrong. So that this means
// something, each has leaders, and values that they got chosen.
func TestPaxos(t *testing.T) {
	for _, w := range worlds(t, "", *deep) {
		if testing.Short() && w.Name != "votes" && w.Name != "revenant" {
			continue
		}
		r := run(t, w)
		if t.Log(r); r.Violation != nil || !r.Exhausted || r.Elected == 0 || r.Learnt < 2 {
			t.Errorf("%v\n%s", r, r.Story())
		}
	}
}

// TestPlantedBugs: each world is for bugs that the others need not show. The
// rest of the catalogue breaks no rule of votes: it takes the histories of
// clients, or much time, to see.
func TestPlantedBugs(t *testing.T) {
	if testing.Short() {
		t.Skip("one after the other, in one goroutine: the race detector has nothing to find")
	}
	for _, test := range []struct{ world, bug, rule string }{
		{"votes", "small-phase1", "quorum"},
		{"votes", "small-phase2", "chosen"},
		{"votes", "flexible-sum", "chosen"},
		{"votes", "vote-before-sync", "durable"},
		{"votes", "promise-before-sync", "durable"},
		{"votes", "accept-below-promise", "ballot"},
		{"votes", "ignore-accepted", "safe"},
		{"votes", "report-chosen-only", "report"},
		{"votes", "shared-ballot", "leader"},
		{"votes", "reply-before-quorum", "chosen"},
		{"votes", "late-promise", "leader"},
		{"gaps", "execute-gaps", "chosen"},
		{"gaps", "local-noop", "chosen"},
		{"ballots", "lowest-ballot", "safe"},
		{"learners", "commit-by-index", "agreement"},
		{"doubles", "count-duplicates", "chosen"},
		{"crashes", "forget-promise", "ballot"},
		{"crashes", "drop-last-record", "report"},
		{"revenant", "count-old-votes", "chosen"},
	} {
		for _, w := range worlds(t, test.bug, false) {
			if w.Name != test.world {
				continue
			}
			if r := run(t, w); r.Violation == nil || r.Violation.Oracle != test.rule {
				t.Errorf("%s: %v\n%s\nwant a violation of %s", test.bug, r, r.Story(), test.rule)
			}
		}
	}
}

// TestBlind: without claims a bug shows when two values are chosen, later and
// after more steps, but it does.
func TestBlind(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, bug := range []string{"small-phase1", "small-phase2", "accept-below-promise", "ignore-accepted", "report-chosen-only"} {
		w := worlds(t, bug, false)[0]
		w.Subject.Claims = nil
		if r := run(t, w); r.Violation == nil || r.Violation.Oracle != "agreement" {
			t.Errorf("%s: %v\n%s\nwant two values chosen", bug, r, r.Story())
		}
	}
}

// TestReadIndex: what is answered without a slot breaks no rule of slots.
func TestReadIndex(t *testing.T) {
	w := worlds(t, "", false)[0]
	w.Timers = w.Timers[:1]
	get := explore.Put(3, "")
	get.Op = quorate.OpGet
	w.Requests = []explore.Request{{To: w.Timers[0].Node, Command: get, Read: quorate.ReadIndex}}
	w.Drop = nil
	r := run(t, w)
	if r.Violation != nil || !r.Exhausted {
		t.Errorf("%v\n%s", r, r.Story())
	}
}
