package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/sim"
)

// A fault of several members is traced at each of them, and ends once.
func TestFaultsAreTracedWhereTheyStrike(t *testing.T) {
	spec, err := sim.Swarm{Subject: subject(t, "paxos", ""), Nodes: 5}.Spec(1)
	if err != nil {
		t.Fatal(err)
	}
	spec.Faults = []nemesis.Fault{{Kind: nemesis.Pause, At: 20 * time.Millisecond, For: 10 * time.Millisecond, Nodes: []int{1, 3}}}
	var got []string
	run(t, subject(t, "paxos", ""), spec, sim.Options{Trace: func(e sim.TraceEvent) {
		if e.Kind == sim.TraceFault || e.Kind == sim.TraceHealed {
			got = append(got, fmt.Sprint(e.At, " ", e.Kind == sim.TraceFault, " ", e.Name, " ", e.Node))
		}
	}})
	if want := "[20ms true pause 1 20ms true pause 3 30ms false pause 1]"; fmt.Sprint(got) != want {
		t.Errorf("traced %v, want %s", got, want)
	}
}

// A history is judged when the world has ended; the trace says when the calls
// that break it had returned.
func TestStaleReadIsTracedWhereItReturned(t *testing.T) {
	s := subject(t, "paxos", "local-reads-any")
	for seed := range uint64(50) {
		spec, err := sim.Swarm{Subject: s, Nodes: 3}.Spec(seed)
		if err != nil {
			t.Fatal(err)
		}
		var broken, last sim.TraceEvent
		out := run(t, s, spec, sim.Options{Trace: func(e sim.TraceEvent) {
			if e.Kind == sim.TraceBroken {
				broken = e
			} else {
				last = e
			}
		}})
		if out.Violation == nil {
			continue
		}
		if out.Violation.Oracle != "linearizable" || out.Violation.At != broken.At || broken.At >= last.At || out.Stats.Virtual < last.At ||
			!strings.Contains(broken.Text, broken.At.String()) {
			t.Errorf("seed %d: the trace says %+v, the last event was at %v of %v: %v", seed, broken, last.At, out.Stats.Virtual, out.Violation)
		}
		return
	}
	t.Error("no seed shows a stale read")
}
