package plot

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/model"
)

// How far beyond what was measured a prediction is drawn: a curve goes up for ever
// where it ends.
const (
	beyondRate    = 1.5
	beyondLatency = 3
)

// Overlay draws what a model predicts as lines, and what was measured as points; nil
// if there is nothing to draw. How says in a sentence where the model's parameters come
// from; it may be empty.
func Overlay(report *bench.Report, curves []model.Curve, how string) *Figure {
	r := newRuns(report)
	f := &Figure{Name: "model", Title: "Predicted and measured latency"}
	f.Table.Header = []string{"", "", "op/s", "mean ms"}
	var lines []*line
	p := panel{}
	var errors []string
	for _, c := range curves[:min(len(curves), maxLines)] {
		style := r.style(c.Cell)
		measured := &line{style: style, scatter: true}
		for _, s := range r.all {
			if s.Cell == c.Cell {
				measured.add(s.Throughput, s.Mean)
				f.Table.add(c.Cell, "measured", told(s.Throughput), told(s.Mean))
			}
		}
		predicted := &line{style: style, unmarked: true, dots: predictions(c)}
		for _, d := range predicted.dots {
			f.Table.add(c.Cell, "predicted", told(d.x), told(d.y))
		}
		if len(predicted.dots) == 0 {
			continue
		}
		lines = append(lines, predicted, measured)
		p.parts = append(p.parts, predicted, measured)
		f.drawing.legend = append(f.drawing.legend, entry{c.Cell, (&line{style: style}).sample})
		if e, ok := medianError(c); ok {
			errors = append(errors, fmt.Sprintf("%s %.0f %%", c.Cell, 100*e))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	p.y = cover("mean latency (ms)", values(lines, ys), true)
	f.drawing.x, f.drawing.panels = cover("throughput (op/s)", values(lines, xs), false), []panel{p}
	f.Caption = strings.TrimSpace("Lines are what the model predicts, points what was measured. " + how)
	if len(errors) > 0 {
		f.Caption += " Median relative error of the predicted latency: " + strings.Join(errors, ", ") + "."
	}
	f.Caption += " " + r.rounds()
	return f
}

// predictions are the points of a curve near what was measured; where the runs are of
// several clusters, that of each run.
func predictions(c model.Curve) []dot {
	var dots []dot
	rate, latency := 0.0, 0.0
	for _, m := range c.Matches {
		rate, latency = max(rate, m.Measured.Rate), max(latency, m.Measured.Latency)
	}
	for _, at := range c.Points {
		if at.Rate <= beyondRate*rate && at.Latency <= beyondLatency*latency {
			dots = append(dots, dot{exactly(at.Rate), exactly(at.Latency)})
		}
	}
	if len(c.Points) > 0 {
		return dots
	}
	for _, m := range c.Matches {
		dots = append(dots, dot{exactly(m.Predicted.Rate), exactly(m.Predicted.Latency)})
	}
	slices.SortStableFunc(dots, func(a, b dot) int { return compare(a.x.Median, b.x.Median) })
	return dots
}

// medianError is that of the latencies, as a share; false if none was measured.
func medianError(c model.Curve) (float64, bool) {
	var errors []float64
	for _, m := range c.Matches {
		if m.Measured.Latency > 0 && m.Predicted.Latency > 0 { // beyond the greatest rate none is predicted
			errors = append(errors, math.Abs(m.LatencyError))
		}
	}
	if len(errors) == 0 {
		return 0, false
	}
	slices.Sort(errors)
	return errors[len(errors)/2], true
}
