package mutants

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/results"
)

// All that is known makes sense: there are such bugs and nemeses, and the tests can be run.
func TestKnown(t *testing.T) {
	for _, protocol := range protocols.Names() {
		if len(Known(protocol)) != len(known(protocol)) {
			t.Errorf("%s: %d of %d known bugs are planted", protocol, len(Known(protocol)), len(known(protocol)))
		}
		if len(known(protocol)) == 0 {
			continue
		}
		p := Plan{Base: tester.Config{Protocol: protocol, Binary: "quorate"}}
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}

func TestValidate(t *testing.T) {
	for want, p := range map[string]Plan{
		"did you mean no-dedup": {Bugs: []string{"no-dedupe"}},
		"did you mean kill":     {Nemeses: []string{"loss+kil"}},
		"trials":                {Trials: MaxTrials + 1},
		"known to show":         {Base: tester.Config{Protocol: "primary"}},
	} {
		p.Base.Binary = "quorate"
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if table, err := p.Run(t.Context()); table != nil || err == nil {
			t.Errorf("%+v, %v: want %s", table, err, want)
		}
	}
}

// What the user says wins over what the bug needs; and the command says all.
func TestNeeds(t *testing.T) {
	p := Plan{Base: tester.Config{Binary: "quorate", Rate: 77}, Bugs: []string{"lease-unconfirmed"}, Nemeses: []string{"loss+kill", ""}}
	jobs, err := p.pairs()
	if err != nil || len(jobs) != 2 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	want := "quorate test -p paxos --bug lease-unconfirmed --stop-early --read lease --lease 500ms -r 77 --concurrency 120 --keys 2 --timeout 2s --nemesis loss,kill --nemesis-interval 1s"
	if got := jobs[0].pair.Command; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if c := jobs[1].cfg; len(c.Nemeses) != 0 || !c.StopEarly || c.Bug != "lease-unconfirmed" {
		t.Errorf("%+v", c)
	}
	p = Plan{Base: tester.Config{Binary: "quorate", Protocol: "wpaxos"}, Bugs: []string{"one-zone"}}
	if jobs, err = p.pairs(); err != nil || !strings.Contains(jobs[0].pair.Command, " -n 3x3 ") {
		t.Errorf("%+v, %v", jobs, err)
	}
}

func TestText(t *testing.T) {
	found := func(s time.Duration, check string) Trial {
		return Trial{Valid: results.False, After: s * time.Second, Check: check}
	}
	table := Table{Protocol: "trex", Pairs: []Pair{
		{Bug: "a", Trials: []Trial{found(9, "linearizable"), found(2, "linearizable"), found(4, "linearizable"), found(0, "agreement")}},
		{Bug: "b", Nemesis: "kill", Trials: []Trial{{Valid: results.True}, {Valid: results.Unknown}}},
		{Bug: "a", Nemesis: "kill", Trials: []Trial{{Valid: results.True}}},
	}}
	var b strings.Builder
	if err := table.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := "trex: bug  nemesis  found   median  by\n" +
		"a          none     4 of 4  4.0 s   agreement, linearizable\n" +
		"b          kill     0 of 2          \n" +
		"a          kill     0 of 1          \n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if got := table.Survivors(); !reflect.DeepEqual(got, []string{"b"}) {
		t.Errorf("survivors %v", got)
	}
}

// A leader that is cut off, and still answers reads from its own state, is found with
// processes that are really there. One seed may miss it; not all of them.
func TestFindsABug(t *testing.T) {
	p := Plan{
		Base: tester.Config{Binary: proc.Build(t), TimeLimit: 10 * time.Second},
		Bugs: []string{"local-reads-leader"}, Nemeses: []string{"partition-leader"}, Trials: 10,
	}
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	var last Trial
	p.Each = func(_ Pair, trial Trial) {
		if last = trial; trial.Valid == results.False {
			enough()
		}
	}
	table, err := p.Run(ctx)
	if err != nil || last.Valid != results.False || last.Check != "linearizable" || last.After == 0 {
		t.Errorf("%+v, %v: the last trial is %+v", table, err, last)
	}
}
