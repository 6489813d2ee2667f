package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/quorate/quorate/bench"
)

// regions draws for each region the mean latency that its clients saw with each
// protocol, and the 99th percentile above it. The scale is logarithmic: what is
// near and what is a continent away differ by two orders of magnitude.
func regions(r *bench.Report) *Figure {
	var names []string
	low, high := math.Inf(1), 0.0
	for i := range r.Runs {
		for j, g := range r.Runs[i].Regions {
			if len(names) <= j {
				names = append(names, g.Name)
			}
			if g.Operations > 0 {
				low, high = min(low, g.Latency.Mean), max(high, g.Latency.P99)
			}
		}
	}
	if high == 0 {
		return nil
	}
	p := blank("Latency in each region: mean, and 99th percentile", "ms")
	p.NominalX(names...)
	p.X.Min, p.X.Max = -0.6, float64(len(names))-0.4
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(max(low, 1e-3)))), room(high, len(r.Runs))
	for i := range r.Runs {
		b := &bars{run: &r.Runs[i], index: i, of: len(r.Runs), colour: colour(i)}
		p.Add(b)
		p.Legend.Add(r.Label(i)+leader(&r.Runs[i]), b)
	}
	return &Figure{Name: "regions", plot: p, w: vg.Points(90 + float64(len(names))*110), h: vg.Points(300)}
}

// leader says where a run's leader is.
func leader(run *bench.Result) string {
	for _, g := range run.Regions {
		if g.Leader {
			return fmt.Sprintf(", led from %s", g.Name)
		}
	}
	return ""
}

// bars are those of one run, side by side with those of the others. They stand on
// the lower end of the axis, wherever that is.
type bars struct {
	run       *bench.Result
	index, of int
	colour    color.Color
}

// Plot implements [plot.Plotter].
func (b *bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	width := 0.8 / float64(b.of)
	for i, g := range b.run.Regions {
		if g.Operations == 0 {
			continue
		}
		left := float64(i) - 0.4 + float64(b.index)*width
		box := rectangle(x(left+0.06*width), y(p.Y.Min), x(left+0.94*width), y(max(g.Latency.Mean, p.Y.Min)))
		c.FillPolygon(b.colour, box)
		line := draw.LineStyle{Color: color.Gray{Y: 0x33}, Width: vg.Points(1)}
		middle, upto := x(left+width/2), y(max(g.Latency.P99, g.Latency.Mean, p.Y.Min))
		c.StrokeLine2(line, middle, box[2].Y, middle, upto)
		c.StrokeLine2(line, x(left+0.3*width), upto, x(left+0.7*width), upto)
		text := p.X.Tick.Label
		text.Color, text.Font.Size, text.XAlign, text.YAlign = color.White, vg.Points(8), draw.XCenter, draw.YTop
		c.FillText(text, vg.Point{X: middle, Y: box[2].Y - vg.Points(2)}, number(g.Latency.Mean))
	}
}

// Thumbnail implements [plot.Thumbnailer].
func (b *bars) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(b.colour, rectangle(c.Min.X, c.Min.Y, c.Max.X, c.Max.Y))
}

func rectangle(left, bottom, right, top vg.Length) []vg.Point {
	return []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}}
}

// number writes milliseconds with as many digits as matter.
func number(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}
