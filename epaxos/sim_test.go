package epaxos_test

import (
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/sim"
)

// subject is the protocol as the simulator takes it.
func subject() sim.Subject {
	return sim.Subject{
		Name: "epaxos", Readmits: true,
		New: func(_ *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
			cfg := epaxos.Config{Retransmit: k.Retransmit, Window: k.Window, Batch: k.Batch, Thrifty: k.Thrifty,
				Patience: k.ElectionTimeout, FastWait: k.CommitDelay, TrimStep: k.LogLimit, ChunkBytes: k.ChunkBytes, Requests: quorate.RequestsConfig{MaxTimeout: k.MaxTimeout}}
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return epaxos.New(n, app, cfg) }, nil
		},
		Quorums: func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
			f, e := quorate.EPaxosFaults(c.Size())
			return quorate.EPaxosQuorums(c, f, e)
		},
	}
}

// TestSimulated holds what clients see in random worlds against linearizability.
func TestSimulated(t *testing.T) {
	campaign := sim.Campaign{Swarm: sim.Swarm{Subject: subject(), Groups: nemesis.Groups()}, From: 1, To: uint64(*worlds), KeepGoing: true}
	found, err := campaign.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Failed {
		t.Errorf("world %d: %v", f.Seed, f.Outcome.Violation)
	}
	t.Logf("%+v", found.Stats)
}
