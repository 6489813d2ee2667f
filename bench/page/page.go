package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/plot"
	"github.com/quorate/quorate/bench/sheet"
	"github.com/quorate/quorate/bench/study"
)

// Options are what a page tells beside the report.
type Options struct {
	// Title is the page's. Empty is "Benchmark of" and the cells.
	Title string
	// Command is the command line that made the report; empty if nobody knows.
	Command string
	// Figures are those of the page. Nil are those of [plot.Figures].
	Figures []*plot.Figure
	// Counterexamples and Histories name files in the directory of the page, for each
	// run by its index. What is no plain file name is left out.
	Counterexamples map[int][]string
	Histories       map[int][]string
}

//go:embed page.html
var source string

// Write writes the page.
func Write(w io.Writer, r *bench.Report, o Options) error {
	v, err := newView(r, o)
	if err != nil {
		return err
	}
	return sheet.Write(w, source, v)
}

// view is what the template shows.
type view struct {
	Title   string
	Verdict verdict
	Summary []string
	Table   plot.Table

	Yardsticks plot.Table

	Figures []figure
	Details []plot.Table
	Checks  []check // of which there is something to say
	Good    []check // the others
	Facts   [][2]string
	Limits  []string
	Command string
}

// figure is a drawing with its numbers.
type figure struct {
	*plot.Figure
	ID      string
	Drawing template.HTML
	Omitted int // rows
}

// maxRows is how many rows of numbers a figure has on the page.
const maxRows = 250

func newView(r *bench.Report, o Options) (*view, error) {
	all := study.Summarize(r)
	v := &view{Title: o.Title, Verdict: verdictOf(r), Summary: inWords(all), Table: comparison(r, all), Yardsticks: yardsticks(r), Facts: facts(r), Limits: limits(r), Command: o.Command}
	v.Checks, v.Good = checks(r, o)
	if v.Title == "" {
		v.Title = title(all)
	}
	figures := o.Figures
	if figures == nil {
		figures = plot.Figures(r)
	}
	for i, f := range figures {
		drawing, err := f.Inline()
		if err != nil {
			return nil, err
		}
		shown := *f
		omitted := max(0, len(f.Table.Rows)-maxRows)
		shown.Table.Rows = f.Table.Rows[:len(f.Table.Rows)-omitted]
		// The drawing is safe: plot escapes every text in it.
		v.Figures = append(v.Figures, figure{&shown, fmt.Sprintf("figure-%d", i+1), template.HTML(drawing), omitted})
	}
	return v, nil
}

// title names the cells, as many as fit.
func title(all []study.Summary) string {
	var names []string
	seen := map[string]bool{}
	for _, s := range all {
		if !seen[s.Cell] {
			seen[s.Cell] = true
			names = append(names, s.Cell)
		}
	}
	if len(names) > 4 {
		names = append(names[:4], fmt.Sprintf("%d others", len(names)-4))
	}
	return "Benchmark of " + list(names)
}

// list joins names as a sentence does.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// safe returns the names that are plain names of files.
func safe(names []string) []string {
	plain := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$`)
	var out []string
	for _, n := range names {
		if plain.MatchString(n) {
			out = append(out, n)
		}
	}
	return out
}
