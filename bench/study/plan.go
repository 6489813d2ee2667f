package study

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/quorate/quorate/bench"
)

// Plan is what to measure: every cell, once in each round.
type Plan struct {
	// Cells are the configurations. Their Place says which cell, at which points;
	// rounds are counted here.
	Cells []bench.Config
	// Rounds is how often. Zero is once.
	Rounds int
}

// Validate refuses plans that are too long, and cells that cannot be told apart.
func (p *Plan) Validate() error {
	rounds := max(1, p.Rounds)
	switch {
	case p.Rounds < 0:
		return fmt.Errorf("%d rounds: want at least 1", p.Rounds)
	case len(p.Cells) == 0:
		return fmt.Errorf("there is nothing to measure")
	case rounds > MaxRuns || len(p.Cells)*rounds > MaxRuns:
		return fmt.Errorf("%d cells in %d rounds are %d runs: want at most %d", len(p.Cells), rounds, len(p.Cells)*rounds, MaxRuns)
	}
	seen := map[string]bool{}
	for i := range p.Cells {
		c := &p.Cells[i]
		name := Name(c.Place.Cell, c.Place.Points)
		if len(p.Cells) > 1 && seen[name] {
			return fmt.Errorf("%s is in the plan twice", name)
		}
		seen[name] = true
		if err := c.Validate(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// Runs returns the runs in their order: A B C, then C B A, and so on, so that what
// drifts meanwhile, a warmer processor or a fuller disk, favours no cell. All cells
// of a round have the same seed, and so ask for the same operations; the next round
// has the next seed.
func (p *Plan) Runs() []bench.Config {
	var runs []bench.Config
	for round := range max(1, p.Rounds) {
		cells := slices.Clone(p.Cells)
		if round%2 == 1 {
			slices.Reverse(cells)
		}
		for _, c := range cells {
			if p.Rounds > 1 {
				c.Place.Round = round + 1
			}
			c.Seed = max(1, c.Seed) + uint64(round)
			runs = append(runs, c)
		}
	}
	return runs
}

// Step is where a study stands.
type Step struct {
	Run, Of  int           // from 1 on
	Config   *bench.Config // of the run that is under way
	Progress bench.Progress
	Elapsed  time.Duration // since the study began
	Left     time.Duration // that it will take still, as long as it takes now
}

// Hooks are what a study calls. All but Do may be nil.
type Hooks struct {
	// Do makes a run: bench.Run.
	Do func(context.Context, bench.Config, func(bench.Progress)) (*bench.Report, error)
	// Watch is told of the progress, never concurrently.
	Watch func(Step)
	// Keep gets the report after every run, so that nothing is lost if the next one
	// takes the program down. Its error ends the study.
	Keep func(*bench.Report) error
}

// Run makes the runs, each with a cluster of its own on a heap without the garbage
// of the last one, and returns what was measured. That is so even with an error, which
// ends the study; if ctx ends it, that is none.
func (p *Plan) Run(ctx context.Context, h Hooks) (*bench.Report, error) {
	report := bench.NewReport()
	began := time.Now()
	runs := p.Runs()
	for i := range runs {
		if ctx.Err() != nil {
			break
		}
		debug.FreeOSMemory()
		c, started := runs[i], time.Now()
		one, err := h.Do(ctx, c, func(progress bench.Progress) {
			if h.Watch != nil {
				h.Watch(Step{
					Run: i + 1, Of: len(runs), Config: &c, Progress: progress,
					Elapsed: time.Since(began), Left: left(runs[i:], i, started.Sub(began), time.Since(started)),
				})
			}
		})
		switch {
		case err != nil && ctx.Err() != nil:
			return report, nil // it had not begun to measure
		case err != nil && len(runs) > 1:
			return report, fmt.Errorf("run %d of %d, %s: %w", i+1, len(runs), Name(c.Place.Cell, c.Place.Points), err)
		case err != nil:
			return report, err
		}
		report.Add(one)
		if h.Keep != nil {
			if err := h.Keep(report); err != nil {
				return report, err
			}
		}
	}
	return report, nil
}

// left estimates how long the runs will take, the first of which goes on for so long:
// as long as those before did, if there were any, else as long as they are meant to.
func left(runs []bench.Config, done int, took, running time.Duration) time.Duration {
	if done > 0 {
		return max(0, took/time.Duration(done)*time.Duration(len(runs))-running)
	}
	var sum time.Duration
	for i := range runs {
		c := runs[i].WithDefaults()
		sum += c.Warmup + c.Duration
	}
	return max(0, sum-running)
}
