package sim_test

import (
	"slices"
	"testing"

	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/sim"
)

func expected(s sim.Swarm) []string {
	var names []string
	for _, e := range s.Expects() {
		names = append(names, e.Name)
	}
	return names
}

func TestExpects(t *testing.T) {
	all := swarmOf(t, "paxos")
	for _, test := range []struct {
		name      string
		change    func(*sim.Swarm)
		want, not []string
	}{
		{"all", func(*sim.Swarm) {}, []string{"crash", "partition", "lose-disk", sim.ProbeDamage, sim.ProbeRecovered, sim.ProbeMessageCut}, nil},
		{"no faults", func(s *sim.Swarm) { s.Groups = nil }, nil, []string{"crash", sim.ProbeElected}},
		{"a group", func(s *sim.Swarm) { s.Groups = []nemesis.Group{nemesis.GroupClock} },
			[]string{"clock-jump", "clock-drift"}, []string{"crash", sim.ProbeElected, sim.ProbeMessageLost}},
		{"a single node", func(s *sim.Swarm) { s.Nodes = 1 }, []string{"crash"}, []string{"partition", "lose-disk", sim.ProbeElected}},
		{"zones", func(s *sim.Swarm) { s.Zones, s.Nodes = 3, 1 }, []string{"partition", "rot-disk", sim.ProbeElected}, nil},
		{"several zones", func(s *sim.Swarm) { s.Subject, s.Zones, s.Nodes = subject(t, "wpaxos", ""), 3, 3 },
			[]string{sim.ProbeZoneLost, sim.ProbeStolen, sim.ProbeHandedOver, sim.ProbeStolenFromDead, sim.ProbeDuel, sim.ProbeGivenUp}, nil},
		{"zones as the seed says", func(s *sim.Swarm) { s.Subject, s.Nodes = subject(t, "wpaxos", ""), 0 }, []string{sim.ProbeStolen}, nil},
		{"owners in one zone", func(s *sim.Swarm) { s.Subject, s.Nodes = subject(t, "wpaxos", ""), 5 },
			[]string{sim.ProbeElected, sim.ProbeGivenUp}, []string{sim.ProbeZoneLost, sim.ProbeStolen, sim.ProbeHandedOver, sim.ProbeDuel}},
		{"nobody to spare", func(s *sim.Swarm) { s.Nodes, s.Quorum = 3, "count:1,3" },
			[]string{"slow-disk", sim.ProbeDiskFailed, sim.ProbeElected}, []string{"lose-disk", "rot-disk", sim.ProbeDamage}},
		{"everybody votes", func(s *sim.Swarm) { s.Nodes, s.Quorum = 5, "all" }, []string{sim.ProbeElected, sim.ProbeRecovered}, []string{sim.ProbeLearnt}},
		{"one votes", func(s *sim.Swarm) { s.Nodes, s.Quorum = 5, "write-one" }, []string{sim.ProbeLearnt}, []string{sim.ProbeDamage}},
		{"a protocol without elections", func(s *sim.Swarm) { s.Subject = subject(t, "primary", "") },
			[]string{"crash", sim.ProbeMessageCut, sim.ProbeDuplicate}, []string{"lose-disk", sim.ProbeElected, sim.ProbeDamage}},
	} {
		s := all
		test.change(&s)
		got := expected(s)
		for _, name := range test.want {
			if !slices.Contains(got, name) {
				t.Errorf("%s: %s is not expected, but only %v", test.name, name, got)
			}
		}
		for _, name := range test.not {
			if slices.Contains(got, name) {
				t.Errorf("%s: %s is expected", test.name, name)
			}
		}
	}
}

func TestMissing(t *testing.T) {
	f := sim.NewFindings()
	f.Stats.Worlds = 200
	f.Stats.Faults["crash"], f.Stats.Probes["elected"] = 1, 7
	want := []sim.Expectation{{Name: "elected", Worlds: 200}, {Name: "crash", Worlds: 10}, {Name: "pause", Worlds: 200}, {Name: "damage", Worlds: 201}, {Name: "cut", Worlds: 1}}
	if got := f.Missing(want); !slices.Equal(got, []string{"cut", "pause"}) {
		t.Errorf("missing %v", got)
	}
}

// What is expected does happen: in a good campaign nothing is missing.
func TestNothingIsMissing(t *testing.T) {
	if testing.Short() {
		t.Skip("some hundred worlds")
	}
	s := swarmOf(t, "paxos")
	found, err := sim.Campaign{Swarm: s, From: 1, To: 200, KeepGoing: true}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if missing := found.Missing(s.Expects()); len(missing) > 0 {
		t.Errorf("in %d worlds these never happened: %v", found.Stats.Worlds, missing)
	}
}
