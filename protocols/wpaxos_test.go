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

// TestWorldsOfWPaxos: what seeds draw for it: clusters of several zones, quorums that
// tolerate zones and do not, all policies, few keys and many, clients at home in zones
// and all around, zones that stay dead.
func TestWorldsOfWPaxos(t *testing.T) {
	s, err := protocols.Subject("wpaxos", "")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for seed := range uint64(300) {
		spec, err := sim.Swarm{Subject: s, Groups: nemesis.Groups()}.Spec(seed)
		if err != nil {
			t.Fatal(err)
		}
		if spec.Clients.Count < spec.Zones || spec.Clients.Mix.Index > 0 || spec.Knobs.Quorum != "" && !strings.HasPrefix(spec.Knobs.Quorum, "zones:") {
			t.Fatalf("seed %d: %+v", seed, spec)
		}
		policy, _, _ := strings.Cut(spec.Knobs.Policy, ":")
		for _, what := range []string{
			fmt.Sprint("zones ", spec.Zones), fmt.Sprint("nodes ", spec.Nodes), policy, fmt.Sprint("quorums ", spec.Knobs.Quorum),
			fmt.Sprint("zoned ", spec.Clients.Zoned), fmt.Sprint("keys ", min(spec.Clients.Mix.Keys, 5)), fmt.Sprint("hot ", spec.Clients.Mix.Hot > 0),
			fmt.Sprint("local ", spec.Clients.Mix.Locality > 0),
			fmt.Sprint("odd ", spec.Knobs.ChunkBytes%4), fmt.Sprint("dead zone ", deadZone(&spec)),
		} {
			seen[what] = true
		}
	}
	for _, want := range []string{
		"zones 2", "zones 3", "zones 4", "nodes 1", "nodes 2", "nodes 3", "immediate", "null", "consecutive", "majority", "average",
		"quorums ", "quorums zones:fz=0,fn=0", "quorums zones:fz=0,fn=2", "quorums zones:fz=1,fn=1", "quorums zones:fz=2,fn=0",
		"zoned true", "zoned false", "keys 1", "keys 5", "hot true", "hot false", "local true", "local false", "odd 0", "odd 1", "odd 2", "odd 3", "dead zone true", "dead zone false",
	} {
		if !seen[want] {
			t.Errorf("no world of 300 has %s", want)
		}
	}
}

// deadZone reports whether a zone stays dead as a whole, and that the quorums do
// without it.
func deadZone(spec *sim.Spec) bool {
	for zone := range spec.Zones {
		dead := 0
		for _, i := range spec.Dead {
			if i/spec.Nodes == zone {
				dead++
			}
		}
		if dead == spec.Nodes {
			return !strings.Contains(spec.Knobs.Quorum, "fz=0")
		}
	}
	return false
}

// TestWPaxosKeepsItsObjects: what the oracles allow follows from what the knobs make
// of the timeouts.
func TestWPaxosKeepsItsObjects(t *testing.T) {
	s, err := protocols.Subject("wpaxos", "")
	if err != nil {
		t.Fatal(err)
	}
	const timeout = 80 * time.Millisecond
	for chunk, want := range map[int]time.Duration{0: timeout, 401: timeout / 8, 402: timeout, 403: timeout} {
		if got := s.Objects.Residence(sim.Knobs{ElectionTimeout: timeout, ChunkBytes: chunk}); got != want {
			t.Errorf("with chunks of %d bytes an object stays for %v, want %v", chunk, got, want)
		}
	}
}

// TestWPaxosIsSimulated: no oracle is broken in some worlds, and what is rare happens
// in them, also in the zones of a wide-area network.
func TestWPaxosIsSimulated(t *testing.T) {
	s, err := protocols.Subject("wpaxos", "")
	if err != nil {
		t.Fatal(err)
	}
	total := sim.NewFindings()
	for _, swarm := range []sim.Swarm{
		{Subject: s, Groups: nemesis.Groups()}, {Subject: s, Groups: nemesis.Groups(), Zones: 3, Nodes: 1, WAN: "aws3"},
	} {
		campaign := sim.Campaign{Swarm: swarm, From: 1, To: 20, KeepGoing: true}
		if testing.Short() {
			campaign.To = 5
		}
		found, err := campaign.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found.Failed {
			t.Errorf("world %d: %v", f.Seed, f.Outcome.Violation)
		}
		total.Add(found)
	}
	if testing.Short() {
		return
	}
	for _, probe := range s.Probes {
		// few worlds get so far
		if total.Stats.Probes[probe] == 0 && !slices.Contains([]string{sim.ProbeZoneDead, sim.ProbeStolenFromDead}, probe) {
			t.Errorf("never: %s", probe)
		}
	}
}

// TestQuorumsOfWPaxos: the ghost goes by the quorums that the replicas have.
func TestQuorumsOfWPaxos(t *testing.T) {
	s, err := protocols.Subject("wpaxos", "")
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := quorate.Grid(3, 3)
	if err != nil {
		t.Fatal(err)
	}
	for knob, want := range map[string]string{"": "zones:fz=0,fn=1", "zones:fz=1,fn=1": "zones:fz=1,fn=1"} {
		if q, err := s.Quorums(cluster, sim.Knobs{Quorum: knob}); err != nil || q.Name != want {
			t.Errorf("%q: the ghost is told %s, %v", knob, q.Name, err)
		}
	}
	if _, err := s.New(cluster, sim.Knobs{Quorum: "zones:fz=3,fn=0"}); err == nil {
		t.Error("quorums that do not need any zone")
	}
}
