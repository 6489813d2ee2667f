package sim

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// fewFailures is how many of the failing seeds a text lists.
const fewFailures = 20

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	r.writeSummary(&b)
	r.writeFailures(&b)
	if r.Shrunk != nil {
		r.writeShrunk(&b)
	}
	if r.Unrepeatable {
		fmt.Fprintf(&b, "\nNOT DETERMINISTIC: run again, the world of seed %d does not break %s\n", r.Failures[0].Seed, r.Failures[0].Violation.Oracle)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (r *Report) writeSummary(b *strings.Builder) {
	s := &r.Stats
	subject := Subject{Name: r.Settings.Protocol, Bug: r.Settings.Bug}
	fmt.Fprintf(b, "%s, seeds %d to %d, faults: %s\n", subject.title(), r.First, r.Last, groupNames(r.Settings.Nemesis))
	line := func(name, format string, args ...any) {
		fmt.Fprintf(b, "  %-10s %s\n", name, wrap(fmt.Sprintf(format, args...), 67, strings.Repeat(" ", 13)))
	}
	verdict := "no violation"
	if r.Violations > 0 {
		verdict = strings.ToUpper(count(r.Violations, "violation"))
	}
	if r.Unjudged > 0 {
		verdict += fmt.Sprintf(", %s could not be judged", count(r.Unjudged, "history"))
	}
	line("verdict", "%s%s", verdict, orNothing(", ", r.Stopped))
	line("worlds", "%s in %s; %s a second%s", thousands(s.Worlds), seconds(r.Seconds), decimal(r.WorldsPerSecond),
		orNothing("; ", earlier(r.Earlier)))
	perCPU := ""
	if r.EventsPerCPUSecond > 0 {
		perCPU = fmt.Sprintf("; %s a second of CPU time", thousands(int(r.EventsPerCPUSecond)))
	}
	line("events", "%s; %s a second%s", thousands(s.Events), thousands(int(r.EventsPerSecond)), perCPU)
	line("time", "%s in the worlds, %s times as fast as the clock", seconds(r.VirtualSeconds), decimal(r.VirtualSeconds/max(r.Seconds, 1e-9)))
	line("messages", "%s between members", thousands(s.Messages))
	line("commands", "%s done, %s with unknown outcome, %s failed", thousands(s.Ops), thousands(s.Unsure), thousands(s.Failed))
	line("elections", "%s", thousands(s.Probes[ProbeElected]))
	line("faults", "%s", counts(s.Faults))
	line("states", "%s", counts(s.Probes))
	if len(r.Missing) > 0 {
		line("MISSING", "%s never happened in %s worlds: they prove little about it", strings.Join(r.Missing, ", "), thousands(s.Worlds))
	}
}

func earlier(n int) string {
	if n == 0 {
		return ""
	}
	return thousands(n) + " of them in earlier runs"
}

func groupNames(groups []nemesis.Group) string {
	switch len(groups) {
	case 0:
		return "none"
	case len(nemesis.Groups()):
		return "all"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(groups), " ", ", "), "[]")
}

// writeFailures lists the worlds that failed, the first one with the evidence.
func (r *Report) writeFailures(b *strings.Builder) {
	for i := range r.Failures[:min(len(r.Failures), fewFailures)] {
		f := &r.Failures[i]
		if i > 0 {
			fmt.Fprintf(b, "also seed %d: %s at %v\n", f.Seed, f.Violation.Oracle, f.Violation.At)
			continue
		}
		fmt.Fprintf(b, "\nVIOLATION of %s in the world of seed %d\n", f.Violation.Oracle, f.Seed)
		writeViolation(b, &f.spec, f.Violation)
		fmt.Fprintf(b, "  replay it, hash %s: %s\n", f.Hash, f.Replay)
	}
	if more := r.Violations - fewFailures; more > 0 {
		fmt.Fprintf(b, "and %s more\n", thousands(more))
	}
	for i := range r.Unknown[:min(len(r.Unknown), fewFailures)] {
		fmt.Fprintf(b, "not judged: seed %d: %s\n", r.Unknown[i].Seed, r.Unknown[i].Reason)
	}
}

// writeConditions lists what troubles a world. Faults name the members by index.
func writeConditions(b *strings.Builder, spec *Spec) {
	if cluster, err := quorate.Grid(spec.Zones, spec.Nodes); err == nil && len(spec.Faults)+len(spec.Dead) > 0 {
		fmt.Fprintf(b, "    member 0 is %v", cluster.ID(0))
		if last := cluster.Size() - 1; last > 0 {
			fmt.Fprintf(b, ", member %d is %v", last, cluster.ID(last))
		}
		b.WriteByte('\n')
	}
	for _, line := range spec.Conditions() {
		fmt.Fprintf(b, "    %s\n", line)
	}
}

func writeViolation(b *strings.Builder, spec *Spec, v *Violation) {
	where := ""
	if cluster, err := quorate.Grid(spec.Zones, spec.Nodes); err == nil && v.Node >= 0 && v.Node < cluster.Size() {
		where = fmt.Sprintf(" at %v", cluster.ID(v.Node))
	}
	fmt.Fprintf(b, "  after %v, in event %s%s:\n    %s\n", v.At, thousands(v.Event), where, strings.ReplaceAll(v.Text, "\n", "\n    "))
}

func (r *Report) writeShrunk(b *strings.Builder) {
	s := &r.Shrunk.World
	fmt.Fprintf(b, "\nshrunk in %s to %s, %s, %s, %s in %v\n", count(r.Shrunk.Tries, "trial"), s.shape(), count(s.Clients.Count, "client"),
		count(s.Clients.Ops, "operation"), count(len(s.Faults), "fault"), s.Safety.Round(time.Microsecond))
	if len(r.Failures) > 0 {
		full := &r.Failures[0].spec
		fmt.Fprintf(b, "  from %s, %s, %s, %s in %v\n", full.shape(), count(full.Clients.Count, "client"),
			count(full.Clients.Ops, "operation"), count(len(full.Faults), "fault"), full.Safety.Round(time.Millisecond))
	}
	writeConditions(b, s)
	writeViolation(b, s, r.Shrunk.Violation)
	fmt.Fprintf(b, "  replay it, hash %s: %s\n", r.Shrunk.Hash, r.Shrunk.Replay)
}

// counts lists what was counted, the most frequent first.
func counts(of map[string]int) string {
	var names []string
	for name := range of { // unordered: sorted below
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = name + " " + thousands(of[name])
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}

func orNothing(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// wrap breaks text at commas, so that no line is longer than width where that
// can be; all lines but the first begin with indent.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, part := range strings.SplitAfter(text, ", ") {
		if i > 0 && column+len(strings.TrimRight(part, " ")) > width {
			b.WriteString("\n" + indent)
			column = 0
		}
		b.WriteString(part)
		column += len(part)
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

// seconds prints a measured time with two or three digits that matter.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// decimal prints a rate: one digit after the point where it is small.
func decimal(x float64) string {
	if x < 100 {
		return fmt.Sprintf("%.1f", x)
	}
	return thousands(int(x))
}
