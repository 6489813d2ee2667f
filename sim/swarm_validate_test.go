package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
)

func TestSwarmsThatHaveNoWorlds(t *testing.T) {
	for _, test := range []struct {
		change func(*sim.Swarm)
		want   string // empty: fine
	}{
		{func(*sim.Swarm) {}, ""},
		{func(s *sim.Swarm) { s.Ops = -1 }, "-1 operations"},
		{func(s *sim.Swarm) { s.Ops = 1_000_001 }, "want 1 to 1,000,000"},
		{func(s *sim.Swarm) { s.Ops = 1_000_000 }, ""},
		{func(s *sim.Swarm) { s.Time = -1 }, "want up to 24h"},
		{func(s *sim.Swarm) { s.Time = 25 * time.Hour }, "want up to 24h"},
		{func(s *sim.Swarm) { s.Time = time.Microsecond }, "at least 1ms"},
		{func(s *sim.Swarm) { s.WAN = "mars" }, "mars"},
		{func(s *sim.Swarm) { s.WAN = "paxi" }, "two or more"},
		{func(s *sim.Swarm) { s.WAN, s.Zones = "paxi", 3 }, ""},
		{func(s *sim.Swarm) { s.Nodes = 65 }, "65"},
		{func(s *sim.Swarm) { s.Quorum = "half" }, "half"},
		{func(s *sim.Swarm) { s.Quorum = "count:5,1" }, "[3 5 7]"},
		{func(s *sim.Swarm) { s.Quorum, s.Zones = "count:3,1", 2 }, "[1 2 3]"},
		{func(s *sim.Swarm) { s.Quorum, s.Nodes = "count:5,1", 5 }, ""},
		{func(s *sim.Swarm) { s.Quorum, s.Nodes = "count:2,2", 5 }, "count:2,2"},
		{func(s *sim.Swarm) { s.Quorum, s.Nodes, s.Subject = "count:3,1", 3, subject(t, "primary", "") }, "primary has its own, majority"},
		{func(s *sim.Swarm) { s.Quorum, s.Nodes, s.Subject = "majority", 3, subject(t, "primary", "") }, ""},
	} {
		s := swarmOf(t, "paxos")
		test.change(&s)
		err := s.Validate()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want %q", s, err, test.want)
		}
		if err != nil {
			continue
		}
		for seed := range uint64(20) { // what is valid has worlds
			if _, err := s.Spec(seed); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
}

// A world that is meant to be large is not ended for being large.
func TestLargeWorldsMayHaveMoreEvents(t *testing.T) {
	s := swarmOf(t, "paxos")
	most := func() int {
		spec, err := s.Spec(1)
		if err != nil {
			t.Fatal(err)
		}
		return spec.MaxEvents
	}
	if n := most(); n != 0 {
		t.Errorf("%d events, want the default", n)
	}
	s.Ops = 10_000
	if n := most(); n < 10_000*1000 {
		t.Errorf("%d events", n)
	}
	s.Ops, s.Time = 0, time.Hour
	if n := most(); n < 60*1_000_000 {
		t.Errorf("%d events", n)
	}
}
