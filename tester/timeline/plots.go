package timeline

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate/bench/plot"
	"github.com/quorate/quorate/checker/history"
)

// Plots draws a history: each operation's latency, percentiles of it over time, and
// the rate, with the times of faults shaded. Their names are latency-raw,
// latency-quantiles and rate.
func Plots(ops []history.Op) []*plot.Figure {
	p := newPlots(ops)
	return []*plot.Figure{p.raw(), p.quantiles(), p.rate()}
}

// plots is what all three have in common.
type plots struct {
	spans  []Span
	bands  []plot.Band
	end    time.Duration
	names  []string // of functions
	called func(string) string
	width  time.Duration // of an interval over which rates and percentiles are
}

// The most functions and nemeses that have lines of their own in a legend.
const maxNames = 6

// maxIntervals is how many intervals a figure has at most.
const maxIntervals = 60

func newPlots(ops []history.Op) *plots {
	p := &plots{spans: Spans(ops)}
	for i := range ops {
		p.end = max(p.end, ops[i].Time)
	}
	counts := map[string]int{}
	for i := range p.spans {
		counts[p.spans[i].Begin.F]++
	}
	p.names, p.called = common(counts, maxNames)
	p.bands = bands(Faults(ops))
	p.width = roundUp(p.end/maxIntervals, 100*time.Millisecond)
	return p
}

// roundUp returns the next of 1, 2, 5, 10, 20, … units.
func roundUp(d, unit time.Duration) time.Duration {
	for ; ; unit *= 10 {
		for _, times := range []time.Duration{1, 2, 5} {
			if times*unit >= d || unit > math.MaxInt64/100 {
				return times * unit
			}
		}
	}
}

// bands are the faults in figures, at most so many as can be told apart.
func bands(faults []Fault) []plot.Band {
	counts := map[string]int{}
	for _, f := range faults {
		counts[f.Name]++
	}
	names, called := common(counts, maxNames)
	var all []plot.Band
	for _, f := range faults {
		name := called(f.Name)
		all = append(all, plot.Band{From: f.From.Seconds(), To: f.To.Seconds(), Name: name, Colour: faultColour(slices.Index(names, name))})
		if len(all) == maxBands {
			break
		}
	}
	return all
}

// maxBands bounds the faults in a figure: more are one grey.
const maxBands = 500

// faultColour is that of the i-th nemesis: grey first, for none is confused with
// how operations end.
func faultColour(i int) int { return []int{6, 2, 5, 1, 0, 4, 3}[i%7] }

// ends are the ends of operations with their colours and shapes: blue, orange and
// pink as Jepsen's, of shades that most colour-blind people tell apart.
func ends() []end {
	return []end{{history.OK, 0}, {history.Info, 4}, {history.Fail, 3}}
}

type end struct {
	Type   history.Type
	colour int
}

func (p *plots) chart(name, title, caption string, panels ...plot.Panel) *plot.Figure {
	if len(p.bands) > 0 {
		caption += " Shaded: faults."
	}
	c := plot.Chart{Name: name, Title: title, Caption: caption, X: "seconds since the test began", To: p.end.Seconds(), Panels: panels, Bands: p.bands}
	return c.Figure()
}

// raw draws every operation that ended.
func (p *plots) raw() *plot.Figure {
	var panels []plot.Panel
	for _, name := range p.names {
		panel := plot.Panel{Y: name + ": latency (ms)", Log: true}
		for i, e := range ends() {
			c := plot.Curve{Name: e.Type.String(), Colour: e.colour, Shape: i, Dots: true}
			for j := range p.spans {
				s := &p.spans[j]
				if s.End != nil && s.Type() == e.Type && p.called(s.Begin.F) == name {
					c.X, c.Y = append(c.X, s.Begin.Time.Seconds()), append(c.Y, millis(s.Latency()))
				}
			}
			if len(c.X) > 0 {
				panel.Curves = append(panel.Curves, c)
			}
		}
		panels = append(panels, panel)
	}
	if len(panels) == 0 {
		panels = []plot.Panel{{Y: "latency (ms)"}}
	}
	return p.chart("latency-raw", "Latency of every operation", "A marker is an operation, at the time of its invocation; its colour and shape say how it ended.", panels...)
}

