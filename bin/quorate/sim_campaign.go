package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/quorate/quorate/sim"
)

func (r *simRun) run(ctx context.Context, s *streams, _ []string) error {
	campaign, err := r.plan()
	if err != nil {
		return err
	}
	k, err := newKeeper(r.out)
	if err != nil {
		return r.flags.usagef("%w", err)
	}
	var log *sim.Log
	if r.log != "" {
		if log, err = sim.OpenLog(r.log, campaign.Swarm); err != nil {
			return r.flags.usagef("--log: %w", err)
		}
	}
	collectLess()
	found, stopped, failure := r.campaign(ctx, s, campaign, log)
	if found == nil {
		return failure
	}
	report, err := r.report(campaign, found)
	if err != nil {
		return cmp.Or(failure, err)
	}
	report.Stopped = stopped
	if log != nil {
		report.Earlier = log.Earlier().Stats.Worlds
	}
	if len(found.Failed) > 0 && r.shrink && found.Failed[0].Outcome.Violation.Oracle != sim.OracleHang {
		if err := r.shrinkFirst(ctx, s, campaign, found.Failed[0], report); err != nil {
			return cmp.Or(failure, err)
		}
	}
	s.clear()
	// The files first: whoever reads the output may hang up.
	err = cmp.Or(k.keepCampaign(ctx, campaign.Swarm.Subject, found, report), r.print(s, report))
	return cmp.Or(failure, err, campaignVerdict(ctx, report))
}

// collectLess lets the garbage of worlds, which are small and die young, lie a
// little longer: that costs some MiB and saves a fifth of the time.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

func (r *simRun) report(c sim.Campaign, found *sim.Findings) (*sim.Report, error) {
	return sim.NewReport(c, found, func(seed uint64) string {
		return r.worlds.replaying(append(r.worlds.given(), "--seed", fmt.Sprint(seed))...)
	})
}

// campaign runs the worlds that the log, if there is one, does not have, and
// returns what was found in all. Stopped says why not all were run.
func (r *simRun) campaign(ctx context.Context, s *streams, c sim.Campaign, log *sim.Log) (found *sim.Findings, stopped string, err error) {
	limited, cancel := withLimit(ctx, r.timeLimit)
	defer cancel()
	p := &campaignProgress{s: s, total: float64(c.To-c.From) + 1, began: time.Now()}
	var logged error
	c.Each = p.world
	if log != nil {
		p.total -= log.DoneWithin(c.From, c.To)
		c.Skip = log.Done
		c.Each = func(w sim.World) {
			p.world(w)
			if logged == nil {
				if logged = log.Add(w); logged != nil {
					cancel() // in vain if it cannot be taken down
				}
			}
		}
	}
	found, err = c.Run(limited)
	switch {
	case err != nil && errors.Is(err, limited.Err()):
		stopped, err = stoppedBy(ctx, r.timeLimit), nil
	case err == nil && found.Violations > 0 && !c.KeepGoing:
		stopped = "stopped by the first violation"
	}
	if log != nil {
		found.Add(log.Earlier())
		if err = cmp.Or(err, logged, log.Close()); logged != nil {
			stopped = "stopped because the log cannot be written"
		}
	}
	return found, stopped, err
}

// campaignProgress is what a terminal shows while a campaign is under way.
type campaignProgress struct {
	s      *streams
	total  float64
	done   int
	failed int
	began  time.Time
}

func (p *campaignProgress) world(w sim.World) {
	p.done++
	if w.Outcome.Violation != nil {
		p.failed++
	}
	p.s.progress(p.line(time.Since(p.began)))
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
	report.Shrunk = sim.NewShrunk(best, out, tries, r.worlds.replaying("--world", shellQuote(string(world))))
	return nil
}
