package model

import (
	"errors"
	"fmt"
	"math"
)

// Scene is where an [Engine] runs.
type Scene struct {
	Params Params
	// Votes are the round trips to the members that vote.
	Votes Trips
	// Client is the way from a client to the member that answers it and back, in
	// milliseconds, in the mean.
	Client float64
	// Cores, if positive, is how many processors all members and clients share. Else
	// each member has processors of its own, and clients have more than enough.
	Cores float64
}

// Prediction is what a model says of a load.
type Prediction struct {
	Rate    float64 `json:"rate"`       // commands a second
	Latency float64 `json:"latency_ms"` // in the mean
	Batch   float64 `json:"batch"`      // commands in a round
	Busy    float64 `json:"busy"`       // share of the time that the busiest processor works: 1 also where batches make up for it
}

// Model predicts for an engine in a scene.
//
// Commands that come while a member is at work share its next turn, so that what a
// round costs is shared by all of them: a turn for B commands takes T(B) = F + B·A, and
// the next one has λT(B) in it. If none came, it begins with the next that comes: with
// random arrivals that is so with probability exp(−λT), and so
//
//	B = λT(B) + exp(−λT(B)),    at most Batch
//
// is the batch at a rate of λ. An idle member has B = 1, and one that could not keep
// up with rounds of one command, λ(F+A) > 1, still keeps up as long as λA < 1. Who
// comes finds a turn under way with probability λT/B and waits for half of it in the
// mean; when batches are full, rounds queue as in M/D/1.
type Model struct {
	Engine Engine
	Scene  Scene
	plan   Plan

	fixed, each float64 // microseconds of the processor that is the limit
	leaders     float64
}

// New returns the model of an engine.
func New(e Engine, s Scene) (*Model, error) {
	if err := errors.Join(e.Validate(), s.Params.Validate()); err != nil {
		return nil, err
	}
	if s.Cores < 0 || s.Client < 0 || s.Votes.Mean < 0 || s.Votes.Deviation < 0 {
		return nil, fmt.Errorf("model: %v processors, clients %v ms away and round trips of %v: want 0 or more", s.Cores, s.Client, s.Votes)
	}
	m := &Model{Engine: e, Scene: s, plan: e.Plan()}
	work, speed := m.plan.Busiest, float64(max(s.Params.Pipelines, 1))
	m.leaders = float64(m.plan.Leaders)
	if s.Cores > 0 {
		work, speed = m.plan.All, s.Cores
		m.leaders = 1 // all work is on one machine
	}
	m.fixed, m.each = work.Fixed.Time(s.Params)/speed, work.Each.Time(s.Params)/speed
	return m, nil
}

// Plan returns who does what.
func (m *Model) Plan() Plan { return m.plan }

// MaxRate returns the commands a second at which the busiest processor is never idle,
// with full batches. It is infinite if nothing takes time.
func (m *Model) MaxRate() float64 { return m.RateOf(float64(m.plan.Batch)) }

// RateOf returns the same with rounds of so many commands.
func (m *Model) RateOf(batch float64) float64 {
	return m.leaders * 1e6 / (m.fixed/batch + m.each)
}

// batch returns the commands in a round at a rate for each leader, in commands a
// microsecond. Its right-hand side grows with B and by less than B does below the
// capacity, so bisection finds where it is B.
func (m *Model) batch(rate float64) float64 {
	next := func(b float64) float64 {
		t := rate * (m.fixed + b*m.each)
		return t + math.Exp(-t)
	}
	low, high := 1.0, float64(max(m.plan.Batch, 1))
	if next(high) >= high {
		return high
	}
	for range 60 {
		if mid := (low + high) / 2; next(mid) > mid {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// At predicts for commands that come at random at a rate. Beyond MaxRate the latency
// is infinite.
func (m *Model) At(rate float64) Prediction {
	lambda := max(rate, 0) / m.leaders / 1e6
	b := m.batch(lambda)
	turn := m.fixed + b*m.each
	p := Prediction{Rate: rate, Batch: b, Busy: min(1, lambda*turn/b)}
	if rate >= m.MaxRate() {
		p.Busy, p.Latency = 1, math.Inf(1)
		return p
	}
	wait := p.Busy * turn / 2
	if full := float64(m.plan.Batch); b >= full {
		wait = MD1.Wait(lambda/full, turn, Spread{})
	}
	vote := m.Scene.Votes.Nth(m.plan.Votes, m.plan.Asked) + m.plan.Second*m.Scene.Votes.Nth(m.plan.Slow, m.plan.Asked)
	trips := 1 + m.plan.Second
	voter := 0.0
	if m.Scene.Cores == 0 && m.plan.Votes > 0 {
		voter = m.plan.Voter.Of(b).Time(m.Scene.Params)
	}
	// A command waits when it comes, and when the votes for it do.
	micros := (1+trips)*wait + turn + trips*voter
	p.Latency = m.Scene.Client + vote + micros/1e3
	return p
}

// Closed predicts for so many clients, each with one command under way, that wait
// think milliseconds between commands: the rate at which rate times latency is their
// number (Little, 1961).
func (m *Model) Closed(clients, think float64) Prediction {
	if clients <= 0 {
		return m.At(0)
	}
	low, high := 0.0, m.MaxRate()
	if math.IsInf(high, 1) { // nothing takes time
		return m.At(clients / max(m.At(0).Latency+think, 1e-6) * 1e3)
	}
	for range 100 {
		mid := (low + high) / 2
		if mid*(m.At(mid).Latency+think)/1e3 < clients {
			low = mid
		} else {
			high = mid
		}
	}
	return m.At(low)
}

// Curve predicts for so many rates up to nearly the highest, evenly spaced.
func (m *Model) Curve(points int) []Prediction {
	most := m.MaxRate()
	if points <= 0 || math.IsInf(most, 1) {
		return nil
	}
	var out []Prediction
	for i := range points {
		out = append(out, m.At(most*0.98*float64(i+1)/float64(points)))
	}
	return out
}
