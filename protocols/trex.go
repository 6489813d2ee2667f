package protocols

import (
	"cmp"
	"errors"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted"
	buggy "github.com/quorate/quorate/internal/planted/trex"
	buggyclaims "github.com/quorate/quorate/internal/planted/trex/claims"
	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/trex"
	"github.com/quorate/quorate/trex/claims"
)

// errThrifty: who has not voted is who tells a leader of TRex that it was
// replaced.
var errThrifty = errors.New("trex asks all members: it has no thrifty mode")

func newTrex(opts Options) (quorate.Constructor, error) {
	if opts.Thrifty {
		return nil, errThrifty
	}
	if err := refusesPolicy("trex", opts); err != nil {
		return nil, err
	}
	cfg := trex.Config{Quorums: opts.Quorums, Window: opts.Window, Batch: opts.Batch, Requests: opts.Requests, Lease: opts.Lease, ClockError: opts.ClockError}
	return opts.standing(func(t timers) (quorate.Constructor, error) {
		cfg := cfg
		cfg.Heartbeat, cfg.TimeoutMin, cfg.TimeoutMax, cfg.Retransmit = t.heartbeat, t.election, 2*t.election, t.retransmit
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
		return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return trex.New(n, app, cfg) }, nil
	})
}

func fileTrex(file *quorate.Config, bug planted.Bug) (Setup, error) {
	quorums, err := fileQuorums(file)
	if err != nil {
		return Setup{}, err
	}
	cfg := trex.Config{Quorums: quorums}
	if err := file.DecodeOptions(&cfg); err != nil {
		return Setup{}, err
	}
	if cfg.Requests, err = fileRequests(file, cfg.Requests); err != nil {
		return Setup{}, err
	}
	if file.Thrifty {
		return Setup{}, errThrifty
	}
	trip, err := fileTrip(file)
	if err != nil {
		return Setup{}, err
	}
	fit(&cfg.TimeoutMin, &cfg.Retransmit, trip)
	cfg.Heartbeat, cfg.TimeoutMin = calm(cfg.Heartbeat, cfg.TimeoutMin)
	if err := cfg.Validate(); err != nil {
		return Setup{}, err
	}
	// What follows depends on these, so the defaults are written down here.
	cfg.Window = cmp.Or(cfg.Window, 32)
	cfg.Batch = cmp.Or(cfg.Batch, 512)
	cfg.BatchBytes = cmp.Or(cfg.BatchBytes, 256<<10)
	cfg.ChunkBytes = cmp.Or(cfg.ChunkBytes, 512<<10)
	slot := slotBytes(file, cfg.BatchBytes, cfg.Batch)
	replica := trexReplica(bug)
	return Setup{
		Message: slot + cfg.ChunkBytes,
		Window:  cfg.Window * slot,
		New: fileStanding(file, timers{cfg.Heartbeat, cfg.TimeoutMin, 0}, cfg.Lease, func(t timers) quorate.Constructor {
			cfg := cfg
			cfg.Heartbeat, cfg.TimeoutMin = t.heartbeat, t.election
			if file.LeaderZone != 0 { // whoever shall lead has stood before others do
				cfg.TimeoutMax = 2 * t.election
			}
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return replica(n, app, cfg) }
		}),
	}, nil
}

// trexReplica builds replicas, with a bug planted in them if it is one of the protocol's.
func trexReplica(bug planted.Bug) func(*quorate.Node, *quorate.Once, trex.Config) (quorate.Replica, error) {
	if len(bug.Patches) == 0 {
		return func(n *quorate.Node, app *quorate.Once, cfg trex.Config) (quorate.Replica, error) {
			return trex.New(n, app, cfg)
		}
	}
	return func(n *quorate.Node, app *quorate.Once, cfg trex.Config) (quorate.Replica, error) {
		return buggy.New(n, app, buggy.Config(cfg), bug.Name)
	}
}

func trexSubject(bug planted.Bug) sim.Subject {
	s := sim.Subject{Quorums: knobQuorums, Claims: claims.Of, Probes: []string{
		sim.ProbeElected, sim.ProbeSteppedDown, sim.ProbeRecovered, sim.ProbeLearnt, sim.ProbeNoop,
		sim.ProbeDuplicate, sim.ProbeInstalled, sim.ProbeIndexRead, sim.ProbeLeaseRead, sim.ProbeHandoffRead, sim.ProbeTimelineRead,
	}, Readmits: true, Leases: true, Spreads: true}
	replica := trexReplica(bug)
	if len(bug.Patches) > 0 {
		s.Claims = buggyclaims.Of
	}
	if bug.Majorities {
		s.Quorums = majorities
	}
	s.New = func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
		cfg, err := trexConfig(c, k)
		if err != nil {
			return nil, err
		}
		return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return replica(n, app, cfg) }, nil
	}
	return s
}

// trexConfig draws the timeouts from as narrow a range as Paxos does, and now and
// then from a narrower one, so that members often stand at once.
func trexConfig(c *quorate.Cluster, k sim.Knobs) (trex.Config, error) {
	quorums, err := knobQuorums(c, k)
	if err != nil {
		return trex.Config{}, err
	}
	cfg := trex.Config{
		Quorums:   quorums,
		Heartbeat: k.Heartbeat, TimeoutMin: k.ElectionTimeout, TimeoutMax: 2 * k.ElectionTimeout, Retransmit: k.Retransmit, CommitDelay: k.CommitDelay,
		Window: k.Window, Batch: k.Batch, ChunkBytes: k.ChunkBytes, LogLimit: k.LogLimit,
		Lease: k.Lease, ClockError: k.ClockError,
		Requests: quorate.RequestsConfig{MaxTimeout: k.MaxTimeout},
	}
	if k.Batch%2 == 1 {
		cfg.TimeoutMax = k.ElectionTimeout * 9 / 8
	}
	if k.ChunkBytes > 0 { // where messages hold little, few slots are prepared at once, too
		cfg.Prepares = 1 + k.ChunkBytes%4
	}
	return cfg, cfg.Validate()
}
