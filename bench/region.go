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
	Errors     uint64  `json:"errors"`
	Unknown    uint64  `json:"unknown"`
	// Gap is the longest time without the end of an operation, in milliseconds.
	Gap float64 `json:"gap_ms"`
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
	took            *hdrhistogram.Histogram
	errors, unknown uint64
	last, gap       time.Duration // of the measured time
}

func newRegion(cfg Config, zone int) region {
	r := region{name: fmt.Sprintf("zone %d", zone+1), took: newHistogram()}
	if wan, err := nemesis.WAN(cfg.Virtual.WAN); err == nil {
		r.name = wan.Names[zone%len(wan.Names)]
	}
	for i := zone; i < cfg.Clients; i += cfg.Zones {
		r.clients++
	}
	return r
}

func (r *region) done(called, at time.Duration) {
	record(r.took, at-called)
	r.gap = max(r.gap, at-r.last)
	r.last = at
}

// report sums a region up; length is the measured time, which ended at end.
func (r *region) report(zone int, leader bool, length, end time.Duration) Region {
	n := uint64(r.took.TotalCount())
	return Region{
		Name: r.name, Zone: zone + 1, Leader: leader, Clients: r.clients,
		Operations: n, Throughput: round(rate(n, length), 1), Latency: latencyOf(r.took),
		Errors: r.errors, Unknown: r.unknown, Gap: millis(int64(max(r.gap, end-r.last))),
	}
}

// writeRegions writes a line for each region of each run that has some.
func writeRegions(w io.Writer, r *Report) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	any := false
	for i := range r.Runs {
		run := &r.Runs[i]
		for _, g := range run.Regions {
			if !any {
				fmt.Fprintln(t, "\nprotocol\tregion\tclients\tops/s\tmean ms\tp50\tp95\tp99\tp99.9\tmax\tgap ms\terr\tunkn\t")
			}
			any = true
			l := g.Latency
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t\n", run.Protocol, g.Name+when(g.Leader, "*"), g.Clients, thousands(g.Throughput),
				ms(l.Mean), ms(l.P50), ms(l.P95), ms(l.P99), ms(l.P999), ms(l.Max), ms(g.Gap), g.Errors, g.Unknown)
		}
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the table of regions: %w", err)
	}
	return nil
}
