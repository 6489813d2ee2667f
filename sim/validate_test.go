package sim

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/nemesis"
)

// TestValidateNamesWhatIsWrong: one mistake at a time, and all of them at once.
func TestValidateNamesWhatIsWrong(t *testing.T) {
	if spec := toySpec(); spec.Validate() != nil {
		t.Fatal(spec.Validate())
	}
	all := toySpec()
	var names []string
	for _, test := range []struct {
		want string
		edit func(*Spec)
	}{
		{"0 zones of", func(s *Spec) { s.Zones = 0 }},
		{"of -1 nodes", func(s *Spec) { s.Zones, s.Nodes = 1, -1 }},
		{"4611686018427387904 zones of 4", func(s *Spec) { s.Zones, s.Nodes = 1<<62, 4 }},
		{"22 zones of 3", func(s *Spec) { s.Zones, s.Nodes = 22, 3 }},
		{"0 clients", func(s *Spec) { s.Clients.Count = 0 }},
		{"4097 clients", func(s *Spec) { s.Clients.Count = 4097 }},
		{"-1 operations", func(s *Spec) { s.Clients.Ops = -1 }},
		{"1000001 operations", func(s *Spec) { s.Clients.Ops = 1_000_001 }},
		{"-2 pinned clients", func(s *Spec) { s.Clients.Pinned = -2 }},
		{"clients in 2 zones, with keys", func(s *Spec) { s.Clients.Mix.Locality, s.Clients.Mix.Zones = 0.5, 2 }}, {"-3 reading clients", func(s *Spec) { s.Clients.Readers = -3 }},
		{"-5 events", func(s *Spec) { s.MaxEvents = -5 }},
		{"safety of -1ns", func(s *Spec) { s.Safety = -1 }},
		{"liveness of 25h", func(s *Spec) { s.Liveness = 25 * time.Hour }},
		{"network base", func(s *Spec) { s.Network.Base = -1 }},
		{"network jitter", func(s *Spec) { s.Network.Jitter = -1 }},
		{"client latency", func(s *Spec) { s.Network.Client = -1 }},
		{"disk sync", func(s *Spec) { s.Disk.Sync = -1 }},
		{"disk jitter", func(s *Spec) { s.Disk.Jitter = -1 }},
		{"step cost", func(s *Spec) { s.Step.Cost = -1 }},
		{"think time", func(s *Spec) { s.Clients.Think = -1 }},
		{"client timeout", func(s *Spec) { s.Clients.Timeout = -1 }},
		{"attempt timeout", func(s *Spec) { s.Clients.Attempt = -1 }},
		{"horizon", func(s *Spec) { s.Knobs.Horizon = -1 }},
		{"heartbeat of -1ns", func(s *Spec) { s.Knobs.Heartbeat = -1 }},
		{"election timeout of 2562047h", func(s *Spec) { s.Knobs.ElectionTimeout = math.MaxInt64 }},
		{"retransmission of 25h", func(s *Spec) { s.Knobs.Retransmit = 25 * time.Hour }},
		{"commit delay of -1ns", func(s *Spec) { s.Knobs.CommitDelay = -1 }},
		{"longest timeout of -1ns", func(s *Spec) { s.Knobs.MaxTimeout = -1 }},
		{"1001 keys", func(s *Spec) { s.Clients.Mix.Keys = 1001 }},
		{"10001 faults: want at most 10,000", func(s *Spec) {
			s.Faults = make([]nemesis.Fault, 10_001)
			for i := range s.Faults {
				s.Faults[i] = nemesis.Fault{Kind: nemesis.Pause, Nodes: []int{0}}
			}
		}},
		{"tail with probability -0.1", func(s *Spec) { s.Network.Tail = -0.1 }},
		{"loss with probability 1.1", func(s *Spec) { s.Network.Loss = 1.1 }},
		{"duplicate with probability NaN", func(s *Spec) { s.Network.Duplicate = math.NaN() }},
		{"lost with probability 2", func(s *Spec) { s.Network.Lost = 2 }},
		{"stall with probability -1", func(s *Spec) { s.Disk.Stall = -1 }},
		{"dead member 9", func(s *Spec) { s.Dead = []int{9} }},
		{"dead member -1", func(s *Spec) { s.Dead = []int{-1} }},
		{"fault 0: ", func(s *Spec) { s.Faults = []nemesis.Fault{{Kind: "flood"}} }},
		{"workload", func(s *Spec) { s.Clients.Mix.Reads = 2 }},
	} {
		spec := toySpec()
		test.edit(&spec)
		if err := spec.Validate(); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want an error that names %q and nothing else, got: %v", test.want, err)
		}
		test.edit(&all)
		names = append(names, test.want)
	}
	err := all.Validate()
	for _, name := range []string{"4097 clients", "network base", "stall", "fault 0", "workload"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("with all %d mistakes, %q is not named: %v", len(names), name, err)
		}
	}
}

// TestSomebodyMustLive: with all members dead there is nobody to ask.
func TestSomebodyMustLive(t *testing.T) {
	spec := toySpec()
	if spec.Dead = []int{0, 2}; spec.Validate() != nil {
		t.Error(spec.Validate())
	}
	if spec.Dead = []int{2, 0, 1}; spec.Validate() == nil {
		t.Error("a world in which all stay dead is valid")
	}
}

// TestImpossibleWorlds are no violations: there is no world.
func TestImpossibleWorlds(t *testing.T) {
	for name, edit := range map[string]func(*Spec){
		"no members":        func(s *Spec) { s.Nodes = 0 },
		"no such network":   func(s *Spec) { s.Network.WAN = "nowhere" },
		"a bad probability": func(s *Spec) { s.Network.Loss = 7 },
	} {
		spec := toySpec()
		edit(&spec)
		if out, err := Run(t.Context(), toySubject(""), spec, Options{}); err == nil {
			t.Errorf("%s: %+v", name, out)
		} else if !strings.HasPrefix(err.Error(), "world of seed 1: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
