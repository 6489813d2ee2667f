package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/plot"
	"github.com/quorate/quorate/sim"
)

// keeper writes a report into the directory of --out, or nowhere.
type keeper struct{ dir string }

// newKeeper creates the directory, so that a run does not end in vain.
func newKeeper(dir string) (*keeper, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, fmt.Errorf("create the directory of --out: %w", err)
		}
	}
	return &keeper{dir}, nil
}

// keep writes the report as text and as JSON, its figures, and a picture of every
// counterexample.
func (k *keeper) keep(report *bench.Report) error {
	if k.dir == "" {
		return nil
	}
	errs := []error{
		k.write("report.txt", func(w io.Writer) error { return writeText(w, report) }),
		k.write("report.json", func(w io.Writer) error { return bench.WriteJSON(w, report) }),
	}
	for _, run := range report.Runs {
		for i, c := range run.Counterexamples {
			name := fmt.Sprintf("violation-%s-%d.html", run.Protocol, i+1)
			errs = append(errs, k.write(name, c.WriteHTML))
		}
	}
	for _, f := range plot.Figures(report) {
		for _, format := range plot.Formats() {
			errs = append(errs, k.write(f.Name+"."+format, func(w io.Writer) error { return f.Write(w, format) }))
		}
	}
	return errors.Join(errs...)
}

// keepCampaign writes the report of a campaign, and the evidence of its first
// violation and of the small world that was made of it.
func (k *keeper) keepCampaign(ctx context.Context, subject sim.Subject, found *sim.Findings, report *sim.Report) error {
	if k.dir == "" {
		return nil
	}
	errs := []error{
		k.write("report.txt", report.WriteText),
		k.write("report.json", func(w io.Writer) error { return sim.WriteJSON(w, report) }),
	}
	if len(found.Failed) > 0 {
		errs = append(errs, k.keepWorld(ctx, fmt.Sprintf("seed-%d", found.Failed[0].Seed), subject, found.Failed[0].Spec, report.Failures[0].Replay))
	}
	if report.Shrunk != nil {
		errs = append(errs, k.keepWorld(ctx, "shrunk", subject, report.Shrunk.World, report.Shrunk.Replay))
	}
	return errors.Join(errs...)
}

// keepWorld runs a world once more, and writes all there is to know of it.
func (k *keeper) keepWorld(ctx context.Context, name string, subject sim.Subject, spec sim.Spec, command string) error {
	r, err := record(context.WithoutCancel(ctx), subject, spec, command)
	if err != nil {
		return err
	}
	errs := []error{
		k.write(name+".json", func(w io.Writer) error { return sim.WriteJSON(w, spec) }),
		k.write(name+".trace.txt", r.writeText),
		k.write(name+".trace.html", r.writeHTML),
		k.write(name+".history.txt", r.writeHistory),
	}
	for i := range r.out.Counterexamples {
		errs = append(errs, k.write(fmt.Sprintf("%s.violation-%d.html", name, i+1), r.out.Counterexamples[i].WriteHTML))
	}
	return errors.Join(errs...)
}

func (k *keeper) write(name string, content func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(k.dir, name))
	if err != nil {
		return fmt.Errorf("keep the report: %w", err)
	}
	if err := errors.Join(content(f), f.Close()); err != nil {
		return fmt.Errorf("keep the report in %s: %w", f.Name(), err)
	}
	return nil
}

// writeText writes the table of all runs and the details of each.
func writeText(w io.Writer, report *bench.Report) error {
	if err := bench.WriteTable(w, report); err != nil {
		return err
	}
	for i := range report.Runs {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := bench.WriteDetails(w, &report.Runs[i]); err != nil {
			return err
		}
	}
	return nil
}
