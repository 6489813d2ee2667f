package plot

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Chart is a figure of somebody's own numbers, with panels above each other that
// share their x axis.
type Chart struct {
	Name, Title, Caption string
	X                    string  // what the x axis shows
	From, To             float64 // what it covers, if no number lies outside
	Panels               []Panel
	Bands                []Band // behind all panels
}

// Panel is one of a [Chart].
type Panel struct {
	Y      string // what its y axis shows
	Log    bool   // where the values spread over more than one order of magnitude
	Curves []Curve
}

// Curve is points of one meaning. Curves of the same Name have one line in the legend.
type Curve struct {
	Name string
	// Colour and Shape number the colour, and the shape of markers and lines.
	Colour, Shape int
	// Dots draws a marker at each point, and no lines.
	Dots bool
	X, Y []float64
}

// Band is an interval of the x axis in which something was different. Those of one
// Name are of one Colour, and have one line in the legend.
type Band struct {
	From, To float64
	Name     string
	Colour   int
}

// Figure draws the chart.
func (c *Chart) Figure() *Figure {
	f := &Figure{Name: c.Name, Title: c.Title, Caption: c.Caption}
	d := &f.drawing
	all := []float64{c.From, c.To}
	seen := map[string]bool{}
	for _, p := range c.Panels {
		var high []float64
		one := panel{}
		for _, k := range p.Curves {
			k.X, k.Y = k.X[:min(len(k.X), len(k.Y))], k.Y[:min(len(k.X), len(k.Y))]
			all, high = append(all, k.X...), append(high, k.Y...)
			v := &curve{k}
			one.parts = append(one.parts, v)
			if !seen[k.Name] {
				seen[k.Name] = true
				d.legend = append(d.legend, entry{k.Name, v.sample})
			}
		}
		one.y = cover(p.Y, high, p.Log)
		d.panels = append(d.panels, one)
	}
	d.x = cover(c.X, all, false)
	if low, high := sane(slices.Min(all)), sane(slices.Max(all)); low < high {
		d.x.low, d.x.high = low, high
	}
	names := map[string]int{}
	for _, b := range c.Bands {
		lane, known := names[b.Name]
		if !known {
			lane = len(names)
			names[b.Name] = lane
		}
		v := band{b, lane}
		d.bands = append(d.bands, v)
		if !known {
			d.legend = append(d.legend, entry{b.Name, v.sample})
		}
	}
	return f
}

// curve is a Curve in a panel.
type curve struct{ Curve }

// Dots have a smaller radius than the markers of lines, as there are many of them. Those
// that are nearer than fine cannot be told apart.
const (
	small = 1.7
	fine  = 1.2
)

// draw implements part. Dots that lie on each other are drawn once, so that a figure of
// a million has no more of them than fit.
func (c *curve) draw(f *frame) {
	ink := colour(c.Colour)
	var path []vg.Point
	taken := map[[2]int]bool{}
	for i := range c.X {
		at := f.point(c.X[i], c.Y[i])
		if !c.Dots {
			path = append(path, at)
			continue
		}
		cell := [2]int{int(math.Round(float64(at.X) / fine)), int(math.Round(float64(at.Y) / fine))}
		if !taken[cell] {
			taken[cell] = true
			shape(&f.Canvas, c.Shape, at, ink, small)
		}
	}
	if len(path) > 1 {
		f.StrokeLines(draw.LineStyle{Color: ink, Width: thickness, Dashes: dashes(c.Shape)}, path)
	}
	if len(path) == 1 || len(path) > 0 && len(path) <= 25 {
		for _, at := range path {
			marker(&f.Canvas, c.Shape, at, ink)
		}
	}
}

// sample draws what stands for the curve in a legend.
func (c *curve) sample(f *frame, from, to vg.Point) {
	if !c.Dots {
		f.StrokeLine2(draw.LineStyle{Color: colour(c.Colour), Width: thickness, Dashes: dashes(c.Shape)}, from.X, from.Y, to.X, to.Y)
	}
	if c.Dots || len(c.X) <= 25 {
		marker(&f.Canvas, c.Shape, vg.Point{X: (from.X + to.X) / 2, Y: from.Y}, colour(c.Colour))
	}
}

// band is a Band with the place of its strip, from below.
type band struct {
	Band
	lane int
}

// stripHeight is that of the coloured part of a band, which tells overlapping ones
// apart.
const stripHeight, maxStrips = vg.Length(3), 16

// draw shades the band in a frame. One too short to be seen is a line.
func (b *band) draw(f *frame) {
	from, to := f.point(b.From, f.y.low), f.point(b.To, f.y.low)
	to.X = max(to.X, from.X+0.8)
	to.Y = f.Max.Y
	f.FillPolygon(color.Color(shade()), rectangle(from, to))
}

// drawStrip draws its coloured part.
func (b *band) drawStrip(f *frame) {
	bottom := f.Max.Y - stripHeight*vg.Length(b.lane%maxStrips+1)
	from, to := f.point(b.From, f.y.low), f.point(b.To, f.y.low)
	from.Y, to.Y = bottom, bottom+stripHeight-0.5
	to.X = max(to.X, from.X+0.8)
	f.FillPolygon(color.Color(colour(b.Colour)), rectangle(from, to))
}

// sample draws what stands for the band in a legend.
func (b *band) sample(f *frame, from, to vg.Point) {
	f.FillPolygon(color.Color(shade()), rectangle(vg.Point{X: from.X, Y: from.Y - 4}, vg.Point{X: to.X, Y: to.Y + 4}))
	f.FillPolygon(color.Color(colour(b.Colour)), rectangle(vg.Point{X: from.X, Y: from.Y + 1.5}, vg.Point{X: to.X, Y: to.Y + 4}))
}
