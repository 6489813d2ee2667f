package bench

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WriteTable writes the runs as a table for people, a line each.
func WriteTable(w io.Writer, r *Report) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "protocol\tnodes\tnet\tclients\tops/s\tmean ms\tp50\tp95\tp99\tp99.9\tmax\terr\tunkn\tlinear\t")
	for i := range r.Runs {
		writeRow(t, r.Label(i), &r.Runs[i])
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	if err := writeRegions(w, r); err != nil {
		return err
	}
	return writeYardsticks(w, r)
}

func writeRow(w io.Writer, label string, r *Result) {
	l := r.Latency
	fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t\n", label, r.shape(), r.net(), r.Clients,
		thousands(r.Throughput), ms(l.Mean), ms(l.P50), ms(l.P95), ms(l.P99), ms(l.P999), ms(l.Max),
		r.Errors, r.Unknown, r.Linearizable)
}

// net is how clients reach the members, and that they are processes.
func (r *Result) net() string {
	if r.Where == whereProcesses {
		return "proc/" + r.Transport
	}
	return r.Transport
}

// shape is "3", or "5x3" for five zones of three.
func (r *Result) shape() string {
	if r.Zones > 1 {
		return fmt.Sprintf("%dx%d", r.Zones, r.Nodes/r.Zones)
	}
	return strconv.Itoa(r.Nodes)
}

// WriteDetails writes all that people may want to know of one run, in lines
// of at most 80 columns, as far as words allow.
func WriteDetails(w io.Writer, r *Result) error {
	var b strings.Builder
	where := "nodes on " + r.Transport + when(r.Durable, " and disk")
	switch {
	case r.Transport == viaSimulation:
		where = "nodes in virtual time"
	case r.Where == whereProcesses:
		where = "processes reached by " + r.Transport + when(r.Durable, ", journals on disk")
	case r.Remote:
		where = "running nodes reached by " + r.Transport
	}
	where += when(r.WAN != "", " over "+r.WAN) + when(r.Quorums != "", ", quorums "+r.Quorums) + when(r.Policy != "", ", policy "+r.Policy)
	fmt.Fprintf(&b, "%s, %s %s, %d client%s", r.Protocol, r.shape(), where, r.Clients, when(r.Clients != 1, "s"))
	if r.Sessions != r.Clients {
		fmt.Fprintf(&b, " in %d sessions", r.Sessions)
	}
	fmt.Fprintf(&b, ": %s ops/s\n", thousands(r.Throughput))
	r.writeWorkload(&b)
	fmt.Fprintf(&b, "  measured  %d operations in %gs after %gs of warm-up; %d errors, %d unknown%s\n",
		r.Operations, r.Duration, r.Warmup, r.Errors, r.Unknown, when(r.Interrupted, "; interrupted"))
	r.Offered.write(&b)
	writeLatency(&b, "reads", r.Reads, r.ReadLatency)
	writeLatency(&b, "writes", r.Writes, r.WriteLatency)
	r.Beyond.write(&b, r.Latency)
	if r.Transport == viaSimulation {
		r.writeWorld(&b)
	} else {
		r.writeMachine(&b)
	}
	fmt.Fprintf(&b, "  history   %s\n", r.verdict())
	if r.Check != nil {
		for _, f := range r.Check.Failures {
			fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(f, "\n", "\n    "))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the details: %w", err)
	}
	return nil
}

// writeWorkload tells what the clients asked for.
func (r *Result) writeWorkload(b *strings.Builder) {
	keys := fmt.Sprintf("%d keys", r.Keys)
	if w := r.Workload; w != nil {
		fmt.Fprintf(b, "  workload  %s%s, %s, %s, %s, reads by %s, seed %d\n",
			when(w.Name != "", w.Name+": "), keys, w.Distribution, w.Operations, w.Values, r.Read, r.Seed)
	} else {
		if r.Conflicts != nil {
			keys = fmt.Sprintf("%g%% on one key", round(100**r.Conflicts, 2))
		}
		if r.Spread != nil {
			keys += r.Spread.String()
		}
		fmt.Fprintf(b, "  workload  %s, %g%% writes, %d-byte values, reads by %s, seed %d\n",
			keys, round(100*r.WriteRatio, 2), r.ValueSize, r.Read, r.Seed)
	}
	if c := r.Conditions; c != nil {
		fmt.Fprintf(b, "  refused   %.3g%% of %d writes at a version: the key had another one\n", 100*ratio(float64(c.Failed), float64(c.Writes)), c.Writes)
	}
	if l := r.Loaded; l != nil && (r.Workload != nil || l.Missing > 0) {
		fmt.Fprintf(b, "  loaded    %d keys in %gs%s\n", l.Keys, l.Seconds, when(l.Missing > 0, fmt.Sprintf("; %d could not be written in time", l.Missing)))
	}
}

