package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
	"github.com/quorate/quorate/internal/spelling"
)

// benchStudy is the flags of what is measured several times.
type benchStudy struct {
	repeat    int
	sweeps    []string
	benchstat bool
}

func (s *benchStudy) declare(f *flags) {
	s.repeat = 1
	f.IntVar(&s.repeat, "repeat", s.repeat, "`number` of rounds, in each of which everything is measured once, forwards and backwards by turns")
	f.StringArrayVar(&s.sweeps, "sweep", nil, "measure at several values of a `setting`: clients=1,2,4 or clients=1..64x2 or conflicts=0..1+0.25; of "+strings.Join(s.swept(), ", ")+"; each further one with a flag of its own, all values of one with all of the other")
}

func (s *benchStudy) declareReport(f *flags) {
	f.BoolVar(&s.benchstat, "benchstat", false, "print a line for each run in the format of Go's benchmarks, for benchstat")
}

// swept lists the flags that can be swept.
func (*benchStudy) swept() []string {
	return []string{"clients", "rate", "pipeline", "conflicts", "locality", "nodes", "keys", "value-size", "write-ratio", "batch", "policy", "transport"}
}

// axes reads the sweeps.
func (s *benchStudy) axes(f *flags) ([]study.Axis, error) {
	var axes []study.Axis
	for _, text := range s.sweeps {
		axis, err := study.ParseAxis(text)
		if err != nil {
			return nil, usagef("bench: --sweep %w", err)
		}
		if axis.Name = f.normal(axis.Name); axis.Name == "n" {
			axis.Name = "nodes"
		}
		if !slices.Contains(s.swept(), axis.Name) {
			return nil, usagef("bench: --sweep %s: that cannot be swept%s: want one of %s", axis.Name, spelling.Hint(axis.Name, s.swept(), ""), strings.Join(s.swept(), ", "))
		}
		if f.Changed(axis.Name) {
			return nil, usagef("bench: --%s with --sweep %s: either says what it is", axis.Name, axis.Name)
		}
		axes = append(axes, axis)
	}
	return axes, nil
}

// study turns the flags into a plan: each point of the sweeps is planned as if it had
// been asked for alone.
func (b *benchmark) study() (*study.Plan, error) {
	s := &b.studied
	if s.repeat < 1 || s.repeat > study.MaxRuns {
		return nil, usagef("bench: --repeat %d: want 1 to %d", s.repeat, study.MaxRuns)
	}
	axes, err := s.axes(b.flags)
	if err != nil {
		return nil, err
	}
	points, err := study.Points(axes)
	if err != nil {
		return nil, usagef("bench: --sweep: %w", err)
	}
	plan := &study.Plan{Rounds: s.repeat}
	for _, at := range points {
		for _, p := range at {
			if err := setFlag(b.flags, p.Name, p.Value); err != nil {
				return nil, usagef("bench: --sweep %s=%s: %w", p.Name, p.Value, err)
			}
		}
		cells, err := b.plan()
		if err != nil {
			return nil, whereabouts(study.Where(at), err)
		}
		label(cells, at, len(points)*s.repeat > 1)
		plan.Cells = append(plan.Cells, cells...)
	}
	if err := plan.Validate(); err != nil {
		return nil, usagef("bench: %w", err)
	}
	return plan, nil
}

// setFlag sets a flag as if it had been given, in place of what it was.
func setFlag(f *flags, name, value string) error {
	flag := f.Lookup(name)
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		flag.Changed = true
		return list.Replace([]string{value})
	}
	return f.Set(name, value)
}

// whereabouts adds to an error at which point of a sweep the flags made no sense.
func whereabouts(where string, err error) error {
	if where == "" {
		return err
	}
	return &exitError{exitCode(err), fmt.Errorf("%w (at %s)", err, where)}
}

// label tells the runs of a plan apart: by their protocol, and their policy if another
// has that protocol, too. Who runs a protocol twice compares it with itself.
func label(cells []bench.Config, at []bench.Point, several bool) {
	if len(cells) == 1 && !several {
		return
	}
	seen := map[string]int{}
	for i := range cells {
		c := &cells[i]
		name := cmp.Or(c.Place.Cell, c.Protocol)
		another := func(o bench.Config) bool { return o.Protocol == c.Protocol && o.Options.Policy != c.Options.Policy }
		if c.Place.Cell == "" && slices.ContainsFunc(cells, another) {
			name += " " + c.Options.Policy
		}
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, seen[name])
		}
		c.Place = bench.Place{Cell: name, Points: at}
	}
}

// measure makes the runs of a plan. What was measured is in the report, whatever the error.
func (b *benchmark) measure(ctx context.Context, s *streams, k *keeper, plan *study.Plan) (*bench.Report, error) {
	report, err := plan.Run(ctx, study.Hooks{
		Do: func(ctx context.Context, cfg bench.Config, progress func(bench.Progress)) (*bench.Report, error) {
			return bench.Run(ctx, k.recording(cfg), progress)
		},
		Watch: func(at study.Step) { s.progress(statusLine(at)) },
		Keep: func(r *bench.Report) error {
			r.Command = b.command
			return k.save(r)
		},
	})
	s.clear()
	return report, err
}
