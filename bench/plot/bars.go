package plot

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/quorate/quorate/bench/study"
)

// bar stands on the lower end of the y axis, with a whisker.
type bar struct {
	group  int // on the x axis
	value  float64
	low    float64 // of the whisker
	high   float64
	absent bool
}

// maxTold is how many bars of a panel have room for their values.
const maxTold = 10

// bars are those of one name, side by side with those of others.
type bars struct {
	style     int
	index, of int // among those side by side
	bars      []bar
	told      bool // the values, at the feet
}

// draw implements part.
func (b *bars) draw(f *frame) {
	c := colour(b.style)
	slot := 0.84 / float64(b.of)
	labels, above := f.types.style(tickSize-1, paper(), text.XCenter), f.types.style(tickSize-1, ink(), text.XCenter)
	for _, one := range b.bars {
		if one.absent {
			continue
		}
		left := float64(one.group) - 0.42 + float64(b.index)*slot
		from, to := f.point(left+0.05*slot, f.y.low), f.point(left+0.95*slot, one.value)
		f.FillPolygon(c, rectangle(from, to))
		middle := (from.X + to.X) / 2
		if low, high := f.point(left, one.low).Y, f.point(left, one.high).Y; high-low > 1 {
			style := draw.LineStyle{Color: ink(), Width: 0.8}
			f.StrokeLine2(style, middle, low, middle, high)
			reach := min((to.X-from.X)/4, 4)
			f.StrokeLine2(style, middle-reach, high, middle+reach, high)
			if one.low < one.value {
				f.StrokeLine2(style, middle-reach, low, middle+reach, low)
			}
		}
		switch top := max(to.Y, f.point(left, one.high).Y); {
		case !b.told:
		case to.Y-from.Y > 10:
			f.FillText(labels, vg.Point{X: middle, Y: from.Y + 2}, brief(one.value))
		case f.Max.Y-top > 10: // too short for it, but not for one above
			f.FillText(above, vg.Point{X: middle, Y: top + 2}, brief(one.value))
		}
	}
}

// sample draws what stands for the bars in a legend.
func (b *bars) sample(f *frame, from, to vg.Point) {
	f.FillPolygon(color.Color(colour(b.style)), rectangle(vg.Point{X: from.X, Y: from.Y - 3.5}, vg.Point{X: to.X - 7, Y: to.Y + 3.5}))
}

func rectangle(from, to vg.Point) []vg.Point {
	return []vg.Point{from, {X: to.X, Y: from.Y}, to, {X: from.X, Y: to.Y}}
}

// nominal is an axis of words.
func nominal(names []string) axis {
	a := axis{low: -0.5, high: float64(max(1, len(names))) - 0.5, ticks: []tick{}}
	for i, name := range names {
		a.ticks = append(a.ticks, tick{float64(i), name})
	}
	return a
}

// compared draws throughput and latency of cells that were measured at one point
// each.
func compared(r *runs) *Figure {
	if len(r.cells) < 2 || len(r.swept) > 0 {
		return nil
	}
	f := &Figure{Name: "comparison", Title: "Throughput and latency", Caption: r.rounds()}
	groups, where := r.last()
	f.Caption += where
	f.Table.Header = []string{"", "op/s", "p50 ms", "p99 ms"}
	var names []string
	for _, g := range groups {
		s := g.members[0]
		f.Table.add(g.name, told(s.Throughput), told(s.P50), told(s.P99))
		names = append(names, g.name)
	}
	for _, m := range []measure{throughput(), median(), percentile99()} {
		p := panel{}
		var all []float64
		for i, g := range groups {
			e := m.of(g.members[0])
			b := &bars{style: r.style(g.name), of: 1, told: len(groups) <= maxTold, bars: []bar{{group: i, value: e.Median, low: e.Low, high: e.High}}}
			p.parts = append(p.parts, b)
			all = append(all, e.Median, e.High)
		}
		p.y = cover(m.label, all, m.log)
		f.drawing.panels = append(f.drawing.panels, p)
	}
	f.drawing.x = nominal(names)
	return f
}

func brief(x float64) string {
	if x >= 100 {
		return short(math.Round(x))
	}
	return digits(x, 2)
}

// regions draws for each region the mean latency that its clients saw with each
// protocol, and the 99th percentile above it.
func regions(r *runs) *Figure {
	f := &Figure{Name: "regions", Title: "Latency in each region: mean, and 99th percentile", Caption: "Bars are means, whiskers reach up to the 99th percentile."}
	groups, where := r.last()
	f.Table.Header = []string{"", "region", "mean ms", "p50 ms", "p99 ms", "op/s"}
	var names []string
	var all []float64
	p := panel{}
	for i, g := range groups {
		b := &bars{style: r.style(g.name), index: i, of: len(groups)}
		run, leader := r.typical(g.members[0]), ""
		for j, region := range run.Regions {
			if j == len(names) {
				names = append(names, region.Name)
			}
			if region.Leader {
				leader = ", led from " + region.Name
			}
			one := bar{group: j, absent: region.Operations == 0}
			one.value, one.low, one.high = region.Latency.Mean, region.Latency.Mean, max(region.Latency.Mean, region.Latency.P99)
			b.bars = append(b.bars, one)
			if !one.absent {
				all = append(all, one.value, one.high)
				f.Table.add(g.name, region.Name, told(exactly(one.value)), told(exactly(region.Latency.P50)), told(exactly(one.high)), told(exactly(region.Throughput)))
			}
		}
		p.parts = append(p.parts, b)
		f.drawing.legend = append(f.drawing.legend, entry{g.name + leader, b.sample})
	}
	if len(all) == 0 {
		return nil
	}
	for _, one := range p.parts {
		one.(*bars).told = len(names)*len(groups) <= maxTold
	}
	p.y = cover("latency (ms)", all, true)
	f.drawing.panels, f.drawing.x = []panel{p}, nominal(names)
	f.Caption += where + roundOf(r)
	return f
}

// roundOf says which round a figure of single runs shows.
func roundOf(r *runs) string {
	if slices.ContainsFunc(r.all, func(s study.Summary) bool { return len(s.Runs) > 1 }) {
		return " Of several rounds it is the one with the median throughput."
	}
	return ""
}
