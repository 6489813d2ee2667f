package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

func simMutantsCommand() command {
	return command{
		name:     "sim mutants",
		synopsis: "plant bugs in a protocol, and see how soon each is found",
		about: `Each bug is a mistake of a few lines in a copy of the protocol. A trial runs the
worlds of seeds until one of them breaks an oracle. The table tells in how many of
the trials that happened, how many seeds it took - the median of the trials, and
the worst - and which oracles saw it first.`,
		examples: []example{
			{"quorate sim mutants -p paxos --list", "the planted bugs, one a line, name first"},
			{"quorate sim mutants --trials 21 --max-seeds 400", "the whole matrix"},
			{"quorate sim mutants --mutant no-dedup,late-promise --trials 5 --max-seeds 50 --json", "two rows of it, for a program"},
		},
		exits: []exitMeaning{
			{exitGood, "every bug was found in every trial"},
			{exitBad, "some bug was not"},
			{exitUnknown, "the time limit came before all trials were made"},
			{exitInterrupted, "interrupted; the trials that are over are reported"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "the tool failed"},
		},
		setup: func(f *flags) action { return newSimMutants(f).run },
	}
}

// simMutants is the command's flags.
type simMutants struct {
	flags  *flags
	worlds *worldFlags

	list     bool
	mutants  []string
	trials   int
	maxSeeds int
	seed     uint64

	workers   int
	timeLimit time.Duration
	json      bool
}

func newSimMutants(f *flags) *simMutants {
	m := &simMutants{flags: f, worlds: newWorldFlags(f), trials: 21, maxSeeds: 400, seed: 1}
	f.group("trials")
	f.BoolVar(&m.list, "list", m.list, "list the bugs, a line each: name, row, what is wrong")
	f.StringSliceVar(&m.mutants, "mutant", m.mutants, "`names` of the bugs, separated by commas (default all)")
	f.IntVar(&m.trials, "trials", m.trials, "`number` of trials for each bug, with different seeds")
	f.IntVar(&m.maxSeeds, "max-seeds", m.maxSeeds, "`number` of seeds after which a trial gives up")
	f.seed(&m.seed)
	f.workers(&m.workers)
	f.timeLimit(&m.timeLimit)
	f.group("report")
	f.json(&m.json)
	return m
}

func (m *simMutants) run(ctx context.Context, s *streams, _ []string) error {
	bugs, err := m.bugs()
	if err != nil {
		return err
	}
	if m.list {
		return m.print(s, bugs)
	}
	matrix, err := m.matrix(bugs)
	if err != nil {
		return err
	}
	matrix.Each = func(trials, worlds int) {
		s.progress(fmt.Sprintf("%d of %d trials, %d worlds", trials, len(bugs)*m.trials, worlds))
	}
	limited, cancel := withLimit(ctx, m.timeLimit)
	defer cancel()
	kills, err := matrix.Run(limited)
	if limited.Err() != nil && kills != nil {
		kills.Stopped, err = stoppedBy(ctx, m.timeLimit), nil
	}
	if err != nil {
		return err
	}
	s.clear()
	if m.json {
		err = sim.WriteJSON(s.out, kills)
	} else {
		err = kills.WriteText(s.out)
	}
	if err != nil {
		return err
	}
	return matrixVerdict(ctx, kills)
}

// bugs returns those that the flags name, in the order of the rows.
func (m *simMutants) bugs() ([]protocols.Bug, error) {
	if _, err := m.worlds.subject(""); err != nil {
		return nil, err
	}
	all := protocols.Bugs(m.worlds.protocol)
	if !m.flags.Changed("mutant") {
		rare := func(b protocols.Bug) bool { return b.Rare && !m.list } // random worlds are not where they show
		return slices.DeleteFunc(all, rare), nil
	}
	if len(m.mutants) == 0 || slices.Contains(m.mutants, "") {
		return nil, m.flags.usagef("--mutant with an empty name: want some of %s", strings.Join(bugNames(m.worlds.protocol), ", "))
	}
	for _, name := range m.mutants {
		if _, err := m.worlds.subject(name); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(b protocols.Bug) bool { return !slices.Contains(m.mutants, b.Name) }), nil
}

// print lists the bugs.
func (m *simMutants) print(s *streams, bugs []protocols.Bug) error {
	if m.json {
		kills := sim.Kills{Schema: sim.Schema, Protocol: m.worlds.protocol}
		for _, b := range bugs {
			kills.Rows = append(kills.Rows, sim.Kill{Row: b.Row, Name: b.Name, Doc: b.Doc})
		}
		return sim.WriteJSON(s.out, kills)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, b := range bugs {
		fmt.Fprintf(w, "%s\t%s\t%s\n", b.Name, b.Row, b.Doc)
	}
	return w.Flush()
}

// matrix turns the flags into trials, or says what is wrong with them.
func (m *simMutants) matrix(bugs []protocols.Bug) (sim.Matrix, error) {
	collectLess()
	matrix := sim.Matrix{Trials: m.trials, MaxSeeds: m.maxSeeds, First: m.seed, Workers: m.workers}
	if len(bugs) == 0 {
		return matrix, m.flags.usagef("no bugs can be planted in protocol %s", m.worlds.protocol)
	}
	if err := checkRunning(m.flags, m.workers, m.timeLimit); err != nil {
		return matrix, err
	}
	for _, b := range bugs {
		swarm, err := m.worlds.swarm(b.Name)
		if err != nil {
			return matrix, err
		}
		matrix.Mutants = append(matrix.Mutants, sim.Mutant{Row: b.Row, Name: b.Name, Doc: b.Doc, Swarm: swarm})
	}
	if err := matrix.Validate(); err != nil {
		return matrix, m.flags.usagef("--trials, --max-seeds, --seed: %w", err)
	}
	return matrix, nil
}

// matrixVerdict is the exit code of a matrix.
func matrixVerdict(ctx context.Context, k *sim.Kills) error {
	survivors := k.Survivors()
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted: the table is of the trials until then")}
	case len(survivors) > 0:
		return &exitError{exitBad, fmt.Errorf("not found in every trial: %s", strings.Join(survivors, ", "))}
	case k.Stopped != "":
		return &exitError{exitUnknown, fmt.Errorf("%s before all trials were made", k.Stopped)}
	}
	return nil
}