func writeLatency(b *strings.Builder, name string, n uint64, l Latency) {
	if n > 0 {
		fmt.Fprintf(b, "  %-8s  mean %s ms, p50 %s, p95 %s, p99 %s, p99.9 %s, max %s\n",
			name, ms(l.Mean), ms(l.P50), ms(l.P95), ms(l.P99), ms(l.P999), ms(l.Max))
	}
}

// writeWorld tells of a run in virtual time, where nothing of the machine counts.
func (r *Result) writeWorld(b *strings.Builder) {
	if n := r.Network; n != nil {
		fmt.Fprintf(b, "  network   %g messages an operation between members\n", n.Messages)
	}
	r.Execution.write(b)
}

func (r *Result) writeMachine(b *strings.Builder) {
	if c := r.CPU; c != nil {
		fmt.Fprintf(b, "  cpu       %g us an operation, %g of %d cores, %s", c.Microseconds, c.Cores, r.GOMAXPROCS, c.Scope)
		if c.Elsewhere != nil {
			fmt.Fprintf(b, "; %g busy elsewhere", *c.Elsewhere)
		}
		b.WriteByte('\n')
	}
	r.writeServers(b)
	for i := range r.Processes {
		if len(r.Processes) > 1 || r.Processes[i].WriteCalls != nil {
			r.Processes[i].write(b)
		}
	}
	r.writeLimit(b)
	if r.Scale != nil {
		r.Scale.write(b)
	}
	if r.Execution != nil {
		r.Execution.write(b)
	}
	if n := r.Network; n != nil {
		fmt.Fprintf(b, "  network   %g messages, %g bytes an operation, %d dropped\n", n.Messages, n.Bytes, n.Dropped)
	}
	fmt.Fprintf(b, "  memory    heap %s to %s, history %s, peak %s", size(r.Memory.HeapBegin), size(r.Memory.HeapEnd),
		size(uint64(r.Memory.History)), size(r.Memory.Peak))
	if s := r.Memory.Slope; s != nil {
		fmt.Fprintf(b, ", slope %+g%% a minute", *s)
	}
	b.WriteByte('\n')
}

// writeServers tells what the servers did that run elsewhere.
func (r *Result) writeServers(b *strings.Builder) {
	s := r.Servers
	switch {
	case s == nil:
		return
	case s.Told == 0:
		fmt.Fprintf(b, "  servers   what they use is unknown: %s\n", s.Why)
	default:
		fmt.Fprintf(b, "  servers   %g us an operation, %g cores, memory %s", s.Microseconds, s.Cores, size(s.Memory))
		if r.CPU != nil && s.Told == s.Members {
			fmt.Fprintf(b, "; %.2f us with the clients", s.Microseconds+r.CPU.Microseconds)
		}
		fmt.Fprintf(b, "\n  journals  %g commits an operation, %g ms each\n", s.Commits, s.CommitMillis)
		if s.Told < s.Members {
			fmt.Fprintf(b, "            of %d of %d members: %s\n", s.Told, s.Members, s.Why)
		}
	}
}

func (r *Result) verdict() string {
	switch {
	case r.Linearizable == "ok" && r.Check != nil:
		stale := when(r.Check.Stale > 0, fmt.Sprintf("; %d stale reads returned only what was written", r.Check.Stale))
		return fmt.Sprintf("linearizable: %d operations on %d keys, checked in %gs%s",
			r.Check.Done-r.Check.Stale, r.Check.Keys, r.Check.Seconds, stale)
	case r.Linearizable == "violation":
		return "NOT linearizable: " + r.Why
	}
	return "unknown whether linearizable: " + r.Why
}

func when(cond bool, s string) string {
	if cond {
		return s
	}
	return ""
}

// ms prints milliseconds with three digits that matter.
func ms(x float64) string {
	switch {
	case x == 0:
		return "-"
	case x < 10:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x < 100:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

// thousands prints a number without fraction, in groups of three digits.
func thousands(x float64) string {
	s := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size prints bytes in MiB.
func size(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
