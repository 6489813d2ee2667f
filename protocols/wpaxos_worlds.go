package protocols

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted"
	buggy "github.com/quorate/quorate/internal/planted/wpaxos"
	buggyclaims "github.com/quorate/quorate/internal/planted/wpaxos/claims"
	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/claims"
)

// wpaxosReplica builds replicas, with a bug planted in them if it is one of the protocol's.
func wpaxosReplica(bug planted.Bug) func(*quorate.Node, *quorate.Once, wpaxos.Config) (quorate.Replica, error) {
	if len(bug.Patches) == 0 {
		return func(n *quorate.Node, app *quorate.Once, cfg wpaxos.Config) (quorate.Replica, error) {
			return wpaxos.New(n, app, cfg)
		}
	}
	return func(n *quorate.Node, app *quorate.Once, cfg wpaxos.Config) (quorate.Replica, error) {
		return buggy.New(n, app, planted.Convert[buggy.Config](cfg), bug.Name)
	}
}

func wpaxosSubject(bug planted.Bug) sim.Subject {
	replica := wpaxosReplica(bug)
	claim := claims.Of
	if len(bug.Patches) > 0 {
		claim = buggyclaims.Of
	}
	return sim.Subject{
		Claims: claim,
		Probes: []string{
			sim.ProbeElected, sim.ProbeSteppedDown, sim.ProbeRecovered, sim.ProbeInstalled, sim.ProbeDuplicate, sim.ProbeGivenUp,
			sim.ProbeStolen, sim.ProbeHandedOver, sim.ProbeStolenFromDead, sim.ProbeDuel, sim.ProbeZoneLost, sim.ProbeZoneDead,
		},
		Adapts:   true,
		LogReads: true,
		Readmits: true,
		Objects:  &sim.Objects{Rest: wpaxosRest, Residence: wpaxosResidence, Rounds: 30},
		Zones:    []int{2, 3, 3, 3, 4},
		Draw:     drawWPaxos,
		Quorums:  wpaxosQuorums,
		New: func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
			cfg, err := wpaxosConfig(c, k)
			if err != nil {
				return nil, err
			}
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return replica(n, app, cfg) }, nil
		},
	}
}

// drawWPaxos lets objects move by all policies, lets some clusters tolerate the
// loss of zones, and of more or fewer members in a zone, and gives most clients a
// zone to be at home in, some with keys that mostly this zone uses.
func drawWPaxos(rng *rand.Rand, spec *sim.Spec) {
	k, c := &spec.Knobs, &spec.Clients
	fz, fn := rng.IntN(min(spec.Zones, 3)), rng.IntN(min(spec.Nodes, 3))
	k.Quorum = ""
	if rng.Float64() < 0.8 {
		k.Quorum = fmt.Sprintf("zones:fz=%d,fn=%d", fz, fn)
	}
	hits, window, alpha, gap := 1+rng.IntN(4), 1+rng.IntN(8), 0.1+float64(rng.Float64()*0.8), float64(rng.Float64()*0.4)
	policies := []string{
		"immediate", "null", fmt.Sprintf("consecutive:%d", hits), fmt.Sprintf("majority:%d", window), fmt.Sprintf("average:%.2f,%.2f", alpha, gap),
	}
	k.Policy = policies[rng.IntN(len(policies))]
	c.Mix.Keys = 1 + rng.IntN(4)
	keys, hot := 5+rng.IntN(12), 0.3+float64(rng.Float64()*0.5)
	if rng.Float64() < 0.4 {
		c.Mix.Keys = keys
		if rng.Float64() < 0.5 {
			c.Mix.Hot = hot
		}
	}
	c.Zoned = rng.Float64() < 0.7
	c.Count = max(c.Count, spec.Zones)
	if local, share := rng.Float64() < 0.5, rng.Float64(); local && c.Zoned && c.Mix.Keys > 4 {
		c.Mix.Locality, c.Mix.Zones = share, spec.Zones
	}
	if chunk := 40 + rng.IntN(400); rng.Float64() < 0.25 { // states, promises and what is read of a member come in parts
		k.ChunkBytes = chunk
	}
	if spec.Network.WAN != "" && k.ChunkBytes%4 == 1 { // an object must stay for longer than it takes to get it
		k.ChunkBytes++
	}
}

// wpaxosQuorums returns the quorums that the knobs ask for, by default those within
// a zone.
func wpaxosQuorums(c *quorate.Cluster, k sim.Knobs) (quorate.QuorumSystem, error) {
	if k.Quorum == "" {
		return wpaxos.DefaultQuorums(c)
	}
	return knobQuorums(c, k)
}

// wpaxosConfig derives what no knob is there for from others, oddly where they are
// odd.
func wpaxosConfig(c *quorate.Cluster, k sim.Knobs) (wpaxos.Config, error) {
	q, err := wpaxosQuorums(c, k)
	if err != nil {
		return wpaxos.Config{}, err
	}
	timeout := k.ElectionTimeout
	cfg := wpaxos.Config{
		Quorums: q, Thrifty: k.Thrifty,
		Heartbeat: k.Heartbeat, Suspect: 2 * timeout, Patience: 2 * timeout, Retransmit: k.Retransmit, Tell: k.CommitDelay,
		Backoff: timeout / 4, Residence: timeout, Rest: timeout / 2, GiveUp: 6 * timeout,
		Window: k.Window, Batch: k.Batch, BatchBytes: k.ChunkBytes, ChunkBytes: k.ChunkBytes, LogLimit: k.LogLimit,
		Requests: quorate.RequestsConfig{MaxTimeout: k.MaxTimeout},
	}
	switch k.ChunkBytes % 4 {
	case 1: // objects hardly stay, and who is refused tries again at once
		cfg.Residence, cfg.Backoff = timeout/8, timeout/32
	case 2: // they stay for long, and logs are trimmed all the time
		cfg.Residence, cfg.Rest = 4*timeout, timeout/16
	case 3: // who is slow is soon taken for dead, and little is waited for
		cfg.Suspect, cfg.Patience, cfg.GiveUp = 2*k.Heartbeat, timeout/2, 2*timeout
	}
	if cfg.Policy, err = policy(k.Policy); err != nil {
		return wpaxos.Config{}, err
	}
	return cfg, cfg.Validate()
}

// wpaxosRest: what an earlier owner left in a slot is looked at after Patience, and
// after longer and longer times; in the end somebody takes the object. Then logs are
// trimmed, if little has changed after eight times Rest.
func wpaxosRest(k sim.Knobs) time.Duration {
	return 160*cmp.Or(k.ElectionTimeout, 500*time.Millisecond) + 2*time.Second
}

// wpaxosResidence is the shortest that [wpaxosConfig] makes of it; the default, if
// nothing is drawn.
func wpaxosResidence(k sim.Knobs) time.Duration {
	if k.ElectionTimeout == 0 {
		return time.Second
	}
	if k.ChunkBytes%4 == 1 {
		return k.ElectionTimeout / 8
	}
	return k.ElectionTimeout
}
