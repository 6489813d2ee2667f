package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/bench/yardstick"
)

// Rule: reports that are added keep the medians of all that was measured, where it is
// the same that was.
func TestYardsticksAddUp(t *testing.T) {
	of := func(name string, workers int, rates ...float64) Yardstick {
		var all []yardstick.Measure
		for _, r := range rates {
			all = append(all, yardstick.Measure{Name: name, Workers: workers, PerSecond: r, P50: time.Millisecond, P99: 2 * time.Millisecond})
		}
		return yardstickOf(all)
	}
	r := NewReport()
	for _, y := range [][]Yardstick{{of("tcp", 2, 10, 20), of("sync", 1, 5)}, {of("tcp", 2, 90), of("tcp", 4, 7)}, nil} {
		r.Add(&Report{Yardsticks: y})
	}
	if y := r.Yardsticks; len(y) != 3 || y[0].PerSecond != 20 || y[0].Measured != 3 || y[0].P50 != 1 || y[0].P99 != 2 || y[1].Name != "sync" || y[2].Workers != 4 {
		t.Errorf("%+v", y)
	}
	var b strings.Builder
	if err := WriteTable(&b, r); err != nil || !strings.Contains(b.String(), "  bare TCP ping-pong, 2 connections: 20/s, p50 1 ms, p99 2\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// Rule: a run is compared with the bare way that its clients talk, and with a disk
// that did nothing but sync, as often as the busiest journal did.
func TestScale(t *testing.T) {
	bare := func(name string, rate float64) []yardstick.Measure {
		return []yardstick.Measure{{Name: name, PerSecond: rate, P99: 2 * time.Millisecond}}
	}
	u := &ruler{measures: map[string][]yardstick.Measure{"tcp": bare("tcp", 1000), "http": bare("http", 500), "sync": bare("sync", 40)}}
	r := &Result{Transport: "tcp", Throughput: 250, Operations: 500, Latency: Latency{P99: 3}}
	s := u.scale(r, []uint64{10, 50, 20})
	if s.Against != "tcp" || s.Rate != 0.25 || s.P99 != 1.5 || *s.OpsPerSync != 10 || *s.Disk != 0.625 {
		t.Errorf("%+v", s)
	}
	var b strings.Builder
	s.write(&b)
	if got := b.String(); !strings.Contains(got, "25% of the rate of bare tcp, p99 1.5 times its") || !strings.Contains(got, "10 operations a sync, 62.5% of that times bare syncs") {
		t.Errorf("%s", got)
	}
	r.Transport = "rest"
	if s := u.scale(r, nil); s.Against != "http" || s.Rate != 0.5 || s.OpsPerSync != nil || s.Disk != nil {
		t.Errorf("%+v", s)
	}
	r.Transport = "chan"
	if s := u.scale(r, nil); s != nil {
		t.Errorf("against what was not measured: %+v", s)
	}
	if s := (*ruler)(nil).scale(r, nil); s != nil {
		t.Errorf("without yardsticks: %+v", s)
	}
}

// They are measured before and after a run, and a run that ends early keeps the first.
func TestYardsticksAroundARun(t *testing.T) {
	f := newFake()
	cfg := Config{Start: f.start, Clients: 2, Duration: 20 * time.Millisecond, Warmup: NoWarmup, Transport: "tcp", Yardsticks: &Yardsticks{Duration: time.Millisecond}}
	var phases []Phase
	report, err := Run(t.Context(), cfg, func(p Progress) {
		if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
			phases = append(phases, p.Phase)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if y := report.Yardsticks; len(y) != 3 || y[0].Measured != 2 || y[0].Workers != 2 || report.Runs[0].Scale == nil {
		t.Errorf("%+v, scale %+v", y, report.Runs[0].Scale)
	}
	if phases[0] != Gauging || phases[len(phases)-1] != Gauging {
		t.Errorf("phases %v", phases)
	}
	cfg.Virtual = &Virtual{}
	if err := cfg.Validate(); err == nil {
		t.Error("yardsticks of a simulated world")
	}
}
