package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/sessions"
	"github.com/quorate/quorate/tester/results"
)

// linearizable is the consistency that is checked unless another is asked for.
const linearizable = "linearizable"

func consistencyHelp() string {
	var names []string
	for _, g := range sessions.All() {
		names = append(names, g.String())
	}
	return "`what` the history should be or keep: linearizable, or some of " + strings.Join(names, ", ") +
		", with commas between them; " + sessions.Session + " is all but the last. A process is a session"
}

// configSessions looks for flags that do not go together with a weaker consistency.
func (c *check) configSessions() error {
	if c.consistency == linearizable {
		return nil
	}
	if _, err := sessions.Parse(c.consistency); err != nil {
		return c.flags.usagef("--consistency %s: %w; or say %s", c.consistency, err, linearizable)
	}
	switch {
	case !slices.Contains([]string{"auto", "kv", "register", "cas-register"}, c.model):
		return c.flags.usagef("--consistency %s --model %s: it is known of registers only; say --model auto", c.consistency, c.model)
	case c.visualize != "":
		return c.flags.usagef("--consistency %s --visualize: a picture is drawn of what is not linearizable; leave it out", c.consistency)
	}
	return nil
}

// sessionsReport is what 'quorate check' prints of weaker guarantees.
type sessionsReport struct {
	name     string
	h        *history.History
	versions bool
	results  []sessions.Result
	took     time.Duration
}

// checkSessions judges what is weaker than linearizability.
func (c *check) checkSessions(ctx context.Context, s *streams, name string, h *history.History, initial any) error {
	want, err := sessions.Parse(c.consistency)
	if err != nil {
		return err
	}
	start := time.Now()
	s.progress(fmt.Sprintf("checking %d operations", len(h.Calls)))
	cfg := sessions.Config{TimeLimit: c.timeLimit, MaxSearchBytes: int64(c.memory), Initial: initial, Whole: c.keys == "whole"}
	report := &sessionsReport{name: name, h: h, versions: (c.model == "auto" || c.model == "kv") && checker.Versioned(h.Ops)}
	if report.versions {
		var ops []checker.Operation
		if ops, err = checker.FromHistory(h.Ops); err == nil {
			report.results, err = sessions.Check(ctx, ops, want, cfg)
		}
	} else {
		report.results, err = sessions.CheckHistory(ctx, h, want, cfg)
	}
	if err != nil {
		return c.flags.usagef("%s: %w", name, err)
	}
	s.clear()
	report.took = time.Since(start)
	if c.json {
		err = report.writeJSON(s.out)
	} else {
		err = report.writeText(s.out)
	}
	switch {
	case err != nil:
		return err
	case report.valid() == results.False:
		return &exitError{code: exitBad}
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("check: interrupted")}
	case report.valid() == results.Unknown:
		return &exitError{code: exitUnknown}
	}
	return nil
}

// valid merges the verdicts.
func (r *sessionsReport) valid() results.Valid {
	v := results.True
	for i := range r.results {
		v = v.Merge(results.Valid(r.results[i].Verdict))
	}
	return v
}

func (r *sessionsReport) writeText(w io.Writer) error {
	how := "by the writes that reads saw, each key by itself"
	if r.versions {
		how = "by the versions of the operations"
	}
	fmt.Fprintf(w, "%s: %s, %d events, %d operations of %d keys, %s\n\n", r.name, r.h.Format, len(r.h.Ops), len(r.h.Calls), r.results[0].Keys, how)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "guarantee\tverdict\treason")
	var broken []string
	for i := range r.results {
		g := &r.results[i]
		word := map[checker.Verdict]string{checker.OK: "kept", checker.Violation: "broken", checker.Unknown: "unknown"}[g.Verdict]
		if g.Verdict == checker.Violation {
			broken = append(broken, g.Guarantee.String())
		}
		fmt.Fprintf(t, "%v\t%s\t%s\n", g.Guarantee, word, cut(g.Reason, 100))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i := range r.results {
		for j := range r.results[i].Violations {
			r.writeViolation(w, r.results[i].Guarantee, &r.results[i].Violations[j])
		}
	}
	took := r.took.Round(time.Millisecond)
	var err error
	switch r.valid() {
	case results.True:
		_, err = fmt.Fprintf(w, "\nKept, in all that the clients saw (%v).\n", took)
	case results.False:
		_, err = fmt.Fprintf(w, "\nBroken: %s (%v).\n", strings.Join(broken, ", "), took)
	default:
		_, err = fmt.Fprintf(w, "\nUnknown, which is no pass (%v).\n", took)
	}
	return err
}

