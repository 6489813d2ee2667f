package tester

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/tester/results"
)

// WriteText writes results for people.
func WriteText(w io.Writer, r *results.Results) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "test %s, %v\n", r.Test, r.Elapsed.Round(100*time.Millisecond))
	if r.Ended != "" {
		fmt.Fprintf(t, "it ended before its time: %s\n", r.Ended)
	}
	fmt.Fprint(t, "\noperations\tok\tfailed\tunknown\tp50\tp99\tlongest\n")
	for _, s := range r.Stats {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t%s\t%s\n", s.F, s.OK, s.Fail, s.Info, took(s.P50, s.OK), took(s.P99, s.OK), took(s.Max, s.OK))
	}
	if len(r.Faults) > 0 {
		fmt.Fprint(t, "\nfaults\ttimes\terrors\tactive\n")
	}
	for _, f := range r.Faults {
		fmt.Fprintf(t, "%s\t%d\t%d\t%v\n", f.Nemesis, f.Times, f.Errors, f.Active.Round(100*time.Millisecond))
	}
	fmt.Fprint(t, "\nchecks\tvalid?\t\n")
	for _, c := range r.Checks {
		fmt.Fprintf(t, "%s\t%v\t%s\n", c.Name, c.Valid, firstLine(c.Reason))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if r.Directory != "" {
		fmt.Fprintf(w, "\nall of it is in %s\n", r.Directory)
	}
	_, err := fmt.Fprintf(w, "\n%s\n", Words(r))
	return err
}

// Words says in a sentence what became of a test.
func Words(r *results.Results) string {
	switch r.Valid {
	case results.True:
		return "All is well: nothing that was seen breaks a promise."
	case results.False:
		return "A promise is broken! " + r.Reason
	}
	return "Nothing that was seen breaks a promise, but not all could be decided. " + r.Reason
}

func took(d time.Duration, of int) string {
	if of == 0 {
		return "-"
	}
	if d >= time.Second {
		return fmt.Sprintf("%.3g s", d.Seconds())
	}
	return fmt.Sprintf("%.3g ms", float64(d)/1e6)
}

// maxReason bounds how much of a reason a table shows, in bytes.
const maxReason = 200

func firstLine(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}
