package explore_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/sim/explore"
)

func run(t *testing.T, cfg explore.Config) explore.Result {
	t.Helper()
	r, err := explore.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSynodIsSafe: every choice there is adds worlds, and in none of them is
// anything wrong. The numbers are not derived: that they stay shows that no
// change makes the exploration see more or less than before.
func TestSynodIsSafe(t *testing.T) {
	one := func(c *explore.Config) { c.Requests = c.Requests[:1] }
	again := func(c *explore.Config, times int) {
		one(c)
		c.Prompt = []string{"promise", "accepted"}
		c.Timers = []explore.Timer{{id(1), "again", times}}
	}
	for _, test := range []struct {
		name   string
		states int
		change func(*explore.Config)
	}{
		{"plain", 14240, func(*explore.Config) {}},
		{"early", 2315, func(c *explore.Config) { c.Early = true }},
		{"prompt", 542, func(c *explore.Config) { c.Prompt = []string{"promise", "accepted"} }},
		{"dropped", 239, func(c *explore.Config) { c.Drop = []string{"accept"} }},
		{"one", 47, one},
		{"one, crash", 774, func(c *explore.Config) { one(c); c.Crashes = 1 }},
		{"one, crash of one", 104, func(c *explore.Config) { one(c); c.Crashes, c.Steady = 1, []quorate.ID{id(1), id(3)} }},
		{"one, slow disks", 299, func(c *explore.Config) { one(c); c.SlowDisks = true }},
		{"one, duplicate", 317, func(c *explore.Config) { one(c); c.Early = true; c.Duplicates = 1 }},
		{"one, duplicates", 67, func(c *explore.Config) { one(c); c.Early = true; c.Duplicates = explore.Any }},
		{"one, again", 390, func(c *explore.Config) { again(c, 1) }},
		{"again of one", 1738, func(c *explore.Config) { again(c, 1); c.Early = true; c.Requests = synodWorld("", nil).Requests }},
		{"one, twice again", 7177, func(c *explore.Config) { again(c, 2) }},
	} {
		cfg := synodWorld("", reads)
		test.change(&cfg)
		r := run(t, cfg)
		if r.States != test.states || !r.Exhausted || r.Violation != nil {
			t.Errorf("%s: %v\n%s\nwant %d states, all, without a violation", test.name, r, r.Story(), test.states)
		}
	}
}

// TestSynodBugs: each mistake is found, by the ghost as soon as it is made, and
// without claims when it has led to two values.
func TestSynodBugs(t *testing.T) {
	for _, test := range []struct {
		bug     string
		crashes int
		rule    string
		steps   int
		blind   int // steps to the violation that shows without claims
	}{
		{"panics", 0, "replica", 1, 1},
		{"restless", 0, "replica", 1, 1},
		{"prepares alone", 0, "quorum", 1, 6},
		{"accepts alone", 0, "chosen", 3, 6},
		{"ignores", 0, "safe", 6, 10},
		{"yields", 0, "durable", 5, 10},
		{"forgets", 1, "durable", 1, 11},
		{"hurries", 1, "durable", 3, 13},
	} {
		cfg := synodWorld(test.bug, reads)
		cfg.Crashes = test.crashes
		r := run(t, cfg)
		if r.Violation == nil || r.Violation.Oracle != test.rule || len(r.Path) != test.steps || r.Exhausted {
			t.Errorf("%s: %v\n%s\nwant a violation of %s after %d steps", test.bug, r, r.Story(), test.rule, test.steps)
		}
		if cfg.Subject.Claims = nil; testing.Short() && test.crashes > 0 {
			continue // tens of thousands of states
		}
		if r = run(t, cfg); r.Violation == nil || len(r.Path) != test.blind {
			t.Errorf("%s, without claims: %v\n%s\nwant a violation after %d steps", test.bug, r, r.Story(), test.blind)
		}
	}
}

// TestStory: the shortest way to a violation, so that a person can follow it.
func TestStory(t *testing.T) {
	cfg := synodWorld("hurries", nil)
	cfg.Crashes = 1
	cfg.Steady = []quorate.ID{id(1), id(2)}
	cfg.Prompt = []string{"accepted"}
	r := run(t, cfg)
	if r.Violation == nil {
		t.Fatal(r)
	}
	const want = `  1  deliver a client's request put k=a (1:1) to 1.1
  2  deliver a client's request put k=b (2:1) to 1.2
  3  deliver prepare{Ballot:1@1.1} from 1.1 to 1.3
  4  deliver prepare{Ballot:1@1.2} from 1.2 to 1.3
  5  deliver promise{Ballot:1@1.1 OK} from 1.3 to 1.1
       1.1 reports Elected{Ballot:1@1.1}
  6  deliver promise{Ballot:1@1.2 OK} from 1.3 to 1.2
       1.2 reports Elected{Ballot:1@1.2}
  7  deliver accept{Ballot:1@1.2 Value:[put k=b (2:1)]} from 1.2 to 1.1
       deliver accepted{Ballot:1@1.2 OK} from 1.1 to 1.2
       1.2 reports Chosen{Slot:0 Ballot:1@1.2 Commands:[put k=b (2:1)]}
  8  1.3 crashes and restarts
       under way to the disk: vote{Promised:1@1.1}
  9  deliver accept{Ballot:1@1.1 Value:[put k=a (1:1)]} from 1.1 to 1.3
       deliver accepted{Ballot:1@1.1 OK} from 1.3 to 1.1
       1.1 reports Chosen{Slot:0 Ballot:1@1.1 Commands:[put k=a (1:1)]}
       VIOLATION: agreement: 1.1 takes [put k=a (1:1)] for chosen in slot 0, but it is [put k=b (2:1)]`
	if !strings.HasPrefix(r.Story(), want) {
		t.Errorf("%v\n%s\nwant\n%s", r, r.Story(), want)
	}
}

func TestStatesThatOnlyLookAlike(t *testing.T) {
	for bug, want := range map[string]string{
		"hides":       `"deliver prepare`,
		"gambles":     `"deliver prepare`,
		"breaks once": "taken again: <nil>",
	} {
		r, err := explore.Run(t.Context(), synodWorld(bug, nil))
		if !errors.Is(err, explore.ErrForm) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, error %v, want ErrForm with %s", bug, r, err, want)
		}
	}
}

