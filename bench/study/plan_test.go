package study_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

func cells(names ...string) (all []bench.Config) {
	for _, name := range names {
		all = append(all, bench.Config{Protocol: "primary", Place: bench.Place{Cell: name}, Seed: 5})
	}
	return all
}

// Rounds go forwards and backwards by turns, and all cells of one ask for the same.
func TestRunsAreInterleaved(t *testing.T) {
	plan := &study.Plan{Cells: cells("a", "b", "c"), Rounds: 3}
	var got []string
	for _, c := range plan.Runs() {
		got = append(got, fmt.Sprintf("%s%d:%d", c.Place.Cell, c.Place.Round, c.Seed))
	}
	if want := "a1:5 b1:5 c1:5 c2:6 b2:6 a2:6 a3:7 b3:7 c3:7"; strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if one := (&study.Plan{Cells: cells("a")}).Runs(); len(one) != 1 || one[0].Place.Round != 0 {
		t.Errorf("a single run is round %d, want none", one[0].Place.Round)
	}
}

func TestPlanRefused(t *testing.T) {
	bad := cells("a", "b")
	bad[1].Clients = -1
	for want, plan := range map[string]*study.Plan{
		"nothing to measure":                         {},
		"-1 rounds":                                  {Cells: cells("a"), Rounds: -1},
		"a is in the plan twice":                     {Cells: cells("a", "a")},
		"b: bench: -1 clients":                       {Cells: bad},
		"2 cells in 501 rounds are 1002 runs":        {Cells: cells("a", "b"), Rounds: 501},
		"1 cells in 4611686018427387904 rounds are ": {Cells: cells("a"), Rounds: 1 << 62},
	} {
		if err := plan.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := (&study.Plan{Cells: cells("a", "b"), Rounds: 500}).Validate(); err != nil {
		t.Error(err)
	}
}

// fake is a run that takes as long as it is told to.
func fake(ctx context.Context, c bench.Config, progress func(bench.Progress)) (*bench.Report, error) {
	progress(bench.Progress{Phase: bench.Starting})
	time.Sleep(c.Duration)
	progress(bench.Progress{Phase: bench.Measuring})
	r := bench.NewReport()
	r.Runs = append(r.Runs, bench.Result{Place: c.Place, Interrupted: ctx.Err() != nil})
	return r, nil
}

func TestStudyRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := &study.Plan{Cells: cells("a", "b"), Rounds: 2}
		for i := range plan.Cells {
			plan.Cells[i].Warmup, plan.Cells[i].Duration = 5*time.Second, 10*time.Second // of which the runs take 10
		}
		var steps []string
		kept := 0
		report, err := plan.Run(t.Context(), study.Hooks{
			Do: fake,
			Watch: func(s study.Step) {
				steps = append(steps, fmt.Sprintf("%d/%d %s%d %s %.0f %.0f", s.Run, s.Of, s.Config.Place.Cell, s.Config.Place.Round, s.Progress.Phase, s.Elapsed.Seconds(), s.Left.Seconds()))
			},
			Keep: func(r *bench.Report) error {
				if kept++; len(r.Runs) != kept {
					t.Errorf("%d runs are kept after %d", len(r.Runs), kept)
				}
				return nil
			},
		})
		if err != nil || len(report.Runs) != 4 || kept != 4 {
			t.Fatalf("error %v, %d runs, kept %d times", err, len(report.Runs), kept)
		}
		want := []string{"1/4 a1 start 0 60", "1/4 a1 measure 10 50", "2/4 b1 start 10 30", "2/4 b1 measure 20 20", "3/4 b2 start 20 20", "3/4 b2 measure 30 10", "4/4 a2 start 30 10", "4/4 a2 measure 40 0"}
		for i := range want {
			if i >= len(steps) || steps[i] != want[i] {
				t.Errorf("step %d: got %q, want %q", i, steps[min(i, len(steps)-1)], want[i])
			}
		}
	})
}

// Whatever ends a study, what was measured until then comes back.
func TestStudyEnds(t *testing.T) {
	trouble := errors.New("trouble")
	for _, c := range []struct {
		name        string
		do          func(n int, interrupt func()) error // at the n-th run
		keep        error
		runs        int
		err         error
		interrupted bool
	}{
		{"a run fails", func(n int, _ func()) error { return map[bool]error{true: trouble}[n == 3] }, nil, 2, trouble, false},
		{"interrupted while it measures", func(n int, interrupt func()) error {
			if n == 2 {
				interrupt()
			}
			return nil
		}, nil, 2, nil, true},
		{"interrupted while it starts", func(n int, interrupt func()) error {
			if n == 2 {
				interrupt()
				return context.Canceled
			}
			return nil
		}, nil, 1, nil, false},
		{"it cannot be kept", func(int, func()) error { return nil }, trouble, 1, trouble, false},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		n := 0
		report, err := (&study.Plan{Cells: cells("a", "b"), Rounds: 2}).Run(ctx, study.Hooks{
			Do: func(ctx context.Context, cfg bench.Config, p func(bench.Progress)) (*bench.Report, error) {
				n++
				if err := c.do(n, interrupt); err != nil {
					return nil, err
				}
				return fake(ctx, cfg, p)
			},
			Keep: func(*bench.Report) error { return c.keep },
		})
		interrupt()
		if len(report.Runs) != c.runs || !errors.Is(err, c.err) || report.Runs[len(report.Runs)-1].Interrupted != c.interrupted {
			t.Errorf("%s: error %v, runs %+v", c.name, err, report.Runs)
		}
		if c.name == "a run fails" && !strings.Contains(err.Error(), "run 3 of 4, b: trouble") {
			t.Errorf("the error does not say which: %v", err)
		}
	}
}