// millis is a latency in ms, of a microsecond at least: logarithms know no zero.
func millis(d time.Duration) float64 { return max(1e-3, float64(d)/float64(time.Millisecond)) }

// quantiles draws percentiles of the latency of what succeeded, interval by interval.
func (p *plots) quantiles() *plot.Figure {
	var panels []plot.Panel
	for _, name := range p.names {
		intervals := map[int][]time.Duration{}
		for j := range p.spans {
			if s := &p.spans[j]; s.Type() == history.OK && p.called(s.Begin.F) == name {
				at := int(s.Begin.Time / p.width)
				intervals[at] = append(intervals[at], s.Latency())
			}
		}
		if len(intervals) > 0 {
			panels = append(panels, p.percentiles(name, intervals))
		}
	}
	if len(panels) == 0 {
		panels = []plot.Panel{{Y: "latency (ms)"}}
	}
	return p.chart("latency-quantiles", "Percentiles of latency over time",
		fmt.Sprintf("Of the operations that succeeded, by when they were invoked: a point is of %v, at its middle.", p.width), panels...)
}

func (p *plots) percentiles(name string, intervals map[int][]time.Duration) plot.Panel {
	panel := plot.Panel{Y: name + ": latency (ms)", Log: true}
	var order []int
	for at, all := range intervals {
		order = append(order, at)
		slices.Sort(all)
	}
	slices.Sort(order)
	for i, q := range []struct {
		name   string
		share  float64
		colour int
	}{{"1 (the slowest)", 1, 6}, {"0.99", 0.99, 1}, {"0.95", 0.95, 2}, {"0.5 (median)", 0.5, 0}} {
		c := plot.Curve{Name: q.name, Colour: q.colour, Shape: i}
		for _, at := range order {
			all := intervals[at]
			c.X = append(c.X, (time.Duration(at)*p.width + p.width/2).Seconds())
			c.Y = append(c.Y, millis(all[max(0, int(math.Ceil(q.share*float64(len(all))))-1)]))
		}
		panel.Curves = append(panel.Curves, c)
	}
	return panel
}

// rate draws how many operations ended in a second, by how they did.
func (p *plots) rate() *plot.Figure {
	var panels []plot.Panel
	n := int(p.end/p.width) + 1
	for _, name := range p.names {
		panel := plot.Panel{Y: name + " (op/s)"}
		for i, e := range ends() {
			counts := make([]float64, n)
			any := false
			for j := range p.spans {
				s := &p.spans[j]
				if s.Type() == e.Type && p.called(s.Begin.F) == name && s.Until >= 0 {
					counts[min(n-1, int(s.Until/p.width))]++
					any = true
				}
			}
			if any {
				panel.Curves = append(panel.Curves, p.counted(counts, plot.Curve{Name: e.Type.String(), Colour: e.colour, Shape: i}))
			}
		}
		panels = append(panels, panel)
	}
	if len(panels) == 0 {
		panels = []plot.Panel{{Y: "op/s"}}
	}
	return p.chart("rate", "Operations a second",
		fmt.Sprintf("By what they were and how they ended, at that time: a point is of %v, at its middle.", p.width), panels...)
}

// counted makes a curve of counts; the last interval is as long as the test lasts.
func (p *plots) counted(counts []float64, c plot.Curve) plot.Curve {
	for i, count := range counts {
		from := time.Duration(i) * p.width
		width := min(p.width, p.end-from)
		if width < p.width/10 && i > 0 {
			continue // too short to tell a rate
		}
		width = max(width, p.width/10)
		c.X, c.Y = append(c.X, (from+width/2).Seconds()), append(c.Y, count/width.Seconds())
	}
	return c
}
