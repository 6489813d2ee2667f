package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/models"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/workloads"
)

// ownFunctions are those of the workloads of 'quorate test' that no model is made for: their
// own checks judge them, whether the history is of a test or somebody else's.
func ownFunctions() map[string][]string {
	return map[string][]string{"bank": {"transfer", "read"}, "unique-ids": {"generate"}}
}

// ownModels are their names.
func ownModels() []string { return slices.Sorted(maps.Keys(ownFunctions())) }

// workload returns the workload whose own check is to judge a history: the one that was asked
// for; that of the test in whose directory the history is, unless a model was asked for; or
// the only one that has its functions. Empty is none.
func (c *check) workload(path string, h *history.History) (string, error) {
	own := ownFunctions()
	if c.consistency != linearizable {
		return "", nil
	}
	if functions, ok := own[c.model]; ok {
		if f, ok := strangeFunction(h, functions); ok {
			return "", c.flags.usagef("--model %s: the history has the function :%s, and a %s has %s", c.model, f, c.model, strings.Join(functions, ", "))
		}
		return c.model, c.alone(c.model)
	}
	if c.model != "auto" || c.flags.Changed("keys") || c.flags.Changed("initial") {
		return "", nil
	}
	if name := testedWorkload(path); name != "" {
		return name, c.alone(name)
	}
	for _, name := range ownModels() {
		if _, strange := strangeFunction(h, own[name]); !strange && len(h.Calls) > 0 && slices.ContainsFunc(h.Calls, func(c history.Call) bool { return h.Ops[c.Invoke].F == own[name][0] }) {
			return name, c.alone(name)
		}
	}
	return "", nil
}

// alone refuses what only a search has.
func (c *check) alone(workload string) error {
	if c.visualize != "" {
		return c.flags.usagef("--visualize: the own check of the workload %s draws nothing; name a --model for a search, or look at the test's timeline.html", workload)
	}
	return nil
}

// strangeFunction returns a function of the history that is not among those.
func strangeFunction(h *history.History, functions []string) (string, bool) {
	for _, c := range h.Calls {
		if f := h.Ops[c.Invoke].F; !slices.Contains(functions, f) {
			return f, true
		}
	}
	return "", false
}

// testedWorkload returns the workload of the test in whose directory a history is.
func testedWorkload(path string) string {
	if !strings.HasPrefix(filepath.Base(path), "history.") {
		return ""
	}
	cfg, err := tester.Again(filepath.Dir(path))
	if err != nil || !slices.ContainsFunc(workloads.Kinds(), func(k workloads.Kind) bool { return k.Name == cfg.Workload }) {
		return "" // it is none of ours
	}
	return cfg.Workload
}

// checkWorkload judges a history as the test did that it is of: by the own check of the
// workload, and, of a test's directory, by the versions of the calls below.
func (c *check) checkWorkload(ctx context.Context, s *streams, path string, h *history.History, name string, cfg models.Config, whole bool) error {
	began := time.Now()
	w, err := workloads.New(name, workloads.Config{})
	if err != nil {
		return err
	}
	s.progress(fmt.Sprintf("checking %d operations", len(h.Calls)))
	ops := slices.DeleteFunc(slices.Clone(h.Ops), func(op history.Op) bool { return op.Process == history.Nemesis })
	limited, cancel := context.WithTimeout(ctx, c.timeLimit)
	defer cancel()
	r := results.Results{Stats: results.Count(ops)}
	r.Checks = append([]results.Check{results.Seen(r.Stats)}, w.Check(limited, ops)...)
	if whole {
		calls, err := c.ledger(limited, filepath.Join(filepath.Dir(path), "ledger.edn"), cfg)
		if err != nil {
			return err
		}
		r.Checks = append(r.Checks, calls...)
	}
	r.Judge()
	r.Elapsed = time.Since(began)
	s.clear()
	report := workloadReport{
		Schema: 1, History: path, Format: h.Format, Workload: name, Valid: r.Valid, Reason: r.Reason,
		Events: len(h.Ops), Calls: len(h.Calls), Checks: r.Checks, Elapsed: r.Elapsed,
	}
	if err := report.write(s.out, c.json, &r); err != nil {
		return err
	}
	return testVerdict(ctx, r.Valid)
}

// ledger checks the calls that operations were made of, if they were kept.
func (c *check) ledger(ctx context.Context, path string, cfg models.Config) ([]results.Check, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	defer f.Close()
	h, err := c.parse(path, f)
	if err != nil {
		return nil, err
	}
	cfg.Model = "kv"
	r, err := models.Check(ctx, h, cfg)
	if err != nil {
		return nil, c.flags.usagef("%s: %w", path, err)
	}
	return []results.Check{{Name: "linearizable", Valid: results.Valid(r.Verdict), Reason: r.Reason}}, nil
}

// workloadReport is what is printed of such a check.
type workloadReport struct {
	Schema   int             `json:"schema"`
	History  string          `json:"history"`
	Format   string          `json:"format"`
	Workload string          `json:"workload"`
	Valid    results.Valid   `json:"valid?"`
	Reason   string          `json:"reason,omitempty"`
	Events   int             `json:"events"`
	Calls    int             `json:"operations"`
	Checks   []results.Check `json:"checks"`
	Elapsed  time.Duration   `json:"elapsed_ns"`
}

func (p *workloadReport) write(w io.Writer, asJSON bool, r *results.Results) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(p)
	}
	fmt.Fprintf(w, "%s: %s, %d events, %d operations\n", p.History, p.Format, p.Events, p.Calls)
	fmt.Fprintf(w, "by the own checks of the workload %s\n\n", p.Workload)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "checks\tvalid?\t")
	for _, c := range p.Checks {
		fmt.Fprintf(t, "%s\t%v\t%s\n", c.Name, c.Valid, cut(c.Reason, 200))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s (%v)\n", tester.Words(r), p.Elapsed.Round(time.Millisecond))
	return err
}
