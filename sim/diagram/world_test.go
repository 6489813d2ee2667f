package diagram_test

import (
	"slices"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// staleRead simulates worlds of Paxos with a planted bug until one has a stale read.
func staleRead(t *testing.T) (sim.TraceMeta, []sim.TraceEvent) {
	t.Helper()
	s, err := protocols.Subject("paxos", "local-reads-any")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(100) {
		spec, err := sim.Swarm{Subject: s, Groups: nemesis.Groups(), Nodes: 3, Ops: 60}.Spec(seed)
		if err != nil {
			t.Fatal(err)
		}
		var events []sim.TraceEvent
		out, err := sim.Run(t.Context(), s, spec, sim.Options{Trace: func(e sim.TraceEvent) { events = append(events, e) }})
		if err != nil {
			t.Fatal(err)
		}
		if out.Violation == nil {
			continue
		}
		meta := sim.TraceMeta{Title: "paxos, 3 members, bug local-reads-any", Seed: seed, Clients: spec.Clients.Count, Broken: out.Violation.Error(), Hash: out.Hash}
		cluster, err := quorate.Grid(spec.Zones, spec.Nodes)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range cluster.IDs() {
			meta.Members = append(meta.Members, id.String())
		}
		return meta, events
	}
	t.Fatal("no seed shows a stale read")
	return sim.TraceMeta{}, nil
}

// The simulator's traces have all that a picture needs: every arrival has its
// sending, every end its beginning, every name a place.
func TestWorldsAreDrawn(t *testing.T) {
	meta, events := staleRead(t)
	p := read(t, write(t, meta, events))
	counts := map[string]int{}
	for i, shape := range p.Items.Shape {
		counts[shape]++
		if shape == "arrow" && p.Events.Kind[p.Items.From[i]] != p.Kinds["send"] {
			t.Errorf("event %d of a message that nobody sent: %+v", p.Items.From[i], events[p.Items.From[i]])
		}
		if to := p.Items.To[i]; shape == "call" && to >= 0 {
			if outcome := p.Strings[p.Events.Name[to]]; !slices.Contains([]string{"done", "not executed", "unknown"}, outcome) {
				t.Errorf("call %d returns %q", p.Items.From[i], outcome)
			}
		}
	}
	for i, item := range p.Events.Item {
		if item < 0 {
			t.Errorf("event %d ends nothing: %+v", i, events[i])
		}
	}
	for _, shape := range []string{"arrow", "mark", "sync", "call", "broken"} {
		if counts[shape] == 0 {
			t.Errorf("the picture has no %s", shape)
		}
	}
	for _, c := range p.Cats {
		if c.Name == "" || c.Name == "event" || c.Name == "timer" || c.Name == "fault" {
			t.Errorf("a category without a name: %+v", c)
		}
	}
}
