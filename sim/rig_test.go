package sim_test

import (
	"testing"

	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

// swarmOf draws worlds of a protocol with faults of all groups.
func swarmOf(t testing.TB, protocol string) sim.Swarm {
	t.Helper()
	return sim.Swarm{Subject: subject(t, protocol, ""), Groups: nemesis.Groups()}
}

func subject(t testing.TB, protocol, bug string) sim.Subject {
	t.Helper()
	s, err := protocols.Subject(protocol, bug)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t testing.TB, s sim.Subject, spec sim.Spec, opts sim.Options) *sim.Outcome {
	t.Helper()
	out, err := sim.Run(t.Context(), s, spec, opts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
