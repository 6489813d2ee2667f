package main

import (
	"context"
	"fmt"
	"time"

	"github.com/quorate/quorate/sim"
)

func simElectionsCommand() command {
	return command{
		name:     "sim elections",
		synopsis: "measure how many ballots it takes until somebody leads",
		about: `Takes leaders away, again and again: by a crash, a pause or a partition. Messages
take so long that several members may try ballots before they hear of each other.
An election is over when a member has committed something under a ballot that it
won. The table tells how many ballots all members tried until then, and how long
it took in virtual time.`,
		examples: []example{
			{"quorate sim elections", "ten thousand elections of Multi-Paxos"},
			{"quorate sim elections -p paxos --elections 10000 --seed 1 --at-most 5", "the same; the exit code tells whether 99.9 % took five ballots or fewer"},
			{"quorate sim elections -n 7 --latency 50ms --loss 0.05 --json", "seven nodes far apart that lose messages, for a program"},
		},
		exits: []exitMeaning{
			{exitGood, "the elections were measured"},
			{exitBad, "a world broke an oracle, an election did not end, or took more ballots than --at-most allows"},
			{exitUnknown, "the protocol does not tell which ballots it tries, or the time limit came first"},
			{exitInterrupted, "interrupted; what was measured until then is reported"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "the tool failed"},
		},
		setup: func(f *flags) action { return newSimElections(f).run },
	}
}

// simElections is the command's flags.
type simElections struct {
	flags     *flags
	worlds    worldFlags
	shape     shape
	elections sim.Elections
	atMost    int
	timeLimit time.Duration
	json      bool
}

func newSimElections(f *flags) *simElections {
	e := &simElections{flags: f, worlds: worldFlags{flags: f, protocol: "paxos"}, elections: sim.Elections{Count: 10_000, Seed: 1, Latency: 20 * time.Millisecond}}
	f.group("worlds")
	f.protocol(&e.worlds.protocol)
	f.nodes(&e.shape)
	f.DurationVar(&e.elections.Latency, "latency", e.elections.Latency, "`time` that a message takes, and up to half as much longer")
	f.Float64Var(&e.elections.Loss, "loss", 0, "`probability` that a message is lost")
	f.DurationVar(&e.elections.Timeout, "election-timeout", 0, "the members' election timeout, a `time` (default the protocol's own)")
	f.group("measurement")
	f.IntVar(&e.elections.Count, "elections", e.elections.Count, "`number` of elections")
	f.seed(&e.elections.Seed)
	f.IntVar(&e.atMost, "at-most", 0, "fail if more than one election in a thousand takes more ballots than this `number`")
	f.workers(&e.elections.Workers)
	f.timeLimit(&e.timeLimit)
	f.group("report")
	f.json(&e.json)
	return e
}

func (e *simElections) run(ctx context.Context, s *streams, _ []string) error {
	if err := e.check(); err != nil {
		return err
	}
	limited, cancel := withLimit(ctx, e.timeLimit)
	defer cancel()
	e.elections.Progress = func(done int) { s.progress(fmt.Sprintf("%d of %d elections", done, e.elections.Count)) }
	r, err := e.elections.Run(limited)
	s.clear()
	if err != nil {
		return err
	}
	if e.json {
		err = sim.WriteJSON(s.out, r)
	} else {
		err = r.WriteText(s.out)
	}
	if err != nil {
		return err
	}
	return e.verdict(ctx, limited, r)
}

// check turns the flags into an experiment, or says what is wrong with them.
func (e *simElections) check() error {
	if err := checkRunning(e.flags, e.elections.Workers, e.timeLimit); err != nil {
		return err
	}
	switch {
	case e.elections.Count < 1:
		return e.flags.usagef("--elections %d: want 1 or more", e.elections.Count)
	case e.atMost < 0:
		return e.flags.usagef("--at-most %d: want 1 or more, or 0 for no bound", e.atMost)
	case e.shape.zones > 1:
		return e.flags.usagef("--nodes %v: want one zone", &e.shape)
	case e.elections.Latency <= 0 || e.elections.Timeout < 0:
		return e.flags.usagef("--latency %v, --election-timeout %v: want more than 0", e.elections.Latency, e.elections.Timeout)
	}
	var err error
	if e.elections.Subject, err = e.worlds.subject(""); err != nil {
		return err
	}
	e.elections.Nodes = e.shape.nodes
	if err := e.elections.Validate(); err != nil {
		return e.flags.usagef("%w", err)
	}
	return nil
}

func (e *simElections) verdict(ctx, limited context.Context, r *sim.ElectionReport) error {
	err := r.Verdict()
	switch {
	case r.Violation != nil:
		return &exitError{exitBad, err}
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, fmt.Errorf("interrupted: the report is of the %d elections until then", r.Elections)}
	case limited.Err() != nil:
		return &exitError{exitUnknown, fmt.Errorf("%s, after %d elections", stoppedBy(ctx, e.timeLimit), r.Elections)}
	case err != nil:
		return &exitError{exitUnknown, err}
	case r.Unfinished > 0:
		return &exitError{exitBad, fmt.Errorf("%d elections did not end within 5 s", r.Unfinished)}
	case e.atMost > 0 && r.Ballots.P999 > float64(e.atMost):
		return &exitError{exitBad, fmt.Errorf("99.9 %% of the elections take up to %v ballots, want %d", r.Ballots.P999, e.atMost)}
	}
	return nil
}
