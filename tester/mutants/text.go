package mutants

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/tester/results"
)

// Found returns how many trials found the bug.
func (p *Pair) Found() int {
	n := 0
	for _, t := range p.Trials {
		if t.Valid == results.False {
			n++
		}
	}
	return n
}

// Median is the median of the times until a call broke a promise, in the trials in which
// one did; false if none did.
func (p *Pair) Median() (time.Duration, bool) {
	var after []time.Duration
	for _, t := range p.Trials {
		if t.After > 0 {
			after = append(after, t.After)
		}
	}
	if len(after) == 0 {
		return 0, false
	}
	slices.Sort(after)
	return after[(len(after)-1)/2], true
}

// checks names the checks that found the bug.
func (p *Pair) checks() string {
	var names []string
	for _, t := range p.Trials {
		if t.Valid == results.False && !slices.Contains(names, t.Check) {
			names = append(names, t.Check)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Survivors returns the bugs that no trial found, in the order of the table.
func (t *Table) Survivors() []string {
	var names []string
	found := map[string]bool{}
	for i := range t.Pairs {
		p := &t.Pairs[i]
		found[p.Bug] = found[p.Bug] || p.Found() > 0
		if !slices.Contains(names, p.Bug) {
			names = append(names, p.Bug)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return found[name] })
}

// WriteText writes the table for people.
func (t *Table) WriteText(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s: bug\tnemesis\tfound\tmedian\tby\n", t.Protocol)
	for i := range t.Pairs {
		p := &t.Pairs[i]
		median := ""
		if m, ok := p.Median(); ok {
			median = fmt.Sprintf("%.1f s", m.Seconds())
		}
		fmt.Fprintf(table, "%s\t%s\t%d of %d\t%s\t%s\n", p.Bug, cmp.Or(p.Nemesis, "none"), p.Found(), len(p.Trials), median, p.checks())
	}
	return table.Flush()
}
