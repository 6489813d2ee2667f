package sim_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
)

// Members that crash, stand still and have slow disks while their processors are at
// work: nothing is lost on the way, and all oracles hold.
func TestServiceUnderFaults(t *testing.T) {
	for _, protocol := range []string{"paxos", "epaxos"} {
		swarm := swarmOf(t, protocol)
		for seed := range uint64(12) {
			spec, err := swarm.Spec(seed)
			if err != nil {
				t.Fatal(err)
			}
			spec.Step.Service = sim.Service{In: 20 * time.Microsecond, Out: 5 * time.Microsecond, Copy: time.Microsecond, Byte: 3, Command: 2 * time.Microsecond}
			if out := run(t, swarm.Subject, spec, sim.Options{}); out.Violation != nil {
				t.Errorf("%s, seed %d: %v", protocol, seed, out.Violation)
			}
		}
	}
}
