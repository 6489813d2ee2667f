package bench

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Offered is what the clients asked for, and what came of it, unless they were closed
// loops with one call of each at a time and without think time.
type Offered struct {
	// Loop is "open" if calls began when they were meant to, whatever became of others,
	// else "closed".
	Loop     string  `json:"loop"`
	Pipeline int     `json:"pipeline,omitempty"` // calls of a client at a time, 0 for any number
	Think    float64 `json:"think_ms,omitempty"`
	// RampFrom and RampTo are of the rate in an open loop, else of the clients.
	RampFrom *float64 `json:"ramp_from,omitempty"`
	RampTo   *float64 `json:"ramp_to,omitempty"`
	Cooldown float64  `json:"cooldown_s,omitempty"`

	// Of open loops.
	Arrivals string  `json:"arrivals,omitempty"`
	Asked    float64 `json:"asked_per_s,omitempty"` // the mean of the rate that was asked for
	Arrived  uint64  `json:"arrived,omitempty"`     // calls that were meant to begin in the measured time
	Rate     float64 `json:"offered_per_s,omitempty"`
	Achieved float64 `json:"achieved_per_s,omitempty"` // executed in the measured time, a second
	// Shed is how many of those that arrived never began, since the backlog was full or
	// the run over: they have no latency, but the figures are not those of the rate.
	Shed       uint64 `json:"shed"`
	Backlog    int    `json:"backlog,omitempty"`     // its bound
	MaxBacklog int    `json:"backlog_max,omitempty"` // the most calls under way or waiting
	// Sustained is whether the cluster kept up, and Why why not; nil for closed loops.
	Sustained *bool  `json:"sustained,omitempty"`
	Why       string `json:"sustained_why,omitempty"`
	// Service is what executed calls took from when they really began.
	Service *Latency `json:"service_ms,omitempty"`

	// Late is how late calls began though nothing but this process held them up: those of
	// open loops, and after a think time. Others have no instant to begin at.
	Late *Latency `json:"late_ms,omitempty"`
}

// offering is what an Offered is made of.
type offering struct {
	cfg           *Config
	measured      time.Duration
	tallies       []*tally
	series        []Sample
	arrived, shed uint64
	peak          int   // of calls under way or waiting
	begin, end    int64 // how many of them there were at the ends of the measured time
}

// offered sums up what drivers did.
func (r *run) offered(out *Result) *Offered {
	f := offering{
		cfg: &r.cfg, measured: max(0, r.window.end()-r.window.from), tallies: r.tallies, series: r.series, begin: r.begin.held, end: r.end.held,
	}
	for _, d := range r.drivers {
		f.arrived += d.arrived
		f.shed += d.shed
		f.peak += d.peak
	}
	return f.report(out)
}

// report sums it up, nil for the usual closed loops.
func (f *offering) report(out *Result) *Offered {
	l := &f.cfg.Load
	if !l.Open() && l.Pipeline == 1 && l.Think == 0 && l.Ramp == nil && l.Cooldown == 0 {
		return nil
	}
	o := &Offered{Loop: "closed", Pipeline: l.Pipeline, Think: round(seconds(l.Think)*1e3, 3), Cooldown: seconds(l.Cooldown)}
	if l.Ramp != nil {
		o.RampFrom, o.RampTo = &l.Ramp.From, &l.Ramp.To
	}
	var service, late *hdrhistogram.Histogram
	for _, t := range f.tallies {
		service, late = merged(service, t.service), merged(late, t.late)
	}
	if late != nil {
		lat := latencyOf(late)
		o.Late = &lat
	}
	if !l.Open() {
		return o
	}
	if service != nil {
		s := latencyOf(service)
		o.Service = &s
	}
	arrivals := f.cfg.arrivals()
	o.Loop, o.Arrivals, o.Backlog = "open", l.Arrivals, l.Backlog
	o.Asked = round(ratio(arrivals.Mean(f.cfg.Warmup, f.cfg.Warmup+f.measured), seconds(f.measured)), 1)
	o.Arrived, o.Shed, o.MaxBacklog = f.arrived, f.shed, f.peak
	o.Rate, o.Achieved = round(rate(o.Arrived, f.measured), 1), out.Throughput
	o.Why = f.behind(o, out, arrivals)
	sustained := o.Why == ""
	o.Sustained = &sustained
	return o
}

// tolerance is the share of arrivals by which a rate counts as sustained all the same.
const tolerance = 0.01

// behind says why the cluster did not keep up with the arrivals, empty if it did.
func (f *offering) behind(o *Offered, out *Result, a Arrivals) string {
	all := float64(o.Arrived)
	failed := out.Errors + out.Unknown
	// More are under way after a ramp, as many as come in the time that a call takes
	// where nothing is in a hurry: at its slower end.
	grown := float64(f.end - f.begin)
	if n := len(f.series); n > 0 {
		idle := min(f.series[0].P50, f.series[n-1].P50) / 1e3
		grown -= 2 * max(0, a.Rate(f.cfg.Warmup+f.cfg.Duration)-a.Rate(f.cfg.Warmup)) * idle
	}
	// Neither is known better than by chance.
	slack := max(tolerance*all, 3*math.Sqrt(all))
	switch {
	case o.Arrived == 0:
		return "nothing arrived"
	case o.Shed > 0:
		return fmt.Sprintf("%d of %d calls never began: the backlog of %d was full", o.Shed, o.Arrived, o.Backlog)
	case float64(failed) > tolerance*all:
		return fmt.Sprintf("%d of %d calls failed", failed, o.Arrived)
	case grown > slack:
		return fmt.Sprintf("%d calls were under way or waiting at the end, %d at the beginning", f.end, f.begin)
	}
	return ""
}

// Calls that begin this late, and by so large a share of what they take, are the
// clients' fault.
const (
	tooLate      = 5 * time.Millisecond
	tooLateShare = 0.1
)

// tardy reports whether the figures are as much of the clients' lateness as of the
// cluster.
func (o *Offered) tardy(took Latency) bool {
	return o != nil && o.Late != nil && o.Late.P99 > max(seconds(tooLate)*1e3, tooLateShare*took.P50)
}

// write tells of the load in lines.
func (o *Offered) write(b *strings.Builder) {
	if o == nil {
		return
	}
	fmt.Fprintf(b, "  load      %s loop", o.Loop)
	if o.Loop == "open" {
		fmt.Fprintf(b, ", %s arrivals: %s a second offered, %s achieved", o.Arrivals, thousands(o.Rate), thousands(o.Achieved))
	}
	if o.Pipeline > 1 || o.Pipeline == 1 && o.Loop == "open" {
		fmt.Fprintf(b, ", %d calls of a client at a time", o.Pipeline)
	}
	if o.Think > 0 {
		fmt.Fprintf(b, ", %g ms between calls", o.Think)
	}
	if o.RampFrom != nil {
		fmt.Fprintf(b, ", from %g to %g", *o.RampFrom, *o.RampTo)
	}
	b.WriteByte('\n')
	if o.Sustained != nil && !*o.Sustained {
		fmt.Fprintf(b, "  NOT sustained: %s\n", o.Why)
	}
	if s := o.Service; s != nil {
		writeLatency(b, "service", 1, *s)
	}
	if l := o.Late; l != nil {
		fmt.Fprintf(b, "  lateness  of the clients themselves: p50 %s ms, p99 %s, max %s\n", ms(l.P50), ms(l.P99), ms(l.Max))
	}
}
