// Package mutants tests clusters of processes in whose protocol a bug is planted, to see
// whether tests find it, under which nemesis, and how soon.
package mutants

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/results"
)

// Plan says which bugs are looked for under what, and how often.
type Plan struct {
	// Base has what all tests have in common: the protocol, the program, the time limit,
	// which is each trial's, and the first trial's seed; each further one has the next.
	// What else is set in it wins over what the bug is known to need.
	Base tester.Config
	// Bugs are the names of the bugs. None is all that are known to show, see [Known].
	Bugs []string
	// Nemeses are what goes wrong, names joined by "+" strike in one test. None is what
	// each bug is known to need.
	Nemeses []string
	// Trials is how many tests each pair of bug and nemeses gets. Zero is 3.
	Trials int
	// Each is told of each trial that is over; nil is nobody.
	Each func(p Pair, t Trial)
}

// Pair is a bug and what went wrong.
type Pair struct {
	Bug     string  `json:"bug"`
	Nemesis string  `json:"nemesis"` // names joined by "+"; empty: nothing
	Command string  `json:"command"` // a test of it
	Trials  []Trial `json:"trials"`
}

// Trial is one test.
type Trial struct {
	Seed  uint64        `json:"seed"`
	Valid results.Valid `json:"valid?"` // false: the bug was found
	// Check is the one that found it, or why nobody knows.
	Check string `json:"check,omitempty"`
	// After is how long the clients had worked when the first call that breaks a promise
	// returned. Zero if it was found after all was healed, or not.
	After   time.Duration `json:"after_ns,omitempty"`
	Elapsed time.Duration `json:"elapsed_ns"` // of the test
}

// Table is what was found.
type Table struct {
	Schema   int           `json:"schema"`
	Protocol string        `json:"protocol"`
	Limit    time.Duration `json:"time_limit_ns"` // of each trial
	Pairs    []Pair        `json:"pairs"`
	Stopped  bool          `json:"stopped,omitempty"` // before all trials were made
}

// Schema is the version of the JSON.
const Schema = 1

// MaxTrials bounds the trials of a pair.
const MaxTrials = 1000

// Validate reports the first setting that makes no sense.
func (p Plan) Validate() error {
	_, err := p.pairs()
	return err
}

// job is a pair and its test.
type job struct {
	pair Pair
	cfg  tester.Config
}

// pairs lists what is to be done.
func (p Plan) pairs() ([]job, error) {
	if p.Trials < 0 || p.Trials > MaxTrials {
		return nil, fmt.Errorf("%d trials: want 1 to %d", p.Trials, MaxTrials)
	}
	base := p.Base
	if base.Protocol == "" {
		base.Protocol = "paxos"
	}
	bugs := p.Bugs
	if len(bugs) == 0 {
		bugs = Known(base.Protocol)
	}
	if len(bugs) == 0 {
		return nil, fmt.Errorf("no bug of protocol %s is known to show", base.Protocol)
	}
	var jobs []job
	for _, bug := range bugs {
		if err := planted(base.Protocol, bug); err != nil {
			return nil, err
		}
		need := needs(base.Protocol, bug)
		nemeses := p.Nemeses
		if len(nemeses) == 0 {
			nemeses = need.nemeses
		}
		for _, nemesis := range nemeses {
			cfg := need.apply(base)
			cfg.Bug, cfg.StopEarly, cfg.Nemeses = bug, true, nil
			if nemesis != "" {
				cfg.Nemeses = strings.Split(nemesis, "+")
			}
			if err := cfg.Validate(); err != nil {
				return nil, fmt.Errorf("bug %s: %w", bug, err)
			}
			jobs = append(jobs, job{Pair{Bug: bug, Nemesis: nemesis, Command: command(cfg)}, cfg})
		}
	}
	return jobs, nil
}

// planted reports whether there is such a bug.
func planted(protocol, bug string) error {
	var names []string
	for _, b := range protocols.Bugs(protocol) {
		if b.Name == bug {
			return nil
		}
		names = append(names, b.Name)
	}
	return fmt.Errorf("bug %.40q: none of protocol %s%s", bug, protocol, spelling.Hint(bug, names, ""))
}

// Run makes the trials, one after the other. A bug that is not found is no error; what
// cannot be tested is. When ctx ends, the table is of the trials until then.
func (p Plan) Run(ctx context.Context) (*Table, error) {
	jobs, err := p.pairs()
	if err != nil {
		return nil, err
	}
	base := jobs[0].cfg.WithDefaults()
	table := &Table{Schema: Schema, Protocol: base.Protocol, Limit: base.TimeLimit}
	trials := p.Trials
	if trials == 0 {
		trials = 3
	}
	for _, j := range jobs {
		for i := range trials {
			j.cfg.Seed = p.Base.Seed + uint64(i)
			var res *results.Results
			if ctx.Err() == nil {
				res, err = tester.Run(ctx, j.cfg, nil)
			}
			if ctx.Err() != nil { // what was cut short proves nothing
				table.Stopped = true
				table.Pairs = append(table.Pairs, j.pair)
				return table, nil
			}
			if res == nil {
				return table, errors.Join(fmt.Errorf("bug %s under %s", j.pair.Bug, j.pair.Nemesis), err)
			}
			t := trial(j.cfg.Seed, res)
			j.pair.Trials = append(j.pair.Trials, t)
			if p.Each != nil {
				p.Each(j.pair, t)
			}
		}
		table.Pairs = append(table.Pairs, j.pair)
	}
	return table, nil
}

// trial is what a test says of the bug.
func trial(seed uint64, res *results.Results) Trial {
	t := Trial{Seed: seed, Valid: res.Valid, After: res.Violated, Elapsed: res.Elapsed}
	if res.Valid == results.Unknown {
		t.Check = res.Reason
	}
	for _, c := range res.Checks {
		if c.Valid == results.False && res.Valid == results.False {
			t.Check = c.Name
			break
		}
	}
	return t
}

// command is the test of a pair, as somebody would type it.
func command(c tester.Config) string {
	d := tester.Config{}.WithDefaults()
	words := []string{"quorate test -p " + c.Protocol + " --bug " + c.Bug + " --stop-early"}
	add := func(differs bool, format string, v ...any) {
		if differs {
			words = append(words, fmt.Sprintf(format, v...))
		}
	}
	c = c.WithDefaults()
	add(c.Zones > 1, "-n %dx%d", c.Nodes, c.Zones)
	add(c.Zones == 1 && c.Nodes != d.Nodes, "-n %d", c.Nodes)
	add(c.Workload != d.Workload, "-w %s", c.Workload)
	add(c.Read != d.Read, "--read %v", c.Read)
	add(c.Options.Lease > 0, "--lease %v", c.Options.Lease)
	add(c.Rate != d.Rate, "-r %g", c.Rate)
	add(c.Concurrency != c.Zones*c.Nodes, "--concurrency %d", c.Concurrency)
	add(c.Keys != 0, "--keys %d", c.Keys)
	add(c.Timeout != d.Timeout, "--timeout %v", c.Timeout)
	add(len(c.Nemeses) > 0, "--nemesis %s", strings.Join(c.Nemeses, ","))
	add(len(c.Nemeses) > 0 && c.Interval != d.Interval, "--nemesis-interval %v", c.Interval)
	add(c.TimeLimit != d.TimeLimit, "--time-limit %v", c.TimeLimit)
	return strings.Join(words, " ")
}
