package model

import (
	"cmp"
	"math"
	"slices"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/nemesis"
)

// Curve is what the model says of a cell of a report, a line to be drawn over what was
// measured.
type Curve struct {
	Cell string `json:"cell"`
	// MaxRate is where the curve ends, in commands a second: 0 if nothing in the
	// world of the runs takes a processor's time, so that there is no end.
	MaxRate float64 `json:"max_rate"`
	// Points ascend in rate. There are some where all runs of the cell are of one
	// cluster; else there are only matches.
	Points []CurvePoint `json:"points"`
	// Matches are the runs of the cell, in the order of the report.
	Matches []Match `json:"matches"`
	// Why says why a cell has no prediction, empty if it has.
	Why string `json:"why,omitempty"`
}

// CurvePoint is a load and what it costs.
type CurvePoint struct {
	Rate    float64 `json:"rate"`       // commands a second
	Latency float64 `json:"latency_ms"` // in the mean
	Batch   float64 `json:"batch"`      // commands in a round
}

// Match is a run beside what was predicted of it: of so many clients in closed loops
// both rate and latency, at an offered rate the latency.
type Match struct {
	Run       int        `json:"run"` // its number in the report, from 0 on
	Measured  CurvePoint `json:"measured"`
	Predicted CurvePoint `json:"predicted"`
	// RateError and LatencyError are the predicted over the measured, less 1: 0.1 is
	// a tenth too much.
	RateError    float64 `json:"rate_error"`
	LatencyError float64 `json:"latency_error"`
}

// curvePoints is how many points a curve has.
const curvePoints = 40

// Overlay predicts the runs of a report, with such costs of messages; the costs of a
// world in virtual time are its own. A cell is as Place.Cell says, or a Label of the
// report.
func Overlay(report *bench.Report, p Params) []Curve {
	var curves []Curve
	index := map[string]int{}
	models := map[string][]*Model{}
	for i := range report.Runs {
		run := &report.Runs[i]
		cell := cmp.Or(run.Cell, report.Label(i))
		if _, known := index[cell]; !known {
			index[cell] = len(curves)
			curves = append(curves, Curve{Cell: cell, Points: []CurvePoint{}, Matches: []Match{}})
		}
		c := &curves[index[cell]]
		m, why := modelOf(run, p)
		if m == nil {
			c.Why = why
			continue
		}
		models[cell] = append(models[cell], m)
		c.Matches = append(c.Matches, m.match(i, run))
	}
	for i := range curves {
		curves[i].draw(models[curves[i].Cell])
	}
	return curves
}

// draw adds the points, if all models are of one cluster.
func (c *Curve) draw(models []*Model) {
	if len(models) == 0 {
		return
	}
	m, same, conflicts := models[0], true, 0.0
	for _, other := range models {
		e := other.Engine
		conflicts += e.Conflicts / float64(len(models))
		e.Conflicts = m.Engine.Conflicts
		same = same && e == m.Engine && other.Scene.Params == m.Scene.Params && other.Scene.Cores == m.Scene.Cores
	}
	if !same {
		return
	}
	e := m.Engine
	e.Conflicts = conflicts // of runs alike that differ in what met what
	if usual, err := New(e, m.Scene); err == nil {
		m = usual
	}
	if most := m.MaxRate(); !math.IsInf(most, 1) {
		c.MaxRate = finite(most)
	}
	predicted := m.Curve(curvePoints)
	if c.MaxRate == 0 { // a level line as far as was measured
		top := 0.0
		for _, match := range c.Matches {
			top = max(top, match.Measured.Rate)
		}
		predicted = []Prediction{m.At(0), m.At(top)}
	}
	for _, p := range predicted {
		c.Points = append(c.Points, CurvePoint{finite(p.Rate), finite(p.Latency), finite(p.Batch)})
	}
}

// match compares.
func (m *Model) match(i int, run *bench.Result) Match {
	measured := CurvePoint{Rate: run.Throughput, Latency: run.Latency.Mean}
	said := m.said(run)
	predicted := CurvePoint{finite(said.Rate), finite(said.Latency), finite(said.Batch)}
	return Match{
		Run: i, Measured: measured, Predicted: predicted,
		RateError: apart(predicted.Rate, measured.Rate), LatencyError: latencyError(said.Latency, measured.Latency),
	}
}

