package protocols

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted"
	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/wpaxos"
	"github.com/quorate/quorate/wpaxos/claims"
	"github.com/quorate/quorate/wpaxos/steal"
)

// errWPaxosLease: an owner asks its own zone instead.
var errWPaxosLease = errors.New("wpaxos has no leases: reads go through the log of their key, which its owner keeps near")

func newWPaxos(opts Options) (quorate.Constructor, error) {
	if opts.Lease != 0 || opts.ClockError != 0 {
		return nil, errWPaxosLease
	}
	cfg := wpaxos.Config{Quorums: opts.Quorums, Thrifty: opts.Thrifty, Window: opts.Window, Batch: opts.Batch, Requests: opts.Requests}
	var err error
	if cfg.Policy, err = policy(opts.Policy); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		return wpaxos.New(n, app, cfg)
	}, nil
}

// policy reads a policy, none for the usual one.
func policy(spec string) (steal.Policy, error) {
	if spec == "" {
		return steal.Policy{}, nil
	}
	return steal.Parse(spec)
}

func fileWPaxos(file *quorate.Config) (Setup, error) {
	quorums, err := fileQuorums(file)
	if err != nil {
		return Setup{}, err
	}
	cfg := wpaxos.Config{Quorums: quorums}
	if err := file.DecodeOptions(&cfg); err != nil {
		return Setup{}, err
	}
	if cfg.Requests, err = fileRequests(file, cfg.Requests); err != nil {
		return Setup{}, err
	}
	cfg.Thrifty = cfg.Thrifty || file.Thrifty
	if err := cfg.Validate(); err != nil {
		return Setup{}, err
	}
	// What follows depends on these, so the defaults are written down here.
	cfg.Window = cmp.Or(cfg.Window, 16)
	cfg.Batch = cmp.Or(cfg.Batch, 64)
	cfg.BatchBytes = cmp.Or(cfg.BatchBytes, 256<<10)
	cfg.ChunkBytes = cmp.Or(cfg.ChunkBytes, 512<<10)
	slot := slotBytes(file, cfg.BatchBytes, cfg.Batch)
	return Setup{
		Message: slot + cfg.ChunkBytes,
		Window:  cfg.Window * slot,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return wpaxos.New(n, app, cfg)
		},
	}, nil
}

func wpaxosSubject(planted.Bug) sim.Subject {
	return sim.Subject{
		Claims: claims.Of,
		Probes: []string{
			sim.ProbeElected, sim.ProbeSteppedDown, sim.ProbeRecovered, sim.ProbeInstalled, sim.ProbeDuplicate,
		},
		LogReads: true,
		Zones:    []int{2, 3, 3, 3, 4},
		Draw:     drawWPaxos,
		Quorums:  wpaxosQuorums,
		New: func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
			cfg, err := wpaxosConfig(c, k)
			if err != nil {
				return nil, err
			}
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return wpaxos.New(n, app, cfg) }, nil
		},
	}
}

// drawWPaxos lets objects move by all policies, and lets some clusters tolerate the
// loss of zones, and of more or fewer members in a zone.
func drawWPaxos(rng *rand.Rand, spec *sim.Spec) {
	k, mix := &spec.Knobs, &spec.Clients.Mix
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
	mix.Keys = 1 + rng.IntN(4)
}

// wpaxosQuorums returns the quorums that the knobs ask for, by default those within
// a zone.
func wpaxosQuorums(c *quorate.Cluster, k sim.Knobs) (quorate.QuorumSystem, error) {
	if k.Quorum == "" {
		return wpaxos.DefaultQuorums(c)
	}
	return knobQuorums(c, k)
}

// wpaxosConfig derives what no knob is there for from others.
func wpaxosConfig(c *quorate.Cluster, k sim.Knobs) (wpaxos.Config, error) {
	q, err := wpaxosQuorums(c, k)
	if err != nil {
		return wpaxos.Config{}, err
	}
	cfg := wpaxos.Config{
		Quorums: q, Thrifty: k.Thrifty,
		Heartbeat: k.Heartbeat, Suspect: 2 * k.ElectionTimeout, Patience: 2 * k.ElectionTimeout, Retransmit: k.Retransmit, Tell: k.CommitDelay,
		Backoff: k.ElectionTimeout / 4, Residence: k.ElectionTimeout, Rest: 2 * k.ElectionTimeout,
		Window: k.Window, Batch: k.Batch, ChunkBytes: k.ChunkBytes, LogLimit: k.LogLimit,
		Requests: quorate.RequestsConfig{MaxTimeout: k.MaxTimeout},
	}
	if cfg.Policy, err = policy(k.Policy); err != nil {
		return wpaxos.Config{}, err
	}
	return cfg, cfg.Validate()
}
