package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/checker/models"
	"github.com/quorate/quorate/tester/results"
)

// checkReport is what 'quorate check' prints.
type checkReport struct {
	name    string
	h       *history.History
	r       *models.Result
	limit   time.Duration
	memory  byteSize
	picture string
}

// writeText writes a table for people, and the verdict in a sentence.
func (c *checkReport) writeText(w io.Writer) error {
	r := c.r
	faults := 0
	for i := range c.h.Ops {
		if c.h.Ops[i].Process == history.Nemesis {
			faults++
		}
	}
	fmt.Fprintf(w, "%s: %s, %d events, %d of them of the nemesis\n", c.name, c.h.Format, len(c.h.Ops), faults)
	fmt.Fprintf(w, "%d operations: %d ok, %d fail, %d info, %d without an end\n", len(c.h.Calls), r.OK, r.Fail, r.Info, r.Open)
	keys := "one object"
	switch {
	case r.Versions:
		keys = "by the versions of the operations, each key by itself"
	case r.Split:
		keys = "each key by itself"
	case r.Keys > 1:
		keys = "what transactions tie together, together"
	}
	fmt.Fprintf(w, "model %s, %s\n\n", r.Model, keys)
	if err := c.writeTable(w); err != nil {
		return err
	}
	for i := range r.Objects {
		if x := r.Objects[i].Example; x != nil {
			fmt.Fprintf(w, "%v\n", x)
		}
	}
	if c.picture != "" {
		fmt.Fprintf(w, "The picture is in %s.\n\n", c.picture)
	}
	_, err := fmt.Fprintln(w, c.sentence())
	return err
}

// writeTable lists the keys that are not well, and some that are.
func (c *checkReport) writeTable(w io.Writer) error {
	const most = 20
	r := c.r
	good := r.Keys - r.Failed - r.Undecided
	if r.Keys > 1 || r.Versions {
		fmt.Fprintf(w, "%d keys: %d linearizable, %d not, %d unknown\n\n", r.Keys, good, r.Failed, r.Undecided)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	listed := 0
	for _, v := range []checker.Verdict{checker.Violation, checker.Unknown} {
		for i := range r.Objects {
			o := &r.Objects[i]
			if o.Verdict != v || r.Keys == 1 {
				continue
			}
			if listed++; listed == 1 {
				fmt.Fprintln(t, "key\toperations\topen\tverdict\treason")
			}
			if listed <= most {
				fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\n", cut(o.Key, 40), o.Operations, o.Open, verdictWord(v), cut(o.Reason, 100))
			}
		}
	}
	if err := t.Flush(); err != nil || listed == 0 {
		return err
	}
	if listed > most {
		fmt.Fprintf(w, "and %d more; --json lists all\n", listed-most)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// cut shortens a text to so many characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func verdictWord(v checker.Verdict) string {
	switch v {
	case checker.OK:
		return "linearizable"
	case checker.Violation:
		return "not linearizable"
	}
	return "unknown"
}

// sentence is the last line.
func (c *checkReport) sentence() string {
	took := c.r.Elapsed.Round(time.Millisecond)
	switch c.r.Verdict {
	case checker.OK:
		return fmt.Sprintf("Linearizable: some order of the operations explains all that the clients saw (%v).", took)
	case checker.Violation:
		return fmt.Sprintf("Not linearizable: %s (%v).", strings.Replace(c.r.Reason, " are not linearizable", "", 1), took)
	}
	hint := ""
	switch {
	case strings.Contains(c.r.Reason, "time"):
		hint = fmt.Sprintf("; the limit was %v (--time-limit)", c.limit)
	case strings.Contains(c.r.Reason, "memory"):
		hint = fmt.Sprintf("; the limit was %v for all that are searched at a time (--memory, --workers)", c.memory)
	}
	return fmt.Sprintf("Unknown, which is no pass: %s%s (%v).", c.r.Reason, hint, took)
}

// checkJSON is the report for programs.
type checkJSON struct {
	Schema   int           `json:"schema"`
	History  string        `json:"history"`
	Format   string        `json:"format"`
	Model    string        `json:"model"`
	Split    bool          `json:"independent_keys"`
	Versions bool          `json:"by_versions"`
	Valid    results.Valid `json:"valid?"`
	Reason   string        `json:"reason,omitempty"`
	Events   int           `json:"events"`
	Calls    int           `json:"operations"`
	OK       int           `json:"ok"`
	Fail     int           `json:"fail"`
	Info     int           `json:"info"`
	Open     int           `json:"open"`
	Keys     int           `json:"keys"`
	Failed   int           `json:"keys_invalid"`
	Unknown  int           `json:"keys_unknown"`
	Elapsed  time.Duration `json:"elapsed_ns"`
	Objects  []checkObject `json:"verdicts"` // of each key; with versions, of those that fail
}

type checkObject struct {
	Key        string            `json:"key"`
	Operations int               `json:"operations"`
	Open       int               `json:"open"`
	Valid      results.Valid     `json:"valid?"`
	Reason     string            `json:"reason,omitempty"`
	Minimal    []json.RawMessage `json:"minimal_history,omitempty"`
}

func (c *checkReport) writeJSON(w io.Writer) error {
	r := c.r
	out := checkJSON{Schema: 1, History: c.name, Format: c.h.Format, Model: r.Model, Split: r.Split, Versions: r.Versions,
		Valid: results.Valid(r.Verdict), Reason: r.Reason, Events: len(c.h.Ops), Calls: len(c.h.Calls),
		OK: r.OK, Fail: r.Fail, Info: r.Info, Open: r.Open, Keys: r.Keys, Failed: r.Failed, Unknown: r.Undecided,
		Elapsed: r.Elapsed, Objects: []checkObject{}}
	for i := range r.Objects {
		o := &r.Objects[i]
		object := checkObject{Key: o.Key, Operations: o.Operations, Open: o.Open, Valid: results.Valid(o.Verdict), Reason: o.Reason}
		if o.Example != nil {
			var lines strings.Builder
			if err := history.WriteJSONL(&lines, o.Example.Events()); err != nil {
				return err
			}
			for line := range strings.Lines(lines.String()) {
				object.Minimal = append(object.Minimal, json.RawMessage(strings.TrimSpace(line)))
			}
		}
		out.Objects = append(out.Objects, object)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