// said predicts a run: in an open loop at the rate that was offered, and where that is more than
// the members can do, what they can. There the model has no latency: it grows as long as the run
// goes on.
func (m *Model) said(run *bench.Result) Prediction {
	o := run.Offered
	switch {
	case o == nil:
		return m.Closed(float64(run.Clients), 0)
	case o.Loop != "open":
		return m.Closed(float64(run.Clients*max(1, o.Pipeline)), o.Think)
	}
	p := m.At(o.Rate)
	p.Rate = min(o.Rate, m.MaxRate())
	return p
}

// apart is the relative error of a prediction, 0 where nothing was measured.
func apart(predicted, measured float64) float64 {
	if measured == 0 {
		return 0
	}
	return finite(predicted/measured - 1)
}

// latencyError is that of a latency, 0 where the model has none.
func latencyError(predicted, measured float64) float64 {
	if math.IsInf(predicted, 1) {
		return 0
	}
	return apart(finite(predicted), measured)
}

// finite rounds to what matters, and keeps out of reports what JSON does not know.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return math.Round(x*1e4) / 1e4
}

// modelOf returns the model of a run, or why there is none.
func modelOf(run *bench.Result, p Params) (*Model, string) {
	if !slices.Contains(Protocols(), run.Protocol) {
		return nil, "no model of " + run.Protocol
	}
	zones := max(run.Zones, 1)
	e := Engine{Protocol: run.Protocol, Zones: zones, Nodes: run.Nodes / zones, Value: run.ValueSize, Reads: 1 - run.WriteRatio}
	if x := run.Execution; x != nil && x.Fast+x.Slow > 0 {
		e.Conflicts = 1 - x.FastRatio
	}
	if e.passes(run.Transport == "virtual") {
		e.Forwarded = float64(e.members()-1) / float64(e.members())
	}
	s := Scene{Params: p}
	switch {
	case run.Transport == "virtual":
		s = virtualScene(run, e)
	case run.Remote:
		return nil, "what machines a running cluster has is not known"
	case run.WAN != "":
		s = wideScene(run, e, p, 0)
		s.Cores = float64(max(run.GOMAXPROCS, 1))
	default:
		s.Cores = float64(max(run.GOMAXPROCS, 1))
	}
	m, err := New(e, s)
	if err != nil {
		return nil, err.Error()
	}
	return m, ""
}

// passes reports whether clients ask any member, and who does not lead passes on what
// they ask. In real time they find a leader, if all have the same.
func (e Engine) passes(virtual bool) bool {
	switch e.Protocol {
	case "wpaxos":
		return max(e.Zones, 1) == 1 // else they keep to their zones, and what they use is near
	case "paxos", "primary":
		return virtual
	}
	return false
}

// wideScene is that of a run over a wide area. Which share of the operations found
// their owner near is what the regions measured.
func wideScene(run *bench.Result, e Engine, p Params, jitter float64) Scene {
	wan, err := nemesis.WAN(run.WAN)
	if err != nil {
		return Scene{Params: p}
	}
	w := Wide{Engine: e, WAN: wan, Jitter: jitter}
	local, ops := 0.0, 0.0
	for _, g := range run.Regions {
		if g.Leader {
			w.Lead = g.Zone
		}
		if g.Local != nil {
			local, ops = local+*g.Local*float64(g.Operations), ops+float64(g.Operations)
		}
	}
	w.Local = local / cmp.Or(ops, 1)
	return w.Scene(p, run.Clients)
}

// virtualScene is that of a run in virtual time, where messages take what its world
// says.
func virtualScene(run *bench.Result, e Engine) Scene {
	var p Params
	jitter := 0.0
	if w := run.World; w != nil {
		jitter = w.Jitter
		if t := w.Service; t != nil {
			p = Params{In: t.In, Out: t.Out, Copy: t.Copy, Command: t.Command, Byte: t.Byte / 1e3}
		}
	}
	if run.WAN != "" {
		return wideScene(run, e, p, jitter)
	}
	inside := DataCentre().Mean // a round trip of which each way takes up to jitter longer
	s := Scene{Params: p, Client: inside, Votes: Trips{inside + jitter, jitter / math.Sqrt(6)}}
	s.Client += e.Forwarded * s.Votes.Mean
	return s
}
