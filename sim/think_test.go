package sim_test

import (
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
)

// Clients that think for long between their calls still make the last ones in
// time: nobody may take that for a protocol that is stuck.
func TestLastCallsDoNotWait(t *testing.T) {
	swarm := smallSwarm(t, "")
	for seed := range uint64(20) {
		spec, err := swarm.Spec(seed)
		if err != nil {
			t.Fatal(err)
		}
		spec.Clients.Think, spec.Network.Lost = 4*spec.Safety, 1 // calls are under way when the faults end
		spec.Liveness = 6 * time.Second
		if out := run(t, swarm.Subject, spec, sim.Options{}); out.Violation != nil || out.Stats.Ops < 2*spec.Clients.Count {
			t.Errorf("seed %d: %v, %d operations", seed, out.Violation, out.Stats.Ops)
		}
	}
}
