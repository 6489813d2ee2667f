package study

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/quorate/quorate/bench"
)

// Is reports whether a report is a study's: whether runs were made in rounds, or at
// several points.
func Is(r *bench.Report) bool {
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Round > 0 || len(run.Points) > 0 {
			return true
		}
	}
	return false
}

// WriteTable writes a comparison for people: a line for each cell at each point, with
// what it differs by from the first cell at that point; if there is only one cell,
// from its first point. Below it says how that is meant, and what went wrong.
func WriteTable(w io.Writer, r *bench.Report) error {
	summaries := Summarize(r)
	t := newTable(summaries)
	for i := range summaries {
		s := &summaries[i]
		t.row(s, baseline(summaries, i))
	}
	if err := t.write(w); err != nil {
		return err
	}
	var b strings.Builder
	for _, line := range append(legend(summaries), notes(r)...) {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	if b.Len() == 0 {
		return nil
	}
	if _, err := io.WriteString(w, "\n"+b.String()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// baseline is what a summary is compared with, nil for those that others are
// compared with.
func baseline(all []Summary, i int) *Summary {
	single := true
	for j := range all {
		single = single && all[j].Cell == all[0].Cell
	}
	for j := range all[:i] {
		if single || same(all[j].Points, all[i].Points) {
			return &all[j]
		}
	}
	return nil
}

// same reports whether two runs were at the same points.
func same(a, b []bench.Point) bool { return fmt.Sprint(key(a)) == fmt.Sprint(key(b)) }

func key(points []bench.Point) []string {
	var words []string
	for _, p := range points {
		words = append(words, fmt.Sprintf("%q=%q", p.Name, p.Value))
	}
	return words
}

// table is a comparison in cells of text. Columns in which nothing stands are left out.
type table struct {
	axes  []string
	rows  [][]string
	equal bool // all have as many runs
}

func newTable(all []Summary) *table {
	t := &table{equal: true}
	for i := range all {
		t.equal = t.equal && len(all[i].Runs) == len(all[0].Runs)
		if len(all[i].Points) > len(t.axes) {
			t.axes = nil
			for _, p := range all[i].Points {
				t.axes = append(t.axes, plain(p.Name))
			}
		}
	}
	head := append(append([]string{}, t.axes...), "cell", "n", "ops/s", "±", "p50", "p99", "cpu us", "ratio", "95 %", "p", "cpu", "p")
	t.rows = [][]string{head}
	return t
}

func (t *table) row(s, base *Summary) {
	row := make([]string, len(t.axes))
	for i, p := range s.Points {
		if i < len(row) {
			row[i] = plain(p.Value)
		}
	}
	row = append(row, plain(s.Cell)+mark(s.Interrupted), t.runs(s), figure(s.Throughput), spread(s.Throughput),
		figure(s.P50), figure(s.P99), figure(s.CPU))
	row = append(row, compared(s, base)...)
	t.rows = append(t.rows, row)
}

// mark stands behind what was interrupted.
func mark(interrupted bool) string {
	if interrupted {
		return "!"
	}
	return ""
}

// runs is how many there were, where that differs.
func (t *table) runs(s *Summary) string {
	if t.equal {
		return ""
	}
	return strconv.Itoa(len(s.Runs))
}

// compared is the part of a row that tells of the difference from another.
func compared(s, base *Summary) []string {
	if base == nil {
		return make([]string, 5)
	}
	ops, us := Compare(base, s, Figures()[0]), Compare(base, s, Figures()[5])
	cells := []string{quotient(ops.Ratio), interval(ops.Ratio), ops.String(), quotient(us.Ratio), us.String()}
	if len(s.Runs) == 1 && len(base.Runs) == 1 { // nothing to say of how sure that is
		cells[1], cells[2], cells[4] = "", "", ""
	}
	if us.Ratio.N == 0 {
		cells[4] = ""
	}
	return cells
}

func quotient(e Estimate) string {
	if e.N == 0 {
		return ""
	}
	return strconv.FormatFloat(e.Median, 'f', 2, 64)
}

func interval(e Estimate) string {
	if e.N < 2 {
		return ""
	}
	return fmt.Sprintf("%.2f-%.2f", e.Low, e.High)
}

// spread is how far the interval goes from the median at most, in percent of it.
func spread(e Estimate) string {
	if e.N < 2 || e.Median == 0 {
		return ""
	}
	off := math.Max(e.High-e.Median, e.Median-e.Low) / math.Abs(e.Median) * 100
	if off < 10 {
		return fmt.Sprintf("%.1f%%", off)
	}
	return fmt.Sprintf("%.0f%%", off)
}

// figure prints a median with three digits that matter, and all that a great number has
// before the point.
func figure(e Estimate) string {
	x := e.Median
	switch {
	case e.N == 0:
		return ""
	case x == 0:
		return "0"
	case x < 10:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x < 100:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	s := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(s) - 3; i > 0 && i < len(s); i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (t *table) write(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	for _, row := range t.rows {
		for i, cell := range row {
			if t.used(i) {
				if cell == "" {
					cell = "-"
				}
				fmt.Fprint(out, cell, "\t")
			}
		}
		fmt.Fprintln(out)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// used reports whether anything stands in a column below its head.
func (t *table) used(column int) bool {
	for _, row := range t.rows[1:] {
		if row[column] != "" {
			return true
		}
	}
	return false
}
