package plot

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/quorate/quorate/bench/study"
)

// dot is a point of a line, with how sure both of its numbers are.
type dot struct{ x, y study.Estimate }

// exactly is a number that is known.
func exactly(x float64) study.Estimate { return study.Estimate{Median: x, Low: x, High: x, N: 1} }

// line is points, joined in their order unless their places on the x axis have no
// order.
type line struct {
	style    int // of its colour, marker and dashes
	dots     []dot
	scatter  bool
	unmarked bool // too many points for markers
}

// draw implements part.
func (n *line) draw(f *frame) {
	c := colour(n.style)
	if !n.scatter {
		var path []vg.Point
		for _, d := range n.dots {
			path = append(path, f.point(d.x.Median, d.y.Median))
		}
		f.StrokeLines(draw.LineStyle{Color: c, Width: thickness, Dashes: dashes(n.style)}, path)
	}
	whisker := draw.LineStyle{Color: c, Width: 0.9}
	for _, d := range n.dots {
		at := f.point(d.x.Median, d.y.Median)
		low, high := f.point(d.x.Low, d.y.Low), f.point(d.x.High, d.y.High)
		if high.Y-low.Y > 1 {
			f.StrokeLine2(whisker, at.X, low.Y, at.X, high.Y)
			f.StrokeLine2(whisker, at.X-2, low.Y, at.X+2, low.Y)
			f.StrokeLine2(whisker, at.X-2, high.Y, at.X+2, high.Y)
		}
		if high.X-low.X > 1 {
			f.StrokeLine2(whisker, low.X, at.Y, high.X, at.Y)
			f.StrokeLine2(whisker, low.X, at.Y-2, low.X, at.Y+2)
			f.StrokeLine2(whisker, high.X, at.Y-2, high.X, at.Y+2)
		}
	}
	if n.unmarked {
		return
	}
	for _, d := range n.dots {
		marker(&f.Canvas, n.style, f.point(d.x.Median, d.y.Median), c)
	}
}

// sample draws what stands for the line in a legend.
func (n *line) sample(f *frame, from, to vg.Point) {
	c := colour(n.style)
	if !n.scatter {
		f.StrokeLine2(draw.LineStyle{Color: c, Width: thickness, Dashes: dashes(n.style)}, from.X, from.Y, to.X, to.Y)
	}
	if !n.unmarked {
		marker(&f.Canvas, n.style, vg.Point{X: (from.X + to.X) / 2, Y: from.Y}, c)
	}
}

// add adds a dot, unless there is nothing to tell.
func (n *line) add(x, y study.Estimate) {
	if y.N > 0 {
		n.dots = append(n.dots, dot{x, y})
	}
}

// values lists the numbers of lines, for an axis to cover them.
func values(lines []*line, of func(d dot) study.Estimate) []float64 {
	var all []float64
	for _, n := range lines {
		for _, d := range n.dots {
			e := of(d)
			all = append(all, e.Median, e.Low, e.High)
		}
	}
	return all
}

func xs(d dot) study.Estimate { return d.x }

func ys(d dot) study.Estimate { return d.y }
