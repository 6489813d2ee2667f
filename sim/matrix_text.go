package sim

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the matrix as a table for people. Each bug has a line of
// figures and one that says what it is.
func (k *Kills) WriteText(w io.Writer) error {
	var b strings.Builder
	name := len("name")
	for i := range k.Rows {
		name = max(name, len(k.Rows[i].Name))
	}
	line := func(cells ...any) { fmt.Fprintf(&b, "%-4s %-*s  %7s  %6s  %5s  %s\n", cells...) }
	line("row", name, "name", "found", "median", "worst", "by oracle")
	for i := range k.Rows {
		r := &k.Rows[i]
		line(r.Row, name, r.Name, fmt.Sprintf("%d/%d", r.Found, r.Trials), orDash(r.Median), orDash(r.Worst), counts(r.Oracles))
		fmt.Fprintf(&b, "     %s\n", r.Doc)
	}
	fmt.Fprintf(&b, "\n%s: %d of %s found in each of %s of at most %s; %s in %s%s\n", k.Protocol, k.found(),
		count(len(k.Rows), "planted bug"), count(k.Trials, "trial"), count(k.MaxSeeds, "seed"),
		count(k.Worlds, "world"), seconds(k.Seconds), orNothing("; ", k.Stopped))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the kill matrix: %w", err)
	}
	return nil
}

// found counts the bugs that all trials found.
func (k *Kills) found() int {
	n := 0
	for i := range k.Rows {
		if k.Rows[i].Found == k.Trials {
			n++
		}
	}
	return n
}

func orDash(n int) string {
	if n == 0 {
		return "-"
	}
	return thousands(n)
}
