package sim

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// ElectionReport is what an experiment with elections found.
type ElectionReport struct {
	Protocol      string  `json:"protocol"`
	Seed          uint64  `json:"seed"`  // of the first world
	Nodes         int     `json:"nodes"` // 0: 3, 5 or 7
	LatencyMillis float64 `json:"latency_ms"`
	Loss          float64 `json:"loss"`
	Worlds        int     `json:"worlds"`
	Events        int     `json:"events"`

	Elections  int `json:"elections"`
	Contended  int `json:"contended"`  // several members tried ballots
	Unforced   int `json:"unforced"`   // the leader had not been taken away
	Unfinished int `json:"unfinished"` // that had not ended after 5 s, when the faults did; not counted above

	Ballots          Spread `json:"ballots"` // tried by all members, until one that won had committed
	BallotsContended Spread `json:"ballots_contended"`
	Winner           Spread `json:"winner_ballots"` // of these, by the one that won
	Probes           Spread `json:"probes"`
	Millis           Spread `json:"time_ms"`
	// Counts are the elections by the number of their ballots.
	Counts []ElectionCount `json:"counts"`

	Violation     *Violation `json:"violation,omitempty"`
	ViolationSeed uint64     `json:"violation_seed,omitempty"`
}

// ElectionCount is how many elections took so many ballots.
type ElectionCount struct {
	Ballots   int `json:"ballots"`
	Elections int `json:"elections"`
}

// Spread is a distribution. P999 is the smallest value that 99.9 % do not exceed.
type Spread struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

func spreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	slices.Sort(values)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	at := func(permille int) float64 { return values[(len(values)*permille+999)/1000-1] }
	mean := float64(int(sum/float64(len(values))*1000+0.5)) / 1000
	return Spread{mean, at(500), at(900), at(990), at(999), values[len(values)-1]}
}

func millis(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}

// add takes the elections into the report.
func (r *ElectionReport) add(all []Election) {
	var ballots, contended, winner, probes, took []float64
	counts := map[int]int{}
	for _, e := range all {
		ballots = append(ballots, float64(e.Ballots))
		winner = append(winner, float64(e.Winner))
		probes = append(probes, float64(e.Probes))
		took = append(took, millis(e.Took))
		counts[e.Ballots]++
		if e.Stood > 1 {
			contended = append(contended, float64(e.Ballots))
		}
		if !e.Forced {
			r.Unforced++
		}
	}
	r.Elections, r.Contended = len(all), len(contended)
	r.Ballots, r.BallotsContended, r.Winner = spreadOf(ballots), spreadOf(contended), spreadOf(winner)
	r.Probes, r.Millis = spreadOf(probes), spreadOf(took)
	for n := 0; n <= int(r.Ballots.Max); n++ {
		if counts[n] > 0 {
			r.Counts = append(r.Counts, ElectionCount{n, counts[n]})
		}
	}
}

// Verdict returns nil if the elections can be believed: there were some, the
// protocol told of its ballots, and no world broke an oracle.
func (r *ElectionReport) Verdict() error {
	switch {
	case r.Violation != nil:
		return fmt.Errorf("the world of seed %d breaks %s: %s", r.ViolationSeed, r.Violation.Oracle, r.Violation.Text)
	case r.Elections > 0 && r.Ballots.Max == 0:
		return fmt.Errorf("protocol %s: %w", r.Protocol, ErrNoBallots)
	}
	return nil
}

// WriteText writes the report for people.
func (r *ElectionReport) WriteText(out io.Writer) error {
	var b strings.Builder
	nodes := "3, 5 or 7"
	if r.Nodes > 0 {
		nodes = fmt.Sprint(r.Nodes)
	}
	fmt.Fprintf(&b, "%s: %d elections in %d worlds of %s nodes, messages take %v to %v ms\n", r.Protocol, r.Elections, r.Worlds, nodes, r.LatencyMillis, r.LatencyMillis*1.5)
	fmt.Fprintf(&b, "in %d several members tried ballots; %d were not forced; %d did not end\n\n", r.Contended, r.Unforced, r.Unfinished)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tmean\tp50\tp90\tp99\tp99.9\tmax\t")
	for _, row := range []struct {
		name string
		Spread
	}{
		{"ballots tried", r.Ballots}, {"where several tried", r.BallotsContended}, {"by the winner", r.Winner}, {"probes", r.Probes}, {"ms to a commit", r.Millis},
	} {
		s := row.Spread
		fmt.Fprintf(t, "%s\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t%.4g\t\n", row.name, s.Mean, s.P50, s.P90, s.P99, s.P999, s.Max)
	}
	t.Flush() // into memory
	b.WriteString("\nballots  elections\n")
	for _, c := range r.Counts {
		fmt.Fprintf(&b, "%7d  %d\n", c.Ballots, c.Elections)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
