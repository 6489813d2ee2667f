package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
)

func TestLine(t *testing.T) {
	m := sim.TraceMeta{Members: []string{"1.1", "1.2"}}
	for _, test := range []struct {
		e    sim.TraceEvent
		want string
	}{
		{sim.TraceEvent{At: 1500 * time.Microsecond, Event: 7, Kind: sim.TraceSend, Node: 0, Peer: 1, ID: 9, Text: "P1a{}"}, "0.001500s #7      1.1   -> 1.2   m9 P1a{}"},
		{sim.TraceEvent{Kind: sim.TraceDeliver, Node: 1, Peer: -3, ID: 9, Text: "Request{}"}, "0.000000s #0      1.2   <- c2    m9 Request{}"},
		{sim.TraceEvent{Kind: sim.TraceDrop, Client: true, Node: 4, Peer: 0, ID: 9, Text: "loss"}, "0.000000s #0      c4    x  1.1   m9 lost: loss"},
		{sim.TraceEvent{Kind: sim.TraceCrash, Node: 1, Text: "torn"}, "0.000000s #0      1.2   crashes, leaving torn"},
		{sim.TraceEvent{Kind: sim.TraceCrash, Node: 1}, "0.000000s #0      1.2   crashes"},
		{sim.TraceEvent{Kind: sim.TraceFault, Node: -1, ID: 3, Text: "partition"}, "0.000000s #0      -     fault 3: partition"},
		{sim.TraceEvent{Kind: sim.TraceBroken, Node: 9, Name: "once", Text: "a\n  b"}, "0.000000s #0      -     VIOLATION of once: a |   b"},
	} {
		if got := m.Line(&test.e); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// Every event of a world has a line that says something, and its number.
func TestLinesOfAWorld(t *testing.T) {
	swarm := swarmOf(t, "paxos")
	spec, err := swarm.Spec(3)
	if err != nil {
		t.Fatal(err)
	}
	m := spec.TraceMeta(nil)
	last := 0
	run(t, swarm.Subject, spec, sim.Options{Trace: func(e sim.TraceEvent) {
		if line := m.Line(&e); strings.Contains(line, "kind ") || strings.Contains(line, "\n") || e.Event < last {
			t.Errorf("%q after event %d", line, last)
		}
		last = e.Event
	}})
	if last == 0 || len(m.Members) != spec.Nodes || !strings.Contains(m.Title, "seed 3") {
		t.Errorf("%d events, %+v", last, m)
	}
}
