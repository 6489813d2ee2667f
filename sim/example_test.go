package sim_test

import (
	"context"
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/sim"
)

// A protocol of your own needs a constructor and its quorums to be simulated, and no line
// anywhere else. Each seed draws a world; one that breaks a promise is in Failed.
func ExampleCampaign() {
	subject := sim.Subject{
		Name: "mine",
		New:  func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return primary.New, nil },
		Quorums: func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
			return quorate.MajorityQuorums(c), nil
		},
		Fragile: true, // it has no elections, so nothing goes on while its primary is away
	}
	swarm := sim.Swarm{Subject: subject, Nodes: 3, Groups: []nemesis.Group{nemesis.GroupPartition, nemesis.GroupCrash}}
	found, err := sim.Campaign{Swarm: swarm, From: 1, To: 20}.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range found.Failed {
		fmt.Printf("seed %d: %v\n", w.Seed, w.Outcome.Violation)
	}
	fmt.Println(found.Stats.Worlds, "worlds,", found.Violations, "violations")
	// Output: 20 worlds, 0 violations
}
