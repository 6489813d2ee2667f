package plot

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/quorate/quorate/bench"
)

// overTime draws how the mean latency over all regions went on, a line for each run.
func overTime(r *bench.Report) *Figure {
	p := blank("Mean latency over all regions", "ms")
	p.X.Label.Text = "seconds"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
	low, high := math.Inf(1), 0.0
	for i := range r.Runs {
		points := means(&r.Runs[i])
		if len(points) < 2 {
			continue
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			continue // without finite points
		}
		line.Color, line.Width = colour(i), vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(r.Label(i), line)
		for _, xy := range points {
			low, high = min(low, xy.Y), max(high, xy.Y)
		}
	}
	if high == 0 {
		return nil
	}
	p.X.Min, p.Y.Min, p.Y.Max = 0, low/1.5, room(high, len(r.Runs))
	return &Figure{Name: "latency-over-time", plot: p, w: vg.Points(560), h: vg.Points(260)}
}

// means returns the mean over all operations of each interval.
func means(run *bench.Result) plotter.XYs {
	var points plotter.XYs
	for i, s := range run.Series {
		count, sum := 0.0, 0.0
		for _, g := range run.Regions {
			if i < len(g.Series) {
				count += g.Series[i].Throughput
				sum += g.Series[i].Throughput * g.Series[i].Mean
			}
		}
		if sum > 0 {
			points = append(points, plotter.XY{X: s.Seconds, Y: sum / count})
		}
	}
	return points
}