// writeViolation lists the few operations that show it.
func (r *sessionsReport) writeViolation(w io.Writer, g sessions.Guarantee, v *sessions.Violation) {
	key := ""
	if v.Key != "" {
		key = "key " + v.Key + ": "
	}
	fmt.Fprintf(w, "\n%v: %s%s\n", g, key, v.Text)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range v.Steps {
		end := "open"
		if c := r.h.Calls[s.At]; c.Complete >= 0 && r.h.Ops[c.Complete].Type == history.OK {
			end = fmt.Sprintf("to line %d", r.h.Lines[c.Complete])
		}
		fmt.Fprintf(t, "  line %d %s\tprocess %d\t%s\n", r.h.Lines[r.h.Calls[s.At].Invoke], end, s.Process, s.Text)
	}
	t.Flush()
}

type sessionsJSON struct {
	Schema     int             `json:"schema"`
	History    string          `json:"history"`
	Format     string          `json:"format"`
	Versions   bool            `json:"by_versions"`
	Valid      results.Valid   `json:"valid?"`
	Events     int             `json:"events"`
	Calls      int             `json:"operations"`
	Elapsed    time.Duration   `json:"elapsed_ns"`
	Guarantees []guaranteeJSON `json:"guarantees"`
}

type guaranteeJSON struct {
	Name       string          `json:"name"`
	About      string          `json:"about"`
	Valid      results.Valid   `json:"valid?"`
	Reason     string          `json:"reason,omitempty"`
	Keys       int             `json:"keys"`
	Judged     int             `json:"operations_judged"`
	Broken     int             `json:"times_broken"`
	Violations []violationJSON `json:"violations,omitempty"` // of the first
}

type violationJSON struct {
	Key   string     `json:"key,omitempty"`
	Text  string     `json:"text"`
	Steps []stepJSON `json:"operations"`
}

type stepJSON struct {
	Invoke   int    `json:"invoke_line"`
	Complete int    `json:"complete_line,omitempty"`
	Process  int    `json:"process"`
	Text     string `json:"text"`
}

func (r *sessionsReport) writeJSON(w io.Writer) error {
	out := sessionsJSON{Schema: 1, History: r.name, Format: r.h.Format, Versions: r.versions, Valid: r.valid(),
		Events: len(r.h.Ops), Calls: len(r.h.Calls), Elapsed: r.took}
	for i := range r.results {
		g := &r.results[i]
		one := guaranteeJSON{Name: g.Guarantee.String(), About: g.Guarantee.About(), Valid: results.Valid(g.Verdict),
			Reason: g.Reason, Keys: g.Keys, Judged: g.Judged, Broken: g.Broken}
		for _, v := range g.Violations {
			bad := violationJSON{Key: v.Key, Text: v.Text}
			for _, s := range v.Steps {
				c := r.h.Calls[s.At]
				step := stepJSON{Invoke: r.h.Lines[c.Invoke], Process: s.Process, Text: s.Text}
				if c.Complete >= 0 {
					step.Complete = r.h.Lines[c.Complete]
				}
				bad.Steps = append(bad.Steps, step)
			}
			one.Violations = append(one.Violations, bad)
		}
		out.Guarantees = append(out.Guarantees, one)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
