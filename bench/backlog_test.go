package bench

import (
	"context"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/sim"
)

// pile runs a world in which all write one key, a command an instance, so that
// every instance depends on others, and waits for instances that were proposed after
// it; with so many own instances that are not executed, at most.
func pile(t *testing.T, zones, backlog int) *Result {
	t.Helper()
	cfg := Config{
		Protocol: "epaxos", Zones: zones, Nodes: 1, Clients: 40 * zones, Conflicts: 1, WriteRatio: 1, Warmup: time.Second, Duration: 4 * time.Second,
		WAN: "aws5", Virtual: &Virtual{},
	}.WithDefaults()
	subject, spec, err := cfg.world()
	if err != nil {
		t.Fatal(err)
	}
	subject.New = func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) {
		return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return epaxos.New(n, app, epaxos.Config{Window: 1024, Backlog: backlog, Batch: 1})
		}, nil
	}
	v, err := newVirtual(cfg, spec, func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	out, err := sim.Measure(context.Background(), subject, spec, sim.Load{From: v.begin, Next: v.next, Ended: v.ended, Observe: v.observe}, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := v.report(out)
	return &r
}

// Whatever piled up is executed when the load is over, or the world would break its
// oracle of liveness; with a bound the pile stays small.
func TestPilesAreExecuted(t *testing.T) {
	for _, zones := range []int{3, 5} {
		if testing.Short() && zones > 3 {
			continue
		}
		var most [2]int64
		for i, backlog := range []int{4, 8192} {
			r := pile(t, zones, backlog)
			e := r.Execution
			t.Logf("%d members, backlog %d: %.0f op/s, p50 %v ms, p99.9 %v ms, %d components of p50 %d, p99.9 %d, at most %d, execution after commit p50 %v ms, p99.9 %v ms, max %v ms",
				zones, backlog, r.Throughput, r.Latency.P50, r.Latency.P999, e.Components, e.ComponentP50, e.ComponentP999, e.ComponentMax, e.Delay.P50, e.Delay.P999, e.Delay.Max)
			if r.Linearizable != "ok" || r.Unknown != 0 || e.Components == 0 {
				t.Errorf("%d members, backlog %d: %s %s, %d unknown, %d components", zones, backlog, r.Linearizable, r.Why, r.Unknown, e.Components)
			}
			most[i] = e.ComponentMax
		}
		if most[0] > int64(zones*8) || most[0] >= most[1] {
			t.Errorf("%d members: components of up to %d with a bound of 4, %d without", zones, most[0], most[1])
		}
	}
}
