package plot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/bench/study"
)

// measure is what an axis shows of a summary.
type measure struct {
	label string
	log   bool
	of    func(s *study.Summary) study.Estimate
}

func throughput() measure {
	return measure{"throughput (op/s)", false, func(s *study.Summary) study.Estimate { return s.Throughput }}
}

func median() measure {
	return measure{"median latency (ms)", true, func(s *study.Summary) study.Estimate { return s.P50 }}
}

func percentile99() measure {
	return measure{"99th percentile latency (ms)", true, func(s *study.Summary) study.Estimate { return s.P99 }}
}

// load draws latency against throughput, a line for each cell from the least load
// to the greatest: flat as long as there is room, and then up like a hockey stick.
func load(r *runs) *Figure {
	set := r.load()
	if set == nil {
		return nil
	}
	f := &Figure{Name: "latency-throughput", Title: "Latency against throughput"}
	groups, dropped := r.groups(set.name)
	f.Table.Header = []string{"", set.name, "op/s", "p50 ms", "p99 ms"}
	measures := []measure{median(), percentile99()}
	lines := make([][]*line, len(measures))
	for _, g := range groups {
		for i, m := range measures {
			n := &line{style: r.style(g.name)}
			for _, s := range g.members {
				n.add(s.Throughput, m.of(s))
			}
			lines[i] = append(lines[i], n)
		}
		f.drawing.legend = append(f.drawing.legend, entry{g.name, lines[0][len(lines[0])-1].sample})
		for _, s := range g.members {
			f.Table.add(g.name, valueOf(s, set.name), told(s.Throughput), told(s.P50), told(s.P99))
		}
	}
	f.drawing.panels = panels(measures, lines)
	f.drawing.x = cover("throughput (op/s)", values(slices.Concat(lines...), xs), false)
	var steps []string
	for _, v := range set.values {
		steps = append(steps, v.Value)
	}
	f.Caption = fmt.Sprintf("Each point is one load, joined from the first to the last: %s %s. Right is more, down is faster. %s%s",
		set.name, strings.Join(steps, ", "), r.rounds(), omitted(dropped))
	return f
}

// panels puts lines, one list for each measure, into frames.
func panels(measures []measure, lines [][]*line) []panel {
	var all []panel
	for i, m := range measures {
		p := panel{y: cover(m.label, values(lines[i], ys), m.log)}
		for _, n := range lines[i] {
			p.parts = append(p.parts, n)
		}
		all = append(all, p)
	}
	return all
}

// sweeps draws throughput and latency against every setting that was swept and is
// no load.
func sweeps(r *runs) []*Figure {
	var figures []*Figure
	for i := range r.swept {
		if !isLoad(r.swept[i].name) {
			figures = append(figures, sweep(r, &r.swept[i]))
		}
	}
	return figures
}

func sweep(r *runs, set *setting) *Figure {
	f := &Figure{Name: "sweep-" + fileName(set.name), Title: "Throughput and latency against " + topic(set.name)}
	measures := []measure{throughput(), median(), percentile99()}
	but := []string{set.name}
	if l := r.load(); l != nil {
		but = append(but, l.name)
		f.Title = "Greatest throughput, and least latency, against " + topic(set.name)
		measures = []measure{
			{"greatest throughput (op/s)", false, throughput().of}, {"median latency at the least load (ms)", true, median().of},
			{"99th percentile at the least load (ms)", true, percentile99().of},
		}
		f.Caption = fmt.Sprintf("Of all loads (%s) throughput is that of the best, and latency that of the one with the least throughput. ", l.name)
	}
	f.Table.Header = []string{"", set.name, "op/s", "p50 ms", "p99 ms"}
	groups, dropped := r.groups(but...)
	lines := make([][]*line, len(measures))
	for _, g := range groups {
		ns := []*line{}
		for i := range measures {
			ns = append(ns, &line{style: r.style(g.name), scatter: !set.numeric()})
			lines[i] = append(lines[i], ns[i])
		}
		for _, at := range g.at(set) {
			x := exactly(at.x)
			ns[0].add(x, at.best.Throughput)
			ns[1].add(x, at.idle.P50)
			ns[2].add(x, at.idle.P99)
			f.Table.add(g.name, valueOf(at.best, set.name), told(at.best.Throughput), told(at.idle.P50), told(at.idle.P99))
		}
		f.drawing.legend = append(f.drawing.legend, entry{g.name, ns[0].sample})
	}
	f.drawing.panels = panels(measures, lines)
	f.drawing.x = set.axis()
	f.Caption += r.rounds() + omitted(dropped)
	return f
}

