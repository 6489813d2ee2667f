package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/quorate/quorate/bench"
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

// keep writes the report as text and as JSON, and a picture of every
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
