package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/timeline"
)

// Extra is what a run keeps beside its results and its history. Its zero value is
// nothing.
type Extra struct {
	// Ledger has the calls that the operations were made of, with versions. Its clock is
	// that of the history. Nil if nobody recorded them.
	Ledger *checker.Recorder
	// Counterexamples are those that the check of the ledger found.
	Counterexamples []checker.Counterexample
	// Failures are keys of the history that failed another check.
	Failures []Failure
}

// Failure is a key whose history is not what it should be.
type Failure struct {
	// Key is the key, as the first element of the values of its operations.
	Key any
	// Text says what is wrong.
	Text string
	// Picture writes linear.html, a page that shows why; nil if there is none.
	Picture func(w io.Writer) error
}

// Finish writes all that is known once a test is over, the most precious first, sets
// the Directory of res, and says that the run has finished. An error says which files
// are saved all the same: those before a full disk, those before ctx ended.
func (r *Run) Finish(ctx context.Context, res *results.Results, ops []history.Op, x Extra) error {
	res.Directory = r.dir
	var errs []error
	for _, step := range r.steps(res, ops, x) {
		if ctx.Err() != nil {
			errs = append(errs, fmt.Errorf("not all is written: %w", context.Cause(ctx)))
			break
		}
		errs = append(errs, step())
	}
	errs = append(errs, r.finished())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("keep the run in %s (saved: %s): %w", r.dir, r.told(), err)
	}
	return nil
}

// steps are what Finish does.
func (r *Run) steps(res *results.Results, ops []history.Op, x Extra) []func() error {
	file := func(name string, write func(w io.Writer) error) func() error {
		return func() error { return r.Write(name, write) }
	}
	steps := []func() error{
		file("history.edn", func(w io.Writer) error { return history.WriteEDN(w, ops) }),
		file("results.json", func(w io.Writer) error { return writeJSON(w, res) }),
		func() error { return r.Describe(res.Config) },
		file("results.edn", func(w io.Writer) error { return writeResults(w, res) }),
	}
	if x.Ledger != nil {
		steps = append(steps, file("ledger.edn", func(w io.Writer) error {
			_, err := x.Ledger.WriteEDN(w, 0)
			return err
		}))
	}
	steps = append(steps,
		file("history.jsonl", func(w io.Writer) error { return history.WriteJSONL(w, ops) }),
		file("history.txt", func(w io.Writer) error { return writeText(w, ops) }),
	)
	var kept []keptKey
	steps = append(steps, r.keys(ops, x, &kept)...)
	var pictures []*picture
	for _, f := range timeline.Plots(ops) {
		one := &picture{Figure: f}
		pictures = append(pictures, one)
		steps = append(steps, file(f.Name+".png", one.draw))
	}
	return append(steps,
		file("timeline.html", func(w io.Writer) error { return timeline.Write(w, ops, timeline.Options{Title: res.Test}) }),
		file(resultsPage, func(w io.Writer) error {
			files, err := r.files()
			if err != nil {
				return err
			}
			p, err := resultPage(res, kept, pictures, files)
			if err != nil {
				return err
			}
			return p.write(w)
		}),
	)
}

// resultsPage is the page of a run.
const resultsPage = "results.html"

// files lists the run's own files, for its page.
func (r *Run) files() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, fmt.Errorf("list the files: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name()[0] != '.' && e.Name() != runningFile && e.Name() != resultsPage {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
