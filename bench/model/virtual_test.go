package model

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// busy is a run in virtual time in which a message in takes 25 us, and one out 1 us.
func busy(t *testing.T, protocol string, nodes, clients, batch int) bench.Result {
	t.Helper()
	report, err := bench.Run(context.Background(), bench.Config{
		Protocol: protocol, Nodes: nodes, Clients: clients, NoCheck: true, Warmup: 120 * time.Millisecond, Duration: 150 * time.Millisecond,
		Options: protocols.Options{Batch: batch},
		Virtual: &bench.Virtual{Service: sim.Service{In: 25 * time.Microsecond, Out: time.Microsecond}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report.Runs[0]
}

// With one command in a round, a virtual leader that is never idle does what the
// formulas of the paper say, to two in a hundred.
func TestVirtualCapacity(t *testing.T) {
	p := Params{In: 25, Out: 1}
	for _, test := range []struct {
		protocol string
		nodes    int
	}{{"paxos", 3}, {"paxos", 5}, {"trex", 3}} {
		run, want := busy(t, test.protocol, test.nodes, 60, 1), Paxos(test.nodes).MaxRate(p)
		if off := run.Throughput/want - 1; math.Abs(off) > 0.02 {
			t.Errorf("%s, %d members: %v a second, want %v: %+.1f%%", test.protocol, test.nodes, run.Throughput, want, 100*off)
		}
	}
}

// With batches it does what the model of the engine says, whatever the load, to a quarter.
func TestVirtualCurve(t *testing.T) {
	for _, protocol := range []string{"paxos", "wpaxos"} {
		report := bench.NewReport()
		for _, clients := range []int{8, 32, 90} {
			run := busy(t, protocol, 3, clients, 0)
			run.Cell = protocol
			report.Runs = append(report.Runs, run)
		}
		curves := Overlay(report, Params{In: 1e6}) // the world has its own
		if len(curves) != 1 || len(curves[0].Matches) != 3 || len(curves[0].Points) != curvePoints || curves[0].Why != "" {
			t.Fatalf("%s: %+v", protocol, curves)
		}
		for _, m := range curves[0].Matches {
			if math.Abs(m.RateError) > 0.25 || math.Abs(m.LatencyError) > 0.25 {
				t.Errorf("%s: %+v", protocol, m)
			}
		}
	}
}
