package study

import (
	"cmp"
	"fmt"

	"github.com/quorate/quorate/bench"
)

// Summary is what all rounds of a cell at one point came to.
type Summary struct {
	Cell   string
	Points []bench.Point
	Runs   []int // indices of the report's

	Throughput Estimate // operations a second
	// Latencies in milliseconds.
	Mean, P50, P95, P99 Estimate
	// CPU is that of clients and servers, as far as it was measured, in microseconds
	// an operation; without measurements if it was not.
	CPU Estimate
}

// Summarize sums the runs of a report up, in the order in which cells and points
// first appear. Runs that no study placed are each a cell of their own.
func Summarize(r *bench.Report) []Summary {
	var order []Summary
	at := map[string]int{}
	for i := range r.Runs {
		run := &r.Runs[i]
		cell := cmp.Or(run.Cell, r.Label(i))
		key := fmt.Sprintf("%q", cell)
		for _, p := range run.Points {
			key += fmt.Sprintf(" %q=%q", p.Name, p.Value)
		}
		j, seen := at[key]
		if !seen {
			j = len(order)
			at[key] = j
			order = append(order, Summary{Cell: cell, Points: run.Points})
		}
		order[j].Runs = append(order[j].Runs, i)
	}
	for i := range order {
		order[i].estimate(r)
	}
	return order
}

func (s *Summary) estimate(r *bench.Report) {
	of := func(figure func(*bench.Result) (float64, bool)) Estimate {
		var xs []float64
		for _, i := range s.Runs {
			if x, ok := figure(&r.Runs[i]); ok {
				xs = append(xs, x)
			}
		}
		return EstimateOf(xs)
	}
	always := func(figure func(*bench.Result) float64) Estimate {
		return of(func(run *bench.Result) (float64, bool) { return figure(run), true })
	}
	s.Throughput = always(func(run *bench.Result) float64 { return run.Throughput })
	s.Mean = always(func(run *bench.Result) float64 { return run.Latency.Mean })
	s.P50 = always(func(run *bench.Result) float64 { return run.Latency.P50 })
	s.P95 = always(func(run *bench.Result) float64 { return run.Latency.P95 })
	s.P99 = always(func(run *bench.Result) float64 { return run.Latency.P99 })
	s.CPU = of(cpu)
}

// cpu is the processor time of an operation, false where it was not measured.
func cpu(run *bench.Result) (us float64, ok bool) {
	if run.CPU != nil {
		us, ok = run.CPU.Microseconds, true
	}
	if run.Servers != nil {
		us += run.Servers.Microseconds
		ok = ok && run.Servers.Told == run.Servers.Members
	}
	return us, ok
}
