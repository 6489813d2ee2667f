package study

import (
	"fmt"

	"github.com/quorate/quorate/bench"
)

// legend says how the figures of a comparison are meant.
func legend(all []Summary) []string {
	if len(all) == 0 {
		return nil
	}
	least, most := len(all[0].Runs), len(all[0].Runs)
	for i := range all {
		least, most = min(least, len(all[i].Runs)), max(most, len(all[i].Runs))
	}
	if most < 2 {
		return nil
	}
	rounds := fmt.Sprintf("%d", least)
	if least < most {
		rounds = fmt.Sprintf("%d to %d", least, most)
	}
	lines := []string{"medians of " + rounds + " rounds, latencies in ms; ± and intervals hold the true median in 95 of 100 cases"}
	if !EstimateOf(make([]float64, least)).Exact {
		lines[0] = "medians of " + rounds + " rounds, latencies in ms; ± and intervals go from the least to the greatest:"
		lines = append(lines, fmt.Sprintf("fewer than %d rounds have no interval of 95 %%", forInterval()))
	}
	if compares := baseline(all, len(all)-1) != nil; compares {
		lines = append(lines, "ratio, cpu: to the first line of the same point (of one cell: to its first point), round by round;",
			"p: test of Mann and Whitney, noise unless below 0.05")
		if _, enough := Test(make([]float64, least), make([]float64, least)); !enough {
			lines = append(lines, fmt.Sprintf("few: fewer than %d rounds never tell a difference from noise", forTest()))
		}
	}
	return lines
}

// forInterval is how many measurements an interval takes.
func forInterval() int {
	n := 1
	for !EstimateOf(make([]float64, n)).Exact {
		n++
	}
	return n
}

// forTest is how many of each kind it takes to tell a difference.
func forTest() int {
	for n := 1; ; n++ {
		if _, enough := Test(make([]float64, n), make([]float64, n)); enough {
			return n
		}
	}
}

// maxNotes bounds what is told of runs that went wrong.
const maxNotes = 20

// notes tell of runs that a median hides.
func notes(r *bench.Report) []string {
	var lines []string
	for i := range r.Runs {
		run := &r.Runs[i]
		cell := run.Cell
		if cell == "" {
			cell = r.Label(i)
		}
		name := Name(cell, run.Points)
		if run.Round > 0 {
			name += fmt.Sprintf(", round %d", run.Round)
		}
		switch {
		case run.Linearizable == "violation":
			lines = append(lines, fmt.Sprintf("%s: NOT linearizable: %s", name, plain(run.Why)))
		case run.Linearizable == "unknown" && run.Check != nil:
			lines = append(lines, fmt.Sprintf("%s: unknown whether linearizable: %s", name, plain(run.Why)))
		}
		switch {
		case run.Interrupted:
			lines = append(lines, fmt.Sprintf("%s: interrupted after %gs, and left out unless there is no other", name, run.Duration))
		case run.Operations == 0:
			lines = append(lines, name+": no operation succeeded")
		}
		if run.Errors+run.Unknown > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d errors, %d unknown outcomes", name, run.Errors, run.Unknown))
		}
		if run.LimitedBy == "clients" {
			lines = append(lines, name+": limited by the clients, not by the servers")
		}
	}
	if n := len(lines); n > maxNotes {
		lines = append(lines[:maxNotes], fmt.Sprintf("and %d more such lines", n-maxNotes))
	}
	return lines
}
