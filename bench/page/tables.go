package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/plot"
	"github.com/quorate/quorate/bench/study"
)

// comparison has a row for each cell at each point.
func comparison(r *bench.Report, all []study.Summary) plot.Table {
	t := plot.Table{Header: []string{"", "rounds", "op/s", "mean ms", "p50", "p95", "p99", "CPU µs/op", "errors", "unknown", "linearizable"}}
	for i := range all {
		s := &all[i]
		var errors, unknown uint64
		verdicts := []string{}
		for _, j := range s.Runs {
			run := &r.Runs[j]
			errors, unknown = errors+run.Errors, unknown+run.Unknown
			if !slices.Contains(verdicts, run.Linearizable) {
				verdicts = append(verdicts, run.Linearizable)
			}
		}
		cpu := "–"
		if s.CPU.N > 0 {
			cpu = interval(s.CPU)
		}
		t.Rows = append(t.Rows, []string{at(s.Cell, s.Points), fmt.Sprint(len(s.Runs)), interval(s.Throughput), interval(s.Mean), interval(s.P50), interval(s.P95),
			interval(s.P99), cpu, thousands(float64(errors)), thousands(float64(unknown)), strings.Join(verdicts, ", ")})
	}
	return t
}

// interval is an estimate: its median, and how far its interval reaches.
func interval(e study.Estimate) string {
	if reach := max(e.High-e.Median, e.Median-e.Low); e.N > 1 && e.Median > 0 && reach >= 0.005*e.Median {
		return fmt.Sprintf("%s ± %.0f %%", figureOf(e.Median), 100*reach/e.Median)
	}
	return figureOf(e.Median)
}

// check is what was found of a run's history.
type check struct {
	Name     string
	Class    string
	Text     string
	Failures []string
	Pages    []string // counterexamples
	Files    []string // histories
}

// maxChecks bounds the runs that the page tells apart.
const maxChecks = 200

// checks has an entry for each run, apart for those of which there is no more to say
// than that all is well.
func checks(r *bench.Report, o Options) (all, good []check) {
	for i := range r.Runs {
		run := &r.Runs[i]
		c := check{Name: name(r, i), Class: "good", Text: "linearizable", Pages: safe(o.Counterexamples[i]), Files: safe(o.Histories[i])}
		switch run.Linearizable {
		case "ok":
			if run.Check != nil {
				c.Text = fmt.Sprintf("linearizable: %s operations on %s keys", thousands(float64(run.Check.Done)), thousands(float64(run.Check.Keys)))
			}
		case "violation":
			c.Class, c.Text = "bad", "not linearizable: "+run.Why
		default:
			c.Class, c.Text = "open", "unknown: "+run.Why
		}
		if run.Check != nil {
			c.Failures = run.Check.Failures
		}
		plain := c.Class == "good" && len(c.Pages)+len(c.Files)+len(c.Failures) == 0
		switch {
		case len(all)+len(good) >= maxChecks:
		case plain:
			good = append(good, c)
		default:
			all = append(all, c)
		}
	}
	return all, good
}

// facts are the settings of the runs and their machine, each once where all agree.
func facts(r *bench.Report) [][2]string {
	settings := []struct {
		name string
		of   func(run *bench.Result) string
	}{
		{"replicas", func(run *bench.Result) string {
			if run.Zones > 1 {
				return fmt.Sprintf("%d in %d zones", run.Nodes, run.Zones)
			}
			return fmt.Sprint(run.Nodes)
		}},
		{"network", network},
		{"journals", func(run *bench.Result) string {
			return pick(run.Transport == "virtual" || run.Remote, "", pick(run.Durable, "on disk", "in memory"))
		}},
		{"quorums", func(run *bench.Result) string { return run.Quorums }},
		{"policy", func(run *bench.Result) string { return run.Policy }},
		{"clients", func(run *bench.Result) string { return fmt.Sprintf("%d in %d sessions", run.Clients, run.Sessions) }},
		{"keys", keys},
		{"operations", func(run *bench.Result) string {
			return fmt.Sprintf("%g %% writes of %d bytes, reads by %s", 100*run.WriteRatio, run.ValueSize, run.Read)
		}},
		{"measured", func(run *bench.Result) string {
			return fmt.Sprintf("%g s after %g s of warm-up", run.Duration, run.Warmup) + pick(run.Interrupted, ", interrupted", "")
		}},
		{"seed", func(run *bench.Result) string { return fmt.Sprint(run.Seed) }},
		{"machine", func(run *bench.Result) string {
			return fmt.Sprintf("%s/%s, %d processors, %s", run.OS, run.Arch, run.GOMAXPROCS, run.Go)
		}},
	}
	var out [][2]string
	for _, s := range settings {
		var values []string
		for i := range r.Runs {
			if v := s.of(&r.Runs[i]); v != "" && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			out = append(out, [2]string{s.name, strings.Join(first(values, 12), "; ")})
		}
	}
	return out
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

func network(run *bench.Result) string {
	over := pick(run.WAN != "", " over the distances of "+run.WAN, "")
	switch {
	case run.Transport == "virtual":
		return "simulated, in virtual time" + over
	case run.Remote:
		return "a running cluster, reached by " + run.Transport
	}
	return run.Transport + ", in one process" + over
}

func keys(run *bench.Result) string {
	switch {
	case run.Conflicts != nil:
		return fmt.Sprintf("%g %% of the operations on one key of all clients", 100**run.Conflicts)
	case run.Spread != nil:
		return fmt.Sprint(run.Keys) + run.Spread.String()
	}
	return fmt.Sprint(run.Keys)
}

// limits say what kept runs from doing more, where it was not the servers, and what
// their figures are not.
func limits(r *bench.Report) []string {
	reasons := map[string]string{
		"clients": "The clients had no more processors to use: throughput is theirs, not that of the servers",
		"machine": "No processor of the machine was idle: compare the processor time of an operation rather than throughput",
		"others":  "Other processes of the machine kept its processors busy: throughput is less than it could be",
	}
	var out []string
	for _, limit := range []string{"clients", "machine", "others"} {
		var names []string
		for i := range r.Runs {
			if r.Runs[i].LimitedBy == limit {
				names = append(names, name(r, i))
			}
		}
		if len(names) > 0 {
			out = append(out, fmt.Sprintf("%s (%s).", reasons[limit], list(first(names, 6))))
		}
	}
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Transport == "virtual" {
			out = append(out, "Runs in virtual time take what the network takes; processors take none unless the settings say so, so throughput has no limit of theirs.")
			break
		}
	}
	return out
}
