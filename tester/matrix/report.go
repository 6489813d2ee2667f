package matrix

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/results"
)

// Report is the matrix.
type Report struct {
	Schema  int           `json:"schema"`
	Valid   results.Valid `json:"valid?"`
	First   time.Time     `json:"first"`
	Last    time.Time     `json:"last"`
	Version []string      `json:"versions"`
	Totals
	Protocols []Protocol `json:"protocols"`
	Cells     []Tally    `json:"cells"` // that were tested
	Untested  int        `json:"untested"`
	Skipped   []Skip     `json:"skipped,omitempty"`
	Other     int        `json:"other_tests"` // in this store, of other programs or with other settings
	rows      []string
	columns   []string
	able      map[string]bool // rows and columns that have a cell
	kinds     families
}

// Protocol is what became of the tests of a protocol.
type Protocol struct {
	Name string `json:"protocol"`
	Totals
}

// Load reports what a store remembers, of all programs and settings together.
func Load(root string) (*Report, error) {
	m, err := load(root)
	if err != nil {
		return nil, err
	}
	return reportOf(m.Editions, nil, nil), nil
}

// reportOf merges editions. cells are those that there are; those that were tested are
// among them in any case.
func reportOf(editions []*edition, cells []Cell, skipped []Skip) *Report {
	r := &Report{Schema: schema, Skipped: skipped, able: map[string]bool{}, kinds: families{inject.Kinds()}}
	merged := &edition{}
	for _, e := range editions {
		if len(e.Cells) == 0 {
			continue
		}
		if !slices.Contains(r.Version, e.Version) {
			r.Version = append(r.Version, e.Version)
		}
		if r.First.IsZero() || e.First.Before(r.First) {
			r.First = e.First
		}
		if e.Last.After(r.Last) {
			r.Last = e.Last
		}
		for _, t := range e.Cells {
			merged.add(t.Cell, t.Totals, nil)
			i := slices.IndexFunc(merged.Cells, func(o *Tally) bool { return o.Cell == t.Cell })
			merged.Cells[i].Failures = append(merged.Cells[i].Failures, t.Failures...)
		}
	}
	tested := map[Cell]bool{}
	for _, t := range merged.Cells {
		tested[t.Cell] = true
		r.add(t.Totals)
		r.Cells = append(r.Cells, *t)
		i := slices.IndexFunc(r.Protocols, func(p Protocol) bool { return p.Name == t.Protocol })
		if i < 0 {
			i, r.Protocols = len(r.Protocols), append(r.Protocols, Protocol{Name: t.Protocol})
		}
		r.Protocols[i].add(t.Totals)
	}
	slices.SortFunc(r.Protocols, func(a, b Protocol) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(r.Cells, func(a, b Tally) int { return cmp.Compare(a.String(), b.String()) })
	r.Valid = r.Totals.Valid()
	for _, c := range cells {
		if !tested[c] {
			r.Untested++
		}
	}
	r.draw(cells)
	return r
}

// draw lays the rows and columns out.
func (r *Report) draw(cells []Cell) {
	for _, t := range r.Cells {
		cells = append(cells, t.Cell)
	}
	var rows []string
	columns := map[string]bool{}
	for _, c := range cells {
		row, column := c.row(), r.kinds.of(c.Nemesis)
		rows, columns[column], r.able[row+" "+column] = append(rows, row), true, true
	}
	slices.Sort(rows)
	r.rows = slices.Compact(rows)
	for _, n := range Nemeses() { // in their order, and then those of several
		if columns[n] {
			r.columns = append(r.columns, n)
		}
		delete(columns, n)
	}
	r.columns = append(r.columns, slices.Sorted(maps.Keys(columns))...)
}

// WriteText writes it for people: rows of protocols and workloads, columns of families of
// nemeses, and in each place how many tests were valid, and how many not.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	r.matrix(&b)
	r.totals(&b)
	r.failures(&b)
	if len(r.Skipped) > 0 {
		b.WriteString("\nnot tested\n")
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, s := range r.Skipped {
			fmt.Fprintf(t, "%s\t%d cells: %s\n", s.What, s.Cells, s.Reason)
		}
		_ = t.Flush() // into memory
	}
	fmt.Fprintf(&b, "\n%s\n", r.words())
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) matrix(b *strings.Builder) {
	at := map[string]*Totals{}
	for _, t := range r.Cells {
		place := t.row() + " " + r.kinds.of(t.Nemesis)
		if at[place] == nil {
			at[place] = &Totals{}
		}
		at[place].add(t.Totals)
	}
	width, high := 0, 0
	for _, row := range r.rows {
		width = max(width, len(row))
	}
	for _, column := range r.columns {
		high = max(high, len(column))
	}
	lines := make([]string, high, high+len(r.rows))
	for i := range lines { // names go down
		for _, column := range r.columns {
			letter := " "
			if k := i - high + len(column); k >= 0 {
				letter = column[k : k+1]
			}
			lines[i] += "     " + letter
		}
	}
	for i := range lines {
		lines[i] = strings.TrimRight(strings.Repeat(" ", width)+lines[i], " ")
	}
	for _, row := range r.rows {
		line := fmt.Sprintf("%-*s", width, row)
		for _, column := range r.columns {
			line += fmt.Sprintf(" %5s", r.place(at[row+" "+column], row+" "+column))
		}
		lines = append(lines, line)
	}
	b.WriteString(strings.Join(lines, "\n"))
	b.WriteString("\n\nvalid tests; X: and so many that found a violation; ?: so many that are unknown; .: none yet; -: cannot be tested\n")
}

