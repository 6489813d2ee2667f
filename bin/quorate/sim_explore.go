package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/sim/explore"
)

func simExploreCommand() command {
	return command{
		name:     "sim explore",
		synopsis: "take tiny worlds through everything that can happen in them",
		about: `A model checker whose model is the code: two candidates, three members, one or two
commands, and every order in which messages can arrive, arrive twice or never, and
in which timers fire and members crash. It tells the shortest way to a violation;
a world without one is free of it, not merely lucky. The worlds suit protocols of
the Paxos family.`,
		examples: []example{
			{"quorate sim explore", "all tiny worlds of Multi-Paxos"},
			{"quorate sim explore --mutant lowest-ballot", "the shortest way to a wrong choice"},
		},
		exits: []exitMeaning{
			{exitGood, "no world broke an oracle"},
			{exitBad, "one did"},
			{exitUnknown, "a world was too large to be exhausted, nothing was chosen in it, or the time limit came first"},
			{exitInterrupted, "interrupted; what was explored until then is reported"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "the tool failed"},
		},
		setup: func(f *flags) action { return newSimExplore(f).run },
	}
}

// simExplore is the command's flags.
type simExplore struct {
	worlds    worldFlags
	deep      bool
	timeLimit time.Duration
	json      bool
}

func newSimExplore(f *flags) *simExplore {
	e := &simExplore{worlds: worldFlags{flags: f, protocol: "paxos"}}
	f.group("worlds")
	f.protocol(&e.worlds.protocol)
	e.worlds.plant()
	f.BoolVar(&e.deep, "deep", e.deep, "larger worlds, which take minutes")
	f.timeLimit(&e.timeLimit)
	f.group("report")
	f.json(&e.json)
	return e
}

func (e *simExplore) run(ctx context.Context, s *streams, _ []string) error {
	if err := checkRunning(e.worlds.flags, 1, e.timeLimit); err != nil {
		return err
	}
	subject, err := e.worlds.subject(e.worlds.mutant)
	if err != nil {
		return err
	}
	limited, cancel := withLimit(ctx, e.timeLimit)
	defer cancel()
	var results []explore.Result
	for _, cfg := range explore.Worlds(subject, e.deep) {
		cfg.Progress = func(r explore.Result) {
			s.progress(fmt.Sprintf("%s: %d states, %d steps, depth %d", r.World, r.States, r.Steps, r.Depth))
		}
		r, err := explore.Run(limited, cfg)
		if errors.Is(err, explore.ErrRows) {
			return usagef("%v", err)
		}
		if err != nil && limited.Err() == nil {
			return err
		}
		s.clear()
		results = append(results, r)
		if !e.json {
			fmt.Fprintf(s.out, "%v\n%s", r, r.Story())
		}
		if limited.Err() != nil || !r.Exhausted || r.Learnt == 0 {
			break
		}
	}
	if e.json {
		if err := sim.WriteJSON(s.out, results); err != nil {
			return err
		}
	}
	return e.verdict(ctx, limited, results[len(results)-1])
}

// verdict goes by the last world: the exploration ends with the first that is
// not good.
func (e *simExplore) verdict(ctx, limited context.Context, last explore.Result) error {
	switch {
	case last.Violation != nil:
		return &exitError{exitBad, fmt.Errorf("the world %s breaks %s", last.World, last.Violation.Oracle)}
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted: not all was explored")}
	case limited.Err() != nil:
		return &exitError{exitUnknown, errors.New(stoppedBy(ctx, e.timeLimit))}
	case !last.Exhausted:
		return &exitError{exitUnknown, fmt.Errorf("the world %s is too large", last.World)}
	case last.Learnt == 0:
		return &exitError{exitUnknown, fmt.Errorf("in the world %s nothing was chosen, so it proves nothing: these worlds are not made for protocol %s", last.World, e.worlds.protocol)}
	}
	return nil
}