// stop is a value of a setting on a line.
type stop struct {
	x          float64
	best, idle *study.Summary // of the greatest and the least throughput
}

// at returns the values of a setting that a group has, in the order of the axis.
func (g *group) at(set *setting) []stop {
	var stops []stop
	for _, s := range g.members {
		x, ok := set.number(s)
		if !ok {
			continue
		}
		i := slices.IndexFunc(stops, func(t stop) bool { return t.x == x })
		if i < 0 {
			stops = append(stops, stop{x, s, s})
			continue
		}
		if s.Throughput.Median > stops[i].best.Throughput.Median {
			stops[i].best = s
		}
		if s.Throughput.Median < stops[i].idle.Throughput.Median {
			stops[i].idle = s
		}
	}
	slices.SortStableFunc(stops, func(a, b stop) int { return compare(a.x, b.x) })
	return stops
}

// axis covers the values of a setting, and has its ticks at them.
func (s *setting) axis() axis {
	a := axis{label: title(s.name), ticks: []tick{}}
	numeric, high, low := s.numeric(), 0.0, most
	for i, v := range s.values {
		x := float64(i)
		if numeric {
			x = sane(*v.Number)
		}
		a.ticks = append(a.ticks, tick{x, v.Value})
		low, high = min(low, x), max(high, x)
	}
	slices.SortStableFunc(a.ticks, func(a, b tick) int { return compare(a.at, b.at) })
	a.log = numeric && low > least && high/low >= 15
	if a.log {
		a.low, a.high = low/1.2, high*1.2
		return a
	}
	edge := max((high-low)*0.04, least)
	if !numeric {
		edge = 0.5
	}
	a.low, a.high = low-edge, high+edge
	return a
}

// title is what a setting is called on an axis.
func title(name string) string {
	known := map[string]string{
		"clients": "clients", "rate": "offered load (op/s)", "pipeline": "calls in flight a client", "conflicts": "share of conflicting operations", "locality": "locality",
		"n": "replicas", "nodes": "replicas", "value-size": "size of a value (bytes)", "keys": "keys", "batch": "commands in a batch", "write-ratio": "share of writes",
	}
	if t, ok := known[name]; ok {
		return t
	}
	return words(name)
}

// topic is what a setting is called in a title.
func topic(name string) string {
	known := map[string]string{"n": "replicas", "nodes": "replicas", "write-ratio": "the share of writes", "value-size": "the size of values"}
	if t, ok := known[name]; ok {
		return t
	}
	return words(name)
}

// fileName is a setting's name as part of a file's: no report leads out of a
// directory.
func fileName(name string) string {
	safe := func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return '-'
	}
	s := strings.Map(safe, strings.ToLower(name))
	return s[:min(len(s), 40)]
}

// add appends a row.
func (t *Table) add(cells ...string) { t.Rows = append(t.Rows, cells) }

// told is an estimate for people.
func told(e study.Estimate) string {
	if e.N == 0 {
		return "–"
	}
	if e.N < 2 || e.Low == e.High {
		return digits(sane(e.Median), 4)
	}
	return fmt.Sprintf("%s (%s to %s)", digits(sane(e.Median), 4), digits(sane(e.Low), 4), digits(sane(e.High), 4))
}
