package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
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
	c.subs = []command{run, simReplayCommand(), simMutantsCommand()}
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

func (r *simRun) run(ctx context.Context, s *streams, _ []string) error {
	campaign, err := r.plan()
	if err != nil {
		return err
	}
	k, err := newKeeper(r.out)
	if err != nil {
		return r.flags.usagef("%w", err)
	}
	found, stopped, err := r.campaign(ctx, s, campaign)
	if err != nil {
		return err
	}
	report, err := sim.NewReport(campaign, found, func(seed uint64) string {
		return r.worlds.replaying(append(r.worlds.given(), "--seed", fmt.Sprint(seed))...)
	})
	if err != nil {
		return err
	}
	report.Stopped = stopped
	if len(found.Failed) > 0 && r.shrink {
		if err := r.shrinkFirst(ctx, s, campaign, found.Failed[0], report); err != nil {
			return err
		}
	}
	s.clear()
	err = cmp.Or(k.keepCampaign(ctx, campaign.Swarm.Subject, found, report), r.print(s, report))
	if err != nil {
		return err
	}
	return campaignVerdict(ctx, report)
}

// campaign runs the worlds. Stopped says why not all of them.
func (r *simRun) campaign(ctx context.Context, s *streams, c sim.Campaign) (found *sim.Findings, stopped string, err error) {
	limited, cancel := withLimit(ctx, r.timeLimit)
	defer cancel()
	p := newCampaignProgress(s, c)
	c.Each = p.world
	found, err = c.Run(limited)
	if err != nil && errors.Is(err, limited.Err()) {
		return found, stoppedBy(ctx, r.timeLimit), nil
	}
	return found, "", err
}

// campaignProgress is what a terminal shows while a campaign is under way.
type campaignProgress struct {
	s       *streams
	total   float64
	done    int
	failed  int
	began   time.Time
	printed time.Time
}

func newCampaignProgress(s *streams, c sim.Campaign) *campaignProgress {
	return &campaignProgress{s: s, total: float64(c.To-c.From) + 1, began: time.Now()}
}

func (p *campaignProgress) world(w sim.World) {
	p.done++
	if w.Outcome.Violation != nil {
		p.failed++
	}
	if now := time.Now(); now.Sub(p.printed) >= 100*time.Millisecond {
		p.printed = now
		p.s.progress(p.line(now.Sub(p.began)))
	}
}

func (p *campaignProgress) line(elapsed time.Duration) string {
	violations := "no violation"
	switch {
	case p.failed == 1:
		violations = "1 violation"
	case p.failed > 1:
		violations = fmt.Sprintf("%d violations", p.failed)
	}
	return fmt.Sprintf("%d of %.0f worlds, %.0f/s, %s", p.done, p.total, float64(p.done)/max(elapsed.Seconds(), 1e-3), violations)
}

// shrinkFirst adds the small world to the report.
func (r *simRun) shrinkFirst(ctx context.Context, s *streams, c sim.Campaign, w sim.World, report *sim.Report) error {
	tries := 0
	shrinker := sim.Shrinker{Subject: c.Swarm.Subject, Oracle: w.Outcome.Violation.Oracle, Each: func(n int, best sim.Spec) {
		tries = n
		s.progress(fmt.Sprintf("shrinking seed %d: %d tries, %d nodes, %d clients, %d operations, %d faults", w.Seed, n,
			best.Zones*best.Nodes, best.Clients.Count, best.Clients.Ops, len(best.Faults)))
	}}
	best, out, err := shrinker.Shrink(ctx, w.Spec)
	if err != nil {
		return fmt.Errorf("shrink the world of seed %d: %w", w.Seed, err)
	}
	if out == nil { // interrupted before it began
		return nil
	}
	if out.Violation == nil || out.Violation.Oracle != w.Outcome.Violation.Oracle {
		report.Unrepeatable = true
		return nil
	}
	world, err := json.Marshal(best)
	if err != nil {
		return err
	}
	report.Shrunk = &sim.Shrunk{World: best, Violation: out.Violation, Tries: tries, Replay: r.worlds.replaying("--world", shellQuote(string(world)))}
	return nil
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
