package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/model"
	"github.com/quorate/quorate/bench/study"
	"github.com/quorate/quorate/sim"
)

// keeper writes a report into the directory of --out, or nowhere.
type keeper struct {
	dir    string
	failed error         // what went wrong with histories
	costs  *model.Params // of messages, to draw what a model predicts; nil draws it of simulated processors only
	from   string        // the file that has them
	// wrote holds the names of the files of a benchmark that this process ran: the
	// directory may have those of another one, of which its page must not speak. Nil
	// where the page is made of what lies there.
	wrote map[string]bool
}

// newKeeper creates the directory, and sees that files can be written there, among
// them those of these names, so that a run does not end in vain.
func newKeeper(dir string, names ...string) (*keeper, error) {
	k := &keeper{dir: dir}
	if dir == "" {
		return k, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("create the directory of --out: %w", err)
	}
	for _, name := range names {
		if found, err := os.Lstat(filepath.Join(dir, name)); err == nil && found.IsDir() {
			return nil, fmt.Errorf("keep the report of --out: %s is a directory: move it away", filepath.Join(dir, name))
		}
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return nil, fmt.Errorf("write into the directory of --out: %w", err)
	}
	_, err = probe.Write(make([]byte, 1<<16)) // which a full disk refuses
	if err := errors.Join(err, probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fmt.Errorf("write into the directory of --out: %w", err)
	}
	return k, nil
}

// save writes what programs read of a report, after every run: what is there stays
// whole, whatever happens during the next one.
func (k *keeper) save(report *bench.Report) error {
	if k.dir == "" {
		return nil
	}
	return errors.Join(
		k.write("results.json", func(w io.Writer) error { return bench.WriteJSON(w, report) }),
		k.write("results.csv", func(w io.Writer) error { return study.WriteCSV(w, report) }),
	)
}

// keep writes the report for people, its figures, and a picture of every
// counterexample. The runs have been saved.
func (k *keeper) keep(report *bench.Report) error {
	if k.dir == "" {
		return nil
	}
	errs := []error{k.write("results.txt", func(w io.Writer) error { return writeText(w, report) })}
	for i, run := range report.Runs {
		for j, c := range run.Counterexamples {
			errs = append(errs, k.write(violationName(run.Protocol, i, j), c.WriteHTML))
		}
	}
	errs = append(errs, k.keepPage(report), k.failed)
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

// write writes a file whole or not at all: one of that name that was there before stays
// until then.
func (k *keeper) write(name string, content func(io.Writer) error) error {
	path := filepath.Join(k.dir, name)
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("keep the report: %w", err)
	}
	if err := errors.Join(content(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("keep the report in %s: %w", path, err), os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(fmt.Errorf("keep the report: %w", err), os.Remove(f.Name()))
	}
	if k.wrote != nil {
		k.wrote[name] = true
	}
	return nil
}

// writeText writes the table of all runs and the details of each, or, of a study, how
// they compare.
func writeText(w io.Writer, report *bench.Report) error {
	if study.Is(report) {
		return study.WriteTable(w, report)
	}
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
