package protocols_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// TestWorldsOfEPaxos: what seeds draw for it: clusters of all sizes, quorums of its
// own only, few keys and many, and no reads that it refuses.
func TestWorldsOfEPaxos(t *testing.T) {
	s, err := protocols.Subject("epaxos", "")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for seed := range uint64(300) {
		spec, err := sim.Swarm{Subject: s, Groups: nemesis.Groups()}.Spec(seed)
		if err != nil {
			t.Fatal(err)
		}
		mix := spec.Clients.Mix
		if mix.Index+mix.Lease+mix.Handoff+mix.Timeline+mix.Follower > 0 {
			t.Fatalf("seed %d asks for reads that there are not: %+v", seed, mix)
		}
		if q := spec.Knobs.Quorum; q != "" && !strings.HasPrefix(q, "epaxos:") {
			t.Fatalf("seed %d: quorums %s", seed, q)
		}
		seen[fmt.Sprint("nodes ", spec.Nodes)] = true
		seen[fmt.Sprint(spec.Nodes, " ", spec.Knobs.Quorum)] = true
		seen[fmt.Sprint("hot ", mix.Hot > 0)] = true
		seen[fmt.Sprint("keys ", min(mix.Keys, 4))] = true
		seen[fmt.Sprint("dead ", len(spec.Dead))] = true
		seen[fmt.Sprint("hasty ", spec.Knobs.ElectionTimeout < 50*time.Millisecond)] = true
		seen[fmt.Sprint("away ", slices.ContainsFunc(spec.Faults, func(f nemesis.Fault) bool { return f.Kind == nemesis.Crash && f.For >= spec.Safety/2 }))] = true
	}
	for _, want := range []string{
		"nodes 3", "nodes 4", "nodes 5", "nodes 6", "nodes 7", "hot true", "hot false", "keys 1", "keys 2", "keys 4",
		"5 ", "5 epaxos:f=1,e=1", "5 epaxos:f=2,e=1", "5 epaxos:f=2,e=2", "7 epaxos:f=3,e=2", "dead 0", "dead 1", "dead 2", "hasty true", "hasty false", "away true", "away false",
	} {
		if !seen[want] {
			t.Errorf("no world of 300 has %s", want)
		}
	}
}

func TestQuorumsOfEPaxos(t *testing.T) {
	s, err := protocols.Subject("epaxos", "")
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := quorate.Grid(1, 5)
	if err != nil {
		t.Fatal(err)
	}
	for knob, want := range map[string]string{
		"count:3,3": "its own", "majority": "its own", "epaxos:f=3,e=1": "f=3", "epaxos:f=2,e=3": "e=3", "epaxos:f=2,e=1": "", "": "",
		"epaxos:f=2,e=0": "at least one", "epaxos:f=0,e=0": "at least one",
	} {
		_, err := s.New(cluster, sim.Knobs{Quorum: knob})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", knob, err, want)
		}
		if q, err := s.Quorums(cluster, sim.Knobs{Quorum: knob}); err == nil && knob != "" && q.Name != knob {
			t.Errorf("%q: the ghost is told %s", knob, q.Name)
		}
		five := file(t, `, "protocol": "epaxos"`)
		five.Addresses[cluster.ID(3)], five.Addresses[cluster.ID(4)] = "tcp://127.0.0.1:1738", "tcp://127.0.0.1:1739"
		five.Quorums = knob
		_, err = protocols.FromFile("", five)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q in a file: %v, want an error with %q", knob, err, want)
		}
		if knob == "" {
			continue
		}
		q, err := quorate.ParseQuorums(cluster, knob)
		if err != nil {
			continue // nobody can ask for those
		}
		if _, err := protocols.New("epaxos", protocols.Options{Quorums: q}); (err == nil) != (want == "") {
			t.Errorf("%q as an option: %v, want an error with %q", knob, err, want)
		}
	}
}

// TestEPaxosIsSimulated: no oracle is broken in some worlds, and what is rare
// happens in them.
func TestEPaxosIsSimulated(t *testing.T) {
	s, err := protocols.Subject("epaxos", "")
	if err != nil {
		t.Fatal(err)
	}
	campaign := sim.Campaign{Swarm: sim.Swarm{Subject: s, Groups: nemesis.Groups()}, From: 1, To: 40, KeepGoing: true}
	found, err := campaign.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Failed {
		t.Errorf("world %d: %v", f.Seed, f.Outcome.Violation)
	}
	for _, probe := range s.Probes {
		// few worlds get so far
		if found.Stats.Probes[probe] == 0 && !slices.Contains([]string{sim.ProbeWaiting, sim.ProbeInstalled}, probe) {
			t.Errorf("never: %s", probe)
		}
	}
}
