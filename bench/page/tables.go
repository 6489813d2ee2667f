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

// yardsticks is what the machine did bare.
func yardsticks(r *bench.Report) plot.Table {
	t := plot.Table{Header: []string{"yardstick", "at a time", "a second", "p50 ms", "p99 ms", "measured"}}
	for _, y := range r.Yardsticks {
		t.Rows = append(t.Rows, []string{y.Name, fmt.Sprint(y.Workers), thousands(y.PerSecond), figureOf(y.P50), figureOf(y.P99), fmt.Sprint(y.Measured)})
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
			return pick(run.Transport == "virtual" || run.Remote && run.Where != "processes", "", pick(run.Durable, "on disk", "in memory"))
		}},
		{"quorums", func(run *bench.Result) string { return run.Quorums }},
		{"policy", func(run *bench.Result) string { return run.Policy }},
		{"clients", clients},
		{"keys", keys},
		{"operations", operations},
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
		return "simulated, in virtual time" + over + world(run.World)
	case run.Where == "processes":
		return "members that are processes of the machine, reached by " + run.Transport + over + links(run.Connections)
	case run.Remote:
		return "a running cluster, reached by " + run.Transport + over + links(run.Connections)
	}
	return run.Transport + ", in one process" + over
}

func links(n int) string {
	return pick(n > 0, fmt.Sprintf(", %d connections to each member", n), "")
}

// world says what takes time beside the distances.
func world(w *bench.World) string {
	if w == nil {
		return ""
	}
	out := pick(w.Jitter > 0, fmt.Sprintf(", up to %g ms more for a message", w.Jitter), "") +
		pick(w.Sync > 0, fmt.Sprintf(", up to %g ms for a sync", w.Sync), "") +
		pick(w.Loss > 0, fmt.Sprintf(", %g %% of the messages lost", 100*w.Loss), "")
	if s := w.Service; s != nil {
		out += fmt.Sprintf("; a processor takes %g µs for a message in, %g out, %g for a copy, %g for a command, %g ns for a byte", s.In, s.Out, s.Copy, s.Command, s.Byte)
	}
	return out
}

// clients says how many there are, and when they call.
func clients(run *bench.Result) string {
	out := fmt.Sprint(run.Clients)
	if run.Sessions != run.Clients {
		out += fmt.Sprintf(" in %d sessions", run.Sessions)
	}
	o := run.Offered
	if o == nil {
		return out + ", each calls when its last call has returned"
	}
	switch {
	case o.Loop == "open":
		out += fmt.Sprintf(", open loop: %s arrivals, %g a second", o.Arrivals, o.Asked)
	case o.Pipeline > 1:
		out += fmt.Sprintf(", each with %d calls under way", o.Pipeline)
	}
	if o.RampFrom != nil && o.RampTo != nil {
		out += fmt.Sprintf(", from %g to %g", *o.RampFrom, *o.RampTo)
	}
	return out + pick(o.Think > 0, fmt.Sprintf(", %g ms between calls", o.Think), "")
}

func keys(run *bench.Result) string {
	switch {
	case run.Workload != nil:
		return fmt.Sprintf("%d, %s", run.Keys, run.Workload.Distribution)
	case run.Conflicts != nil:
		return fmt.Sprintf("%g %% of the operations on one key of all clients", 100**run.Conflicts)
	case run.Spread != nil:
		return fmt.Sprint(run.Keys) + run.Spread.String()
	}
	return fmt.Sprint(run.Keys)
}

func operations(run *bench.Result) string {
	if w := run.Workload; w != nil {
		return fmt.Sprintf("%s%s, %s, reads by %s", pick(w.Name != "", w.Name+": ", ""), w.Operations, w.Values, run.Read)
	}
	return fmt.Sprintf("%g %% writes of %d bytes, reads by %s", 100*run.WriteRatio, run.ValueSize, run.Read)
}

// limits say what kept runs from doing more, where it was not the servers, and what
// their figures are not.
func limits(r *bench.Report) []string {
	reasons := map[string]string{
		"disk":    "A journal waited for its disk nearly all the time: throughput is the disk's",
		"clients": "The clients had no more processors to use, or their calls began late: the figures are theirs, not those of the servers",
		"machine": "No processor of the machine was idle: compare the processor time of an operation rather than throughput",
		"others":  "Other processes of the machine kept its processors busy: throughput is less than it could be",
	}
	var out []string
	for _, limit := range []string{"clients", "disk", "machine", "others"} {
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
	var behind []string
	for i := range r.Runs {
		if o := r.Runs[i].Offered; o != nil && o.Sustained != nil && !*o.Sustained {
			behind = append(behind, name(r, i)+pick(o.Why != "", ": "+o.Why, ""))
		}
	}
	if len(behind) > 0 {
		out = append(out, fmt.Sprintf("The rate was not sustained: latencies are not those of that rate (%s).", strings.Join(first(behind, 6), "; ")))
	}
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Transport == "virtual" && (run.World == nil || run.World.Service == nil) {
			out = append(out, "In virtual time only the network takes time here, no processor does: throughput has no limit but the clients' waiting.")
			break
		}
	}
	return out
}
