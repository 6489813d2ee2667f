package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// Region is what the clients of one region saw in a run over several.
type Region struct {
	Name       string  `json:"name"`
	Zone       int     `json:"zone"` // from 1 on
	Leader     bool    `json:"leader"`
	Clients    int     `json:"clients"`
	Operations uint64  `json:"ops"`
	Throughput float64 `json:"throughput"`
	Latency    Latency `json:"latency_ms"`
	Reads      Latency `json:"read_latency_ms"`
	Writes     Latency `json:"write_latency_ms"`
	// Local is the share of the operations that took less than a round trip to the
	// nearest other region: nothing that happened elsewhere held them up. It is nil
	// where zones do not lie in regions of their own, or without operations.
	Local *float64 `json:"local,omitempty"`
	// Series is over time, as that of the Result.
	Series  []RegionSample `json:"series,omitempty"`
	Errors  uint64         `json:"errors"`
	Unknown uint64         `json:"unknown"`
	// Gap is the longest time without the end of an operation, in milliseconds.
	Gap float64 `json:"gap_ms"`
}

// RegionSample is what the clients of a region saw in an interval.
type RegionSample struct {
	Seconds    float64 `json:"t"` // since measuring began, at the interval's end
	Throughput float64 `json:"throughput"`
	Mean       float64 `json:"mean_ms"` // 0 without operations
}

// latencyPair is what calls took.
type latencyPair struct{ reads, writes *hdrhistogram.Histogram }

func newLatencyPair() latencyPair { return latencyPair{newHistogram(), newHistogram()} }

func (p *latencyPair) record(kind quorate.Op, d time.Duration) {
	if kind == quorate.OpGet {
		record(p.reads, d)
	} else {
		record(p.writes, d)
	}
}

func (p *latencyPair) count() uint64 { return uint64(p.reads.TotalCount() + p.writes.TotalCount()) }

// region collects a Region.
type region struct {
	name            string
	clients         int
	took            latencyPair
	ops             uint64        // executed in the measured time
	away            time.Duration // round trip to the nearest other region, 0 without one
	local           uint64        // what took less
	errors, unknown uint64
	from, last, gap time.Duration // of the measured time
	interval        time.Duration
	series          []regionSum
}

// regionSum is of an interval.
type regionSum struct {
	n    uint64
	took time.Duration
}

func newRegion(cfg Config, zone int, from time.Duration) region {
	r := region{name: fmt.Sprintf("zone %d", zone+1), took: newLatencyPair(), from: from, last: from, interval: cfg.Interval}
	if wan, err := nemesis.WAN(cfg.WAN); err == nil {
		r.name = wan.Names[zone%len(wan.Names)]
		if cfg.Zones > len(wan.Names) { // some share a region
			r.name += fmt.Sprintf(" %d", zone+1)
		}
		r.away = away(wan, zone, cfg.Zones)
	}
	for i := zone; i < cfg.Clients; i += cfg.Zones {
		r.clients++
	}
	r.series = make([]regionSum, (cfg.Duration+cfg.Interval-1)/cfg.Interval)
	return r
}

// away returns the round trip from a zone to the nearest one in another region, 0 if
// there is none.
func away(wan nemesis.Latencies, zone, zones int) time.Duration {
	nearest := time.Duration(0)
	for other := range zones {
		if trip := 2 * wan.Between(zone, other); other%len(wan.Names) != zone%len(wan.Names) && (nearest == 0 || trip < nearest) {
			nearest = trip
		}
	}
	return nearest
}

// done accounts for a call that was executed in the measured time. Not all are told in
// the order in which they returned.
func (r *region) done(kind quorate.Op, called, at time.Duration) {
	r.record(kind, at-called)
	r.executed(called, at)
}

// record accounts for what a call took.
func (r *region) record(kind quorate.Op, took time.Duration) {
	r.took.record(kind, took)
	if took < r.away {
		r.local++
	}
}

// executed accounts for the call itself, at the instant it returned.
func (r *region) executed(called, at time.Duration) {
	r.ops++
	if i := int((at - r.from) / r.interval); i < len(r.series) {
		r.series[i].n++
		r.series[i].took += at - called
	}
	r.gap = max(r.gap, at-r.last)
	r.last = max(r.last, at)
}

// report sums a region up; length is the measured time.
func (r *region) report(zone int, leader bool, length time.Duration) Region {
	g := Region{
		Name: r.name, Zone: zone + 1, Leader: leader, Clients: r.clients, Reads: latencyOf(r.took.reads), Writes: latencyOf(r.took.writes),
		Errors: r.errors, Unknown: r.unknown, Gap: millis(int64(max(r.gap, r.from+length-r.last))),
	}
	if n := r.took.count(); r.away > 0 && n > 0 {
		local := round(float64(r.local)/float64(n), 4)
		g.Local = &local
	}
	r.took.reads.Merge(r.took.writes)
	g.Operations, g.Latency = r.ops, latencyOf(r.took.reads)
	g.Throughput = round(rate(g.Operations, length), 1)
	for i, sum := range r.series {
		from := time.Duration(i) * r.interval
		if from >= length {
			break
		}
		upto := min(from+r.interval, length)
		g.Series = append(g.Series, RegionSample{
			Seconds: round(seconds(upto), 3), Throughput: round(rate(sum.n, upto-from), 1), Mean: round(ratio(1e3*seconds(sum.took), float64(sum.n)), 3),
		})
	}
	return g
}

// writeRegions writes a line for each region of each run that has some.
func writeRegions(w io.Writer, r *Report) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	any := false
	for i := range r.Runs {
		run := &r.Runs[i]
		for _, g := range run.Regions {
			if !any {
				fmt.Fprintln(t, "\nprotocol\tregion\tclients\tops/s\tmean ms\tp50\tp95\tp99\tp99.9\tmax\tread p50\twrite p50\tlocal\tgap ms\terr\tunkn\t")
			}
			any = true
			l := g.Latency
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t\n", r.Label(i), g.Name+when(g.Leader, "*"), g.Clients, thousands(g.Throughput),
				ms(l.Mean), ms(l.P50), ms(l.P95), ms(l.P99), ms(l.P999), ms(l.Max), ms(g.Reads.P50), ms(g.Writes.P50), percent(g.Local), ms(g.Gap), g.Errors, g.Unknown)
		}
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the table of regions: %w", err)
	}
	return nil
}

// percent is a share for people, "-" if it is not known.
func percent(share *float64) string {
	if share == nil {
		return "-"
	}
	return fmt.Sprintf("%.3g%%", 100**share)
}
