package sim_test

import (
	"fmt"
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