func TestTheSameAgain(t *testing.T) {
	for _, bug := range []string{"", "yields"} {
		first, second := run(t, synodWorld(bug, nil)), run(t, synodWorld(bug, nil))
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%+v, and at the second time %+v", first, second)
		}
	}
}

func TestBounds(t *testing.T) {
	cfg := synodWorld("", nil)
	cfg.MaxStates = 1000
	var last explore.Result
	cfg.Progress = func(r explore.Result) { last = r }
	if r := run(t, cfg); r.States < 1000 || r.States > 1020 || r.Exhausted || !strings.HasSuffix(r.String(), "stopped at its bound") {
		t.Errorf("%v, want a little more than 1000 states, not all", r)
	}
	if last.World != "synod" || last.States == 0 {
		t.Errorf("progress is %v", last)
	}
	cfg = synodWorld("", nil)
	cfg.MaxDepth = 3
	if r := run(t, cfg); r.Depth != 3 || r.Exhausted || r.States > 200 {
		t.Errorf("%v, want depth 3, not all", r)
	}
	cfg = synodWorld("bounces", nil)
	cfg.Prompt = []string{"prepare"}
	if _, err := explore.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "prepare") {
		t.Errorf("error %v, want one that names the prompt message that never comes to rest", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := explore.Run(ctx, synodWorld("", nil)); !errors.Is(err, context.Canceled) || r.Exhausted {
		t.Errorf("%v, %v: want the context's error", r, err)
	}
}

func TestConfigsThatMakeNoSense(t *testing.T) {
	for want, change := range map[string]func(*explore.Config){
		"Subject":       func(c *explore.Config) { c.Subject = sim.Subject{} },
		"-1 crashes":    func(c *explore.Config) { c.Crashes = -1 },
		"-2 duplicates": func(c *explore.Config) { c.Duplicates = -2 },
		"-1 states":     func(c *explore.Config) { c.MaxStates = -1 },
		"depth -1":      func(c *explore.Config) { c.MaxDepth = -1 },
		`"x" of 1.4`:    func(c *explore.Config) { c.Timers = []explore.Timer{{id(4), "x", 1}} },
		"0 times":       func(c *explore.Config) { c.Timers = []explore.Timer{{id(3), "x", 0}} },
		"goes to 1.4":   func(c *explore.Config) { c.Requests[1].To = id(4) },
		"knob of 1s":    func(c *explore.Config) { c.Knobs.ElectionTimeout = time.Second },
		"no quorums": func(c *explore.Config) {
			c.Subject.Quorums = func(*quorate.Cluster, sim.Knobs) (quorate.QuorumSystem, error) {
				return quorate.QuorumSystem{}, errors.New("no quorums")
			}
		},
		"no protocol": func(c *explore.Config) {
			c.Subject.New = func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return nil, errors.New("no protocol") }
		},
	} {
		cfg := synodWorld("", nil)
		change(&cfg)
		if _, err := explore.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
