package plot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

// runs is a report in the order in which figures need it.
type runs struct {
	report *bench.Report
	all    []study.Summary
	cells  []string
	swept  []setting
	styles map[string]int // of the names of lines: the same in all figures
}

// setting is what was swept.
type setting struct {
	name   string
	values []bench.Point // those that differ, in their order
}

// maxLines is how many lines a figure has at most: nobody tells more apart.
const maxLines = 12

func newRuns(r *bench.Report) *runs {
	all := &runs{report: r, all: study.Summarize(r), styles: map[string]int{}}
	for _, s := range all.all {
		if !slices.Contains(all.cells, s.Cell) {
			all.cells = append(all.cells, s.Cell)
			all.style(s.Cell)
		}
		for _, p := range s.Points {
			all.add(p)
		}
	}
	all.swept = slices.DeleteFunc(all.swept, func(s setting) bool { return len(s.values) < 2 })
	return all
}

func (r *runs) add(p bench.Point) {
	i := slices.IndexFunc(r.swept, func(s setting) bool { return s.name == p.Name })
	if i < 0 {
		i = len(r.swept)
		r.swept = append(r.swept, setting{name: p.Name})
	}
	if s := &r.swept[i]; !slices.ContainsFunc(s.values, func(v bench.Point) bool { return v.Value == p.Value }) {
		s.values = append(s.values, p)
	}
}

func (r *runs) style(name string) int {
	if _, known := r.styles[name]; !known {
		r.styles[name] = len(r.styles)
	}
	return r.styles[name]
}

// isLoad says whether a setting is how much the clients ask for, which figures of
// other settings have no axis for.
func isLoad(name string) bool { return slices.Contains([]string{"clients", "rate", "pipeline"}, name) }

// load returns the first swept setting that is a load, nil if there is none.
func (r *runs) load() *setting {
	for i := range r.swept {
		if isLoad(r.swept[i].name) {
			return &r.swept[i]
		}
	}
	return nil
}

// numeric says whether all values have a place on an axis of numbers.
func (s *setting) numeric() bool {
	return !slices.ContainsFunc(s.values, func(p bench.Point) bool { return p.Number == nil })
}

func valueOf(s *study.Summary, name string) string {
	for _, p := range s.Points {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// number is where a summary lies on a setting's axis: words lie at 0, 1, 2.
func (s *setting) number(of *study.Summary) (float64, bool) {
	value, numeric := valueOf(of, s.name), s.numeric()
	for i, p := range s.values {
		if p.Value == value && numeric {
			return *p.Number, true
		} else if p.Value == value {
			return float64(i), true
		}
	}
	return 0, false
}

// group is the summaries of one line.
type group struct {
	name    string
	members []*study.Summary
}

// groups divides the summaries by cell and by all swept settings but some.
func (r *runs) groups(but ...string) (groups []group, dropped int) {
	for i := range r.all {
		s := &r.all[i]
		name := s.Cell
		for _, set := range r.swept {
			if v := valueOf(s, set.name); v != "" && !slices.Contains(but, set.name) {
				name += fmt.Sprintf(", %s %s", words(set.name), v)
			}
		}
		j := slices.IndexFunc(groups, func(g group) bool { return g.name == name })
		if j < 0 {
			j = len(groups)
			groups = append(groups, group{name: name})
		}
		groups[j].members = append(groups[j].members, s)
	}
	dropped = max(0, len(groups)-maxLines)
	return groups[:len(groups)-dropped], dropped
}

// words is a setting's name in a sentence.
func words(name string) string { return strings.ReplaceAll(name, "-", " ") }

// last is one summary for each cell: at the last point of every sweep, where the load
// and all else is highest.
func (r *runs) last() (groups []group, where string) {
	for _, cell := range r.cells[:min(maxLines, len(r.cells))] {
		var s *study.Summary
		for i := range r.all {
			if r.all[i].Cell == cell {
				s = &r.all[i]
			}
		}
		groups = append(groups, group{cell, []*study.Summary{s}})
	}
	var at []string
	for _, s := range r.swept {
		at = append(at, fmt.Sprintf("%s %s", words(s.name), s.values[len(s.values)-1].Value))
	}
	if len(at) > 0 {
		where = " Of each sweep it is the last point: " + strings.Join(at, ", ") + "."
	}
	return groups, where
}

// typical returns the run of a summary whose throughput is the median.
func (r *runs) typical(s *study.Summary) *bench.Result {
	order := slices.Clone(s.Runs)
	slices.SortStableFunc(order, func(a, b int) int {
		return compare(r.report.Runs[a].Throughput, r.report.Runs[b].Throughput)
	})
	return &r.report.Runs[order[len(order)/2]]
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// rounds says how sure the numbers are.
func (r *runs) rounds() string {
	least, exact := len(r.report.Runs), true
	for _, s := range r.all {
		least, exact = min(least, len(s.Runs)), exact && s.Throughput.Exact
	}
	switch {
	case least < 2:
		return "One run a point: nothing here tells chance from difference."
	case !exact:
		return fmt.Sprintf("Medians of %d rounds; whiskers reach from the least to the greatest, since so few give no interval.", least)
	}
	return fmt.Sprintf("Medians of %d rounds; whiskers are intervals that cover the median with %.0f %% confidence.", least, 100*study.Confidence)
}

func omitted(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %d more lines are left out.", n)
}
