package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/mutants"
)

func testMutantsCommand() command {
	return command{
		name:     "test mutants",
		synopsis: "plant bugs in real clusters, and see which nemesis finds which, and how soon",
		about: `Each bug is a mistake of a few lines in a copy of the protocol, see 'quorate sim
mutants --list'. A trial is a test of a cluster that has it, with settings that are known
to make it show: few keys, many clients, short faults. The calls are checked while clients
make them, and a trial ends with the first that breaks a promise. The table tells in how
many trials the bug was found, and the median of how long the clients had worked then;
it has no time for what only showed after all was healed.`,
		examples: []example{
			{"quorate test mutants -p trex --trials 3 --time-limit 20s", "all bugs that are known to show, under what they are known to need"},
			{"quorate test mutants --mutant no-dedup --nemesis loss,partition-leader+kill", "one bug, under loss, and under partitions and kills together"},
			{"quorate test mutants -p epaxos --mutant arrival-order -n 5 --json", "for a program, with five members"},
		},
		exits: []exitMeaning{
			{exitGood, "every bug was found in some trial"},
			{exitBad, "some bug was not"},
			{exitInterrupted, "interrupted; the trials that are over are reported"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "a cluster did not start, or a file cannot be written"},
		},
		setup: func(f *flags) action { return newTestMutants(f).run },
	}
}

// testMutants is the command's flags.
type testMutants struct {
	flags   *flags
	plan    mutants.Plan
	shape   shape
	workers perNode
	json    bool
}

func newTestMutants(f *flags) *testMutants {
	m := &testMutants{flags: f, plan: mutants.Plan{Trials: 3}, shape: shape{zones: 1, nodes: 3}}
	c := &m.plan.Base
	c.Protocol, c.TimeLimit, c.Seed = "paxos", 20*time.Second, 1
	f.group("cluster")
	f.protocol(&c.Protocol)
	f.nodes(&m.shape)
	f.group("trials")
	f.StringSliceVar(&m.plan.Bugs, "mutant", nil, "`names` of the bugs, separated by commas (default all that are known to show)")
	f.StringSliceVar(&m.plan.Nemeses, "nemesis", nil, "`names` of what goes wrong, one of them in each trial; those joined by + strike together (default what each bug needs)")
	f.IntVar(&m.plan.Trials, "trials", m.plan.Trials, "`number` of trials for each bug and nemesis, with different seeds")
	f.DurationVar(&c.TimeLimit, "time-limit", c.TimeLimit, "how long clients work in a trial, a `time`")
	f.DurationVar(&c.Interval, "nemesis-interval", 0, "about how long a fault takes, and the pause until the next, a `time` (default 1s)")
	f.seed(&c.Seed)
	f.group("clients")
	f.StringVarP(&c.Workload, "workload", "w", "", "what clients do, a `name` (default what each bug needs)")
	f.Float64VarP(&c.Rate, "rate", "r", 0, "`number` of operations that all clients together begin a second, at most (default what each bug needs)")
	f.Var(&m.workers, "concurrency", "`number` of clients, or of those for each node, such as 2n (default what each bug needs)")
	f.IntVar(&c.Keys, "keys", 0, "`number` of keys in use at a time (default what each bug needs)")
	f.group("report")
	f.json(&m.json)
	f.StringVar(&c.Store, "store", "", "keep each trial in a directory of its own below this `directory` (default keep nothing)")
	return m
}

func (m *testMutants) run(ctx context.Context, s *streams, _ []string) error {
	if err := m.settle(); err != nil {
		return err
	}
	var err error
	if m.plan.Base.Binary, err = os.Executable(); err != nil {
		return fmt.Errorf("test mutants: find this program: %w", err)
	}
	m.plan.Each = func(p mutants.Pair, t mutants.Trial) {
		s.progress(fmt.Sprintf("%s, %s: found in %d of %d trials", p.Bug, p.Nemesis, p.Found(), len(p.Trials)))
	}
	table, err := m.plan.Run(ctx)
	s.clear()
	if table != nil {
		err = errors.Join(err, m.print(s, table))
	}
	if err != nil {
		return err
	}
	survivors := table.Survivors()
	switch {
	case table.Stopped:
		return &exitError{exitInterrupted, errors.New("interrupted: the table is of the trials until then")}
	case len(survivors) > 0:
		return &exitError{exitBad, fmt.Errorf("not found: %s", strings.Join(survivors, ", "))}
	}
	return nil
}

// settle turns the flags into a plan, or says what is wrong with them.
func (m *testMutants) settle() error {
	c := &m.plan.Base
	if m.flags.Changed("nodes") {
		c.Zones, c.Nodes = m.shape.zones, m.shape.nodes
		c.Concurrency = m.workers.of(m.shape.zones * m.shape.nodes)
	} else if m.workers.n > 0 {
		if m.workers.each {
			return m.flags.usagef("--concurrency %s without --nodes: each bug has a cluster of its own", m.workers.String())
		}
		c.Concurrency = m.workers.of(1)
	}
	if m.workers.n == 0 {
		c.Concurrency = 0
	}
	for i, n := range m.plan.Nemeses {
		if n == inject.None {
			m.plan.Nemeses[i] = ""
		}
	}
	if slices.Contains(m.plan.Bugs, "") {
		return m.flags.usagef("--mutant with an empty name")
	}
	if c.TimeLimit <= 0 || m.plan.Trials < 1 {
		return m.flags.usagef("--time-limit %v, --trials %d: want more than 0", c.TimeLimit, m.plan.Trials)
	}
	plan := m.plan
	plan.Base.Binary = "quorate" // until it is looked for
	if err := plan.Validate(); err != nil {
		return m.flags.usagef("%w", err)
	}
	return nil
}

func (m *testMutants) print(s *streams, table *mutants.Table) error {
	if !m.json {
		return table.WriteText(s.out)
	}
	text, err := json.Marshal(table)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s\n", text)
	return err
}
