package study

import (
	"fmt"

	"github.com/quorate/quorate/bench"
)

// Summary is what all rounds of a cell at one point came to.
type Summary struct {
	Cell   string
	Points []bench.Point
	Runs   []int // indices of the report's, without those that were interrupted
	// Interrupted is set if there are no others than one that was.
	Interrupted bool

	Throughput Estimate // operations a second
	// Latencies in milliseconds.
	Mean, P50, P95, P99 Estimate
	// CPU is that of clients and servers, as far as it was measured, in microseconds
	// an operation; without measurements if it was not.
	CPU Estimate

	report *bench.Report
}

// Summarize sums the runs of a report up, in the order in which cells and points
// first appear. Runs that no study placed are each a cell of their own. An interrupted
// run counts only where there is no other.
func Summarize(r *bench.Report) []Summary {
	var order []Summary
	at := map[string]int{}
	for i := range r.Runs {
		run := &r.Runs[i]
		cell := run.Cell
		if cell == "" {
			cell = r.Label(i)
		}
		key := fmt.Sprintf("%q", cell)
		for _, p := range run.Points {
			key += fmt.Sprintf(" %q=%q", p.Name, p.Value)
		}
		j, seen := at[key]
		if !seen {
			j = len(order)
			at[key] = j
			order = append(order, Summary{Cell: cell, Points: run.Points, report: r})
		}
		s := &order[j]
		switch {
		case run.Interrupted && len(s.Runs) > 0:
			continue
		case s.Interrupted && !run.Interrupted:
			s.Runs = nil
		}
		s.Runs, s.Interrupted = append(s.Runs, i), run.Interrupted
	}
	for i := range order {
		s := &order[i]
		for j, to := range []*Estimate{&s.Throughput, &s.Mean, &s.P50, &s.P95, &s.P99, &s.CPU} {
			*to = EstimateOf(s.values(Figures()[j]))
		}
	}
	return order
}

// values are what the runs measured.
func (s *Summary) values(f Figure) []float64 {
	var xs []float64
	for _, i := range s.Runs {
		if x, ok := f.Of(&s.report.Runs[i]); ok {
			xs = append(xs, x)
		}
	}
	return xs
}

// rounds are what the runs measured, by round.
func (s *Summary) rounds(f Figure) map[int]float64 {
	xs := map[int]float64{}
	for _, i := range s.Runs {
		if x, ok := f.Of(&s.report.Runs[i]); ok {
			xs[s.report.Runs[i].Round] = x
		}
	}
	return xs
}

// Estimate returns that of one of the [Figures].
func (s *Summary) Estimate(f Figure) Estimate { return EstimateOf(s.values(f)) }
