package sim

import (
	"math/rand/v2"

	"github.com/quorate/quorate"
)

// drawDeadZones leaves whole zones dead in some worlds, as many as the others can do
// without; none in the rest.
func drawDeadZones(rng *rand.Rand, q quorate.QuorumSystem) []int {
	zones := q.Cluster.Zones()
	on, order, left := often(rng, 0.3), rng.Perm(len(zones)), q.Cluster.All()
	var dead []int
	for _, z := range order[:len(zones)-1] {
		left &^= q.Cluster.Zone(zones[z])
		if !on || !q.Phase1(left) || !q.Phase2(left) {
			break
		}
		for i := range q.Cluster.Size() {
			if q.Cluster.Zone(zones[z]).Has(i) {
				dead = append(dead, i)
			}
		}
	}
	return dead
}
