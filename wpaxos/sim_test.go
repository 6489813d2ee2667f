package wpaxos_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/claims"
	"github.com/quorate/quorate/wpaxos/steal"
)

// subject is the protocol as the simulator takes it.
func subject(policy, quorums string) sim.Subject {
	system := func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
		if quorums == "" {
			return wpaxos.DefaultQuorums(c)
		}
		return quorate.ParseQuorums(c, quorums)
	}
	return sim.Subject{
		Name:    "wpaxos",
		Quorums: system, Claims: claims.Of, LogReads: true, Probes: []string{sim.ProbeElected, sim.ProbeSteppedDown, sim.ProbeRecovered, sim.ProbeInstalled, sim.ProbeDuplicate},
		New: func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
			p, err := steal.Parse(policy)
			if err != nil {
				return nil, err
			}
			q, err := system(c, k)
			if err != nil {
				return nil, err
			}
			cfg := wpaxos.Config{Quorums: q, Policy: p, Retransmit: k.Retransmit, Window: k.Window, Batch: k.Batch, Thrifty: k.Thrifty,
				ChunkBytes: k.ChunkBytes, LogLimit: k.LogLimit, Tell: k.CommitDelay, Heartbeat: k.Heartbeat, Suspect: 2 * k.ElectionTimeout,
				Patience: 2 * k.ElectionTimeout, Backoff: k.ElectionTimeout / 4, Residence: k.ElectionTimeout, Rest: 2 * k.ElectionTimeout,
				Requests: quorate.RequestsConfig{MaxTimeout: k.MaxTimeout}}
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return wpaxos.New(n, app, cfg) }, cfg.Validate()
		},
	}
}

// TestSimulated holds what clients see in random worlds against linearizability.
func TestSimulated(t *testing.T) {
	for _, tc := range []struct{ policy, quorums string }{
		{"immediate", "zones:fz=0,fn=1"}, {"consecutive:3", "zones:fz=1,fn=1"}, {"average:0.3,0.1", "zones:fz=1,fn=0"}, {"majority:5", "zones:fz=0,fn=0"},
	} {
		t.Run(tc.policy, func(t *testing.T) {
			swarm := sim.Swarm{Subject: subject(tc.policy, tc.quorums), Zones: 3, Nodes: 3, Groups: nemesis.Groups()}
			found, err := sim.Campaign{Swarm: swarm, From: 1, To: uint64(few(*worlds)), KeepGoing: true}.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found.Failed {
				t.Errorf("world %d: %v", f.Seed, f.Outcome.Violation)
			}
			t.Logf("%+v", found.Stats)
		})
	}
}
