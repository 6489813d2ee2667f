package main

import (
	"context"
	"fmt"
	"time"

	"github.com/quorate/quorate/sim"
)

// simCommand is the noun; alone it is 'sim run'.
func simCommand() command {
	run := simRunCommand()
	c := run
	c.name, c.synopsis = "sim", "simulate clusters in which things go wrong"
	c.about = `Runs a protocol in worlds of virtual time, where messages get lost, disks fail and
clocks lie, and compares all that happens with what the protocol promises. A seed
is a world: the same seed is the same world, event by event, on any machine.

'quorate sim' is 'quorate sim run'; its flags are below.`
	c.examples = []example{
		{"quorate sim", "a thousand worlds of Multi-Paxos"},
		{"quorate sim -p paxos -n 5 --seeds 1:1000", "the same of five nodes each"},
		{"quorate sim replay --seed 42", "one world again"},

		{"quorate sim mutants --list", "which bugs can be planted"},
	}
	c.subs = []command{run, simReplayCommand(), simMutantsCommand(), simExploreCommand(), simElectionsCommand()}
	return c
}

func simRunCommand() command {
	return command{
		name:     "sim run",
		synopsis: "run a campaign: many worlds, each from a seed",
		about: `Runs the world of each seed. The first that breaks an oracle ends the campaign:
it is shrunk to a small world that breaks the same oracle, and the commands are
printed that replay both. A campaign in which some kind of fault never struck, or
some rare state was never reached, fails too: it proves little.`,
		examples: []example{
			{"quorate sim run -p paxos -n 5 --seeds 1:1000 --nemesis partition,crash", "five nodes, partitions and crashes"},
			{"quorate sim run --seeds 1:500 --ops 300 --time 10s --workers 2", "longer worlds, two at a time"},
			{"quorate sim run --mutant no-dedup --seeds 1:400 --out out/no-dedup", "find a planted bug, and keep the evidence"},
			{"quorate sim run --seeds 1:1000000 --keep-going --log night.jsonl", "a long campaign, which goes on when it is started again"},
			{"quorate sim run -n 3x3 --wan paxi --quorum zones:fz=1,fn=0 --seeds 1:200", "three zones as far apart as Virginia, Ohio and California"},
		},
		exits: []exitMeaning{
			{exitGood, "no world broke an oracle"},
			{exitBad, "one did, or something that must happen never happened"},
			{exitUnknown, "a history could not be judged, or no world was run"},
			{exitInterrupted, "interrupted; what was done until then is reported"},
			{exitUsage, "a flag makes no sense, or a file it names cannot be written"},
			{exitTool, "the tool failed, or its disk did"},
		},
		setup: func(f *flags) action { return newSimRun(f).run },
	}
}

// simRun is the command's flags.
type simRun struct {
	flags  *flags
	worlds *worldFlags

	seeds     seedRange
	workers   int
	timeLimit time.Duration
	keepGoing bool
	shrink    bool
	log       string

	json bool
	out  string
}

func newSimRun(f *flags) *simRun {
	r := &simRun{flags: f, worlds: newWorldFlags(f), seeds: seedRange{1, 1000}, shrink: true}
	r.worlds.plant()
	f.group("campaign")
	f.seeds(&r.seeds)
	f.workers(&r.workers)
	f.timeLimit(&r.timeLimit)
	f.BoolVar(&r.keepGoing, "keep-going", r.keepGoing, "run all seeds, whatever they find")
	f.BoolVar(&r.shrink, "shrink", r.shrink, "look for a smaller world that breaks the same oracle")
	f.StringVar(&r.log, "log", r.log, "take down in a `file` what is done; the same command goes on from there")
	f.group("report")
	f.json(&r.json)
	f.out(&r.out)
	return r
}

// plan turns the flags into a campaign, or says what is wrong with them.
func (r *simRun) plan() (sim.Campaign, error) {
	swarm, err := r.worlds.swarm(r.worlds.mutant)
	if err != nil {
		return sim.Campaign{}, err
	}
	if err := checkRunning(r.flags, r.workers, r.timeLimit); err != nil {
		return sim.Campaign{}, err
	}
	return sim.Campaign{Swarm: swarm, From: r.seeds.from, To: r.seeds.to, Workers: r.workers, KeepGoing: r.keepGoing}, nil
}

func (r *simRun) print(s *streams, report *sim.Report) error {
	if r.json {
		return sim.WriteJSON(s.out, report)
	}
	return report.WriteText(s.out)
}

// campaignVerdict is the exit code of a campaign: the worst that happened.
func campaignVerdict(ctx context.Context, r *sim.Report) error {
	switch {
	case r.Violations > 0:
		f := r.Failures[0]
		return &exitError{exitBad, fmt.Errorf("the world of seed %d breaks %s", f.Seed, f.Violation.Oracle)}
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, fmt.Errorf("interrupted: the report is of the %d worlds until then", r.Stats.Worlds)}
	case len(r.Missing) > 0:
		return &exitError{exitBad, fmt.Errorf("the campaign proves little: in %d worlds these never happened: %v", r.Stats.Worlds, r.Missing)}
	case r.Unjudged > 0:
		return &exitError{exitUnknown, fmt.Errorf("%d histories could not be judged", r.Unjudged)}
	case r.Stats.Worlds == 0:
		return &exitError{exitUnknown, fmt.Errorf("no world was run")}
	}
	return nil
}
