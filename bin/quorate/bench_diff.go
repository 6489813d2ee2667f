package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

func benchDiffCommand() command {
	return command{
		name:     "bench diff",
		synopsis: "compare two saved reports",
		operands: "old.json new.json",
		about: `Compares what two reports measured, cell by cell and point by point: the medians of
their runs, by how much they changed, and whether that is more than noise, by the test
of Mann and Whitney. The reports are results.json of --out, or what --json printed. It
says which cells are in one of them only, and in which settings the runs differ.

To tell a difference from noise takes at least 4 runs of each (--repeat 4). Runs of two
reports were made one after the other, so what else the machine did is in the difference:
where both versions can be had at once, measure them in one study.`,
		examples: []example{
			{"quorate bench diff old/results.json new/results.json", "what changed, and whether that is more than noise"},
			{"quorate bench diff --fail-above 5% old/results.json new/results.json", "the same as a gate: exit code 1 if anything got worse by more than that"},
		},
		exits: []exitMeaning{
			{exitGood, "compared; with --fail-above: nothing got worse by more than that"},
			{exitBad, "with --fail-above: something got worse by more than that, beyond noise"},
			{exitUnknown, "with --fail-above: there are too few runs to tell, or the reports have no cell in common"},
			{exitUsage, "a flag makes no sense, or a file is no report of this or an earlier version"},
			{exitTool, "a file cannot be read"},
		},
		setup: func(f *flags) action {
			d := &benchDiff{above: -1}
			f.group("gate")
			f.Var((*percent)(&d.above), "fail-above", "exit with 1 if throughput, p50, p99 or processor time got worse by more than so many `per cent`, beyond noise")
			return d.run
		},
	}
}

// benchDiff is the command's flags.
type benchDiff struct{ above float64 }

func (d *benchDiff) run(_ context.Context, s *streams, args []string) error {
	if len(args) != 2 {
		return usagef("bench diff: want two reports, an old one and a new one, got %d files", len(args))
	}
	older, err := readReport("bench diff", args[0])
	if err != nil {
		return err
	}
	newer, err := readReport("bench diff", args[1])
	if err != nil {
		return err
	}
	diff := study.NewDiff(older, newer)
	if err := diff.WriteText(s.out); err != nil {
		return err
	}
	if d.above < 0 {
		return nil
	}
	worse, undecided := diff.Regressions(d.above)
	switch {
	case len(worse) > 0:
		return &exitError{exitBad, fmt.Errorf("bench diff: worse by more than %g%%: %s", 100*d.above, strings.Join(worse, "; "))}
	case undecided > 0 || len(diff.Both) == 0:
		return &exitError{exitUnknown, fmt.Errorf("bench diff: whether anything got worse cannot be told: too few runs, or no cell in common")}
	}
	return nil
}

func readReport(command, path string) (*bench.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	report, err := bench.Read(f)
	if err != nil {
		if _, environment := errors.AsType[*os.PathError](err); environment {
			return nil, err
		}
		return nil, usagef("%s: %s: %w", command, path, err)
	}
	return report, nil
}

// percent is a share that is written in per cent, with the sign or without.
type percent float64

func (p *percent) Type() string { return "percent" }

func (p *percent) String() string {
	if *p < 0 {
		return ""
	}
	return fmt.Sprintf("%g%%", 100*float64(*p))
}

func (p *percent) Set(text string) error {
	x, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(x >= 0) || math.IsInf(x, 0) {
		return fmt.Errorf("want per cent, 0 or more, such as 5%%")
	}
	*p = percent(x / 100)
	return nil
}
