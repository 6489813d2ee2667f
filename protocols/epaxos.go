package protocols

import (
	"cmp"
	"errors"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/internal/planted"
	buggy "github.com/quorate/quorate/internal/planted/epaxos"
	"github.com/quorate/quorate/sim"
)

var (
	// errEPaxosQuorums: its quorums follow from how many members may fail.
	errEPaxosQuorums = errors.New("epaxos has quorums of its own: options f and e say how many members may be missing, the others' quorums do not fit it")
	// errEPaxosLease: nobody leads.
	errEPaxosLease = errors.New("epaxos has no leader, and so no leases")
)

func newEPaxos(opts Options) (quorate.Constructor, error) {
	switch {
	case !opts.Quorums.IsZero():
		return nil, errEPaxosQuorums
	case opts.Lease != 0 || opts.ClockError != 0:
		return nil, errEPaxosLease
	}
	cfg := epaxos.Config{Thrifty: opts.Thrifty, Window: opts.Window, Batch: opts.Batch, Requests: opts.Requests}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
		return epaxos.New(n, app, cfg)
	}, nil
}

func fileEPaxos(file *quorate.Config) (Setup, error) {
	if file.Quorums != "" {
		return Setup{}, errEPaxosQuorums
	}
	var cfg epaxos.Config
	if err := file.DecodeOptions(&cfg); err != nil {
		return Setup{}, err
	}
	var err error
	if cfg.Requests, err = fileRequests(file, cfg.Requests); err != nil {
		return Setup{}, err
	}
	cfg.Thrifty = cfg.Thrifty || file.Thrifty
	if err := cfg.Validate(); err != nil {
		return Setup{}, err
	}
	// What follows depends on these, so the defaults are written down here.
	cfg.Window = cmp.Or(cfg.Window, 64)
	cfg.Batch = cmp.Or(cfg.Batch, 64)
	cfg.BatchBytes = cmp.Or(cfg.BatchBytes, 256<<10)
	instance := slotBytes(file, cfg.BatchBytes, cfg.Batch)
	return Setup{
		Message: instance,
		Window:  cfg.Window * instance,
		New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return epaxos.New(n, app, cfg)
		},
	}, nil
}

func epaxosSubject(bug planted.Bug) sim.Subject {
	replica := func(n *quorate.Node, app *quorate.Once, cfg epaxos.Config) (quorate.Replica, error) {
		return epaxos.New(n, app, cfg)
	}
	if len(bug.Patches) > 0 {
		replica = func(n *quorate.Node, app *quorate.Once, cfg epaxos.Config) (quorate.Replica, error) {
			return buggy.New(n, app, buggy.Config(cfg), bug.Name)
		}
	}
	return sim.Subject{
		Probes: []string{sim.ProbeDuplicate},
		Quorums: func(c *quorate.Cluster, _ sim.Knobs) (quorate.QuorumSystem, error) {
			f, e := quorate.EPaxosFaults(c.Size())
			return quorate.EPaxosQuorums(c, f, e)
		},
		New: func(_ *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
			cfg := epaxos.Config{
				Retransmit: k.Retransmit, Window: k.Window, Batch: k.Batch, Thrifty: k.Thrifty,
				Patience: k.ElectionTimeout, FastWait: k.CommitDelay, TrimStep: k.LogLimit,
				Requests: quorate.RequestsConfig{MaxTimeout: k.MaxTimeout},
			}
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return replica(n, app, cfg) }, cfg.Validate()
		},
	}
}