// place says what became of the tests in one place of the matrix.
func (r *Report) place(t *Totals, name string) string {
	switch {
	case t == nil && r.able[name]:
		return "."
	case t == nil:
		return "-"
	}
	text := ""
	if t.True > 0 {
		text = fmt.Sprint(t.True)
	}
	if t.False > 0 {
		text += fmt.Sprintf("X%d", t.False)
	}
	if t.Unknown > 0 {
		text += fmt.Sprintf("?%d", t.Unknown)
	}
	return text
}

func (r *Report) totals(b *strings.Builder) {
	b.WriteString("\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "protocol\ttests\tvalid\tinvalid\tunknown\toperations ok\tfailed\tunknown\tfaults\tof which did not work\ttime")
	for _, p := range append(slices.Clone(r.Protocols), Protocol{"all", r.Totals}) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%v\n", p.Name, p.Tests, p.True, p.False, p.Unknown, p.OK, p.Fail, p.Info, p.Faults, p.Errors, p.Elapsed.Round(time.Second))
	}
	_ = t.Flush() // into memory
}

// maxReason bounds how much of a reason is shown, in bytes.
const maxReason = 300

func (r *Report) failures(b *strings.Builder) {
	for _, valid := range []results.Valid{results.False, results.Unknown} {
		for _, t := range r.Cells {
			for _, f := range t.Failures {
				if f.Valid != valid {
					continue
				}
				reason, _, _ := strings.Cut(f.Reason, "\n")
				if len(reason) > maxReason {
					reason = strings.ToValidUTF8(reason[:maxReason], "") + "…"
				}
				mark := map[results.Valid]string{results.False: "X", results.Unknown: "?"}[valid]
				fmt.Fprintf(b, "\n%s %s, seed %d: %s\n", mark, f.Test, f.Seed, reason)
				if f.Directory != "" {
					fmt.Fprintf(b, "  %s\n", f.Directory)
				}
			}
		}
	}
}

// words say in a sentence or two what became of it all.
func (r *Report) words() string {
	text := fmt.Sprintf("All %d tests are well: nothing that was seen breaks a promise.", r.Tests)
	switch {
	case r.Tests == 0:
		text = "Nothing was tested."
	case r.False > 0:
		text = fmt.Sprintf("A promise is broken! %d of %d tests found that.", r.False, r.Tests)
	case r.Unknown > 0:
		text = fmt.Sprintf("Nothing that was seen breaks a promise, but %d of %d tests could not be decided.", r.Unknown, r.Tests)
	}
	if r.Untested > 0 {
		text += fmt.Sprintf(" %d combinations are still to be tested.", r.Untested)
	}
	if r.Other > 0 {
		text += fmt.Sprintf(" %d tests in this store were of other programs, or had other settings: --report shows all.", r.Other)
	}
	return text
}
