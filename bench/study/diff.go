package study

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/quorate/quorate/bench"
)

// Diff compares two reports: the cells that both have, at the same points.
type Diff struct {
	Both             []Pair
	OnlyOld, OnlyNew []string // names of cells
	// Settings says in what else the runs differ than in what they measured.
	Settings []string
}

// Pair is a cell of two reports.
type Pair struct{ Old, New Summary }

// NewDiff matches the cells of two reports by their names and points.
func NewDiff(older, newer *bench.Report) *Diff {
	d := &Diff{}
	matches := map[string]*Summary{}
	news := Summarize(newer)
	for i := range news {
		matches[identity(&news[i])] = &news[i]
	}
	settings := map[string][]string{}
	var order []string
	for _, o := range Summarize(older) {
		n := matches[identity(&o)]
		if n == nil {
			d.OnlyOld = append(d.OnlyOld, Name(o.Cell, o.Points))
			continue
		}
		delete(matches, identity(&o))
		d.Both = append(d.Both, Pair{o, *n})
		for _, s := range differing(o.first(), n.first()) {
			if settings[s] == nil {
				order = append(order, s)
			}
			settings[s] = append(settings[s], Name(o.Cell, o.Points))
		}
	}
	for i := range news {
		if matches[identity(&news[i])] == &news[i] {
			d.OnlyNew = append(d.OnlyNew, Name(news[i].Cell, news[i].Points))
		}
	}
	for _, s := range order {
		if len(settings[s]) < len(d.Both) {
			s += " (" + few(settings[s]) + ")"
		}
		d.Settings = append(d.Settings, s)
	}
	return d
}

// identity tells cells apart in whatever order their settings were swept.
func identity(s *Summary) string {
	words := key(s.Points)
	slices.Sort(words)
	return fmt.Sprintf("%q %s", s.Cell, strings.Join(words, " "))
}

func (s *Summary) first() *bench.Result { return &s.report.Runs[s.Runs[0]] }

// few names at most three.
func few(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

// measured are the fields of a result that are no settings.
func measured() []string {
	return []string{
		"cell", "points", "round", "key_prefix", "interrupted",
		"ops", "throughput", "latency_ms", "errors", "unknown", "linearizable", "linearizable_why",
		"read_ops", "read_latency_ms", "write_ops", "write_latency_ms",
		"cpu", "servers", "limited_by", "network", "memory", "series", "check", "regions", "execution",
		"conditions", "loaded", "distribution", "marks", "offered", "by_operation", "beyond", "processes", "scale",
	}
}

// differing names the settings in which two runs differ: "clients 4, now 8".
func differing(a, b *bench.Result) []string {
	x, y := settings(a), settings(b)
	var names []string
	for name := range x {
		names = append(names, name)
	}
	for name := range y {
		if _, both := x[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var lines []string
	for _, name := range names {
		if x[name] != y[name] {
			lines = append(lines, fmt.Sprintf("%s %s, now %s", name, shown(x[name]), shown(y[name])))
		}
	}
	return lines
}

// settings are the fields of a result that say how it was measured, as JSON.
func settings(r *bench.Result) map[string]string {
	data, err := json.Marshal(r)
	if err != nil {
		return nil // with numbers that JSON does not know, which none has that was read
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	all := map[string]string{}
	for name, value := range fields {
		if !slices.Contains(measured(), name) {
			all[name] = string(value)
		}
	}
	// What was offered is in part what was asked for.
	var offered map[string]json.RawMessage
	if json.Unmarshal(fields["offered"], &offered) == nil {
		for _, name := range []string{"loop", "pipeline", "think_ms", "ramp_from", "ramp_to", "cooldown_s", "arrivals", "asked_per_s", "backlog"} {
			if value, ok := offered[name]; ok {
				all["offered "+name] = string(value)
			}
		}
	}
	return all
}

func shown(value string) string {
	value = plain(strings.Trim(value, `"`))
	if r := []rune(value); len(r) > 60 {
		value = string(r[:60]) + "..."
	}
	if value == "" {
		return "none"
	}
	return value
}

// judged are the figures that a diff shows.
func judged() []Figure {
	all := Figures()
	return []Figure{all[0], all[2], all[4], all[5]}
}

// WriteText writes the diff for people, a table for each figure.
func (d *Diff) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, f := range judged() {
		d.writeFigure(&b, f)
	}
	list := func(what string, names []string) {
		for _, name := range names {
			fmt.Fprintf(&b, "  %s %s\n", what, name)
		}
	}
	if len(d.Both) == 0 {
		b.WriteString("  no cell is in both\n")
	}
	list("settings differ:", d.Settings)
	list("only in the old report:", d.OnlyOld)
	list("only in the new report:", d.OnlyNew)
	if n := d.few(); n > 0 {
		fmt.Fprintf(&b, "  few: of %d of %d cells there are too few runs to tell a difference from noise: %d of each are enough\n", n, len(d.Both), forTest())
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// few counts the pairs of which nothing can be told.
func (d *Diff) few() (n int) {
	for i := range d.Both {
		if !Compare(&d.Both[i].Old, &d.Both[i].New, Figures()[0]).Enough {
			n++
		}
	}
	return n
}

func (d *Diff) writeFigure(b *strings.Builder, f Figure) {
	t := tabwriter.NewWriter(b, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\told %s\t±\tnew\t±\tchange\tp\t\n", f.Name, f.Unit)
	lines := 0
	for i := range d.Both {
		p := &d.Both[i]
		older, newer := p.Old.Estimate(f), p.New.Estimate(f)
		if older.N == 0 || newer.N == 0 {
			continue
		}
		lines++
		diff := Compare(&p.Old, &p.New, f)
		change := "-"
		if diff.Ratio.N > 0 {
			change = fmt.Sprintf("%+.1f%%", 100*(diff.Ratio.Median-1))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", Name(p.Old.Cell, p.Old.Points), figure(older), orDash(spread(older)),
			figure(newer), orDash(spread(newer)), change, diff)
	}
	if lines > 0 {
		t.Flush() // into memory
		b.WriteByte('\n')
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Regressions names what got worse by more than a share, beyond noise, and says of how
// many cells and figures nothing can be said since there are too few runs.
func (d *Diff) Regressions(above float64) (worse []string, undecided int) {
	for i := range d.Both {
		p := &d.Both[i]
		for _, f := range judged() {
			diff := Compare(&p.Old, &p.New, f)
			if diff.Ratio.N == 0 {
				continue
			}
			change := diff.Ratio.Median - 1
			if f.Higher {
				change = -change
			}
			switch {
			case !diff.Enough:
				undecided++
			case diff.Significant() && change > above && !math.IsNaN(change):
				worse = append(worse, fmt.Sprintf("%s: %s %+.1f%% (p %s)", Name(p.Old.Cell, p.Old.Points), f.Name, 100*(diff.Ratio.Median-1), diff))
			}
		}
	}
	return worse, undecided
}
