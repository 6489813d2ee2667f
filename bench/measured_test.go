package bench

import (
	"context"
	"testing"
	"time"
)

// apartment is an async fake whose clients lie in zones.
type apartment struct{ *async }

func (apartment) leads(context.Context) int { return -1 }

func (apartment) apart() bool { return true }

// What zones executed in the measured time is what all executed then, though latencies
// are those of others: of the calls that arrived in it.
func TestZonesOfAnOpenLoopSumUp(t *testing.T) {
	a := newAsync(1500 * time.Millisecond)
	start := func(ctx context.Context, cfg Config) (Target, error) {
		_, err := a.start(ctx, cfg)
		return apartment{a}, err
	}
	cfg := Config{
		Zones: 2, Clients: 4, Load: Load{Rate: 100, Arrivals: Evenly}, NoCheck: true, Start: start,
		Warmup: time.Second, Duration: 2 * time.Second, Timeout: time.Minute,
	}
	bubble(t, cfg, a.fake, func(r *Result) {
		if r.Operations != 150 || len(r.Regions) != 2 {
			t.Fatalf("%d operations in %d regions, want the 150 that returned in time", r.Operations, len(r.Regions))
		}
		var ops uint64
		var rate, series float64
		for _, g := range r.Regions {
			ops += g.Operations
			rate += g.Throughput
			for _, s := range g.Series {
				series += s.Throughput * seconds(cfg.Duration) / float64(len(g.Series))
			}
			if !near(g.Gap, 500, 30) || !near(g.Latency.P50, 1500, 5) {
				t.Errorf("zone %d: %+v", g.Zone, g)
			}
		}
		if ops != r.Operations || !near(rate, r.Throughput, 0.1) || !near(series, float64(ops), 1) {
			t.Errorf("zones executed %d operations, %v a second, %v by their series; all %d, %v a second", ops, rate, series, r.Operations, r.Throughput)
		}
	})
}

// Messages are of the measured time, too, in virtual time: neither of the election
// before it nor of what is under way afterwards.
func TestVirtualMessagesAreOfTheMeasuredTime(t *testing.T) {
	perOp := func(length time.Duration) float64 {
		cfg := far("paxos", NoConflicts)
		cfg.Clients, cfg.Duration, cfg.Warmup = 3, length, 100*time.Millisecond
		return runOne(t, cfg).Network.Messages
	}
	if short, long := perOp(time.Second), perOp(20*time.Second); !near(short, long, long/10) {
		t.Errorf("%v messages an operation in a second, %v in twenty", short, long)
	}
}
