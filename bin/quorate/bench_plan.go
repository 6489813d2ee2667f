package main

import (
	"errors"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/protocols"
)

// plan turns the flags into runs, or says what is wrong with them.
func (b *benchmark) plan() ([]bench.Config, error) {
	if err := b.work.read(b); err != nil {
		return nil, err
	}
	if b.flags.Changed("config") {
		return b.against()
	}
	if err := b.processes.check(b); err != nil {
		return nil, err
	}
	if err := b.wide.check(b.flags, b.virtual.on, b.protocols); err != nil {
		return nil, err
	}
	b.shape = b.wide.shape(b.shape)
	cluster, err := b.shape.cluster()
	if err != nil {
		return nil, usagef("bench: %w", err)
	}
	world, err := b.world(cluster)
	if err != nil {
		return nil, err
	}
	opts, err := b.options(cluster)
	if err != nil {
		return nil, err
	}
	if slices.Contains(b.work.reads(b.read), quorate.ReadLease) && b.lease == 0 {
		return nil, usagef("bench: reads by lease without --lease: who has no lease refuses such reads")
	}
	if err := b.validate(); err != nil {
		return nil, err
	}
	var plan []bench.Config
	for _, name := range b.protocols {
		for _, opts := range opts.of(name) {
			cfg, err := b.one(name, opts, world)
			if err != nil {
				return nil, err
			}
			plan = append(plan, cfg)
		}
	}
	return plan, nil
}

// one is the run of one protocol.
func (b *benchmark) one(name string, opts protocols.Options, world *bench.Virtual) (bench.Config, error) {
	if _, err := protocols.New(name, opts); err != nil {
		hint := ""
		if errors.Is(err, protocols.ErrUnknown) {
			hint = spelling.Hint(name, protocols.Names(), "")
		}
		return bench.Config{}, usagef("bench: %w%s", err, hint)
	}
	for _, mode := range b.work.reads(b.read) {
		if offered := protocols.Reads(name); !slices.Contains(offered, mode) {
			return bench.Config{}, usagef("bench: reads by %v: protocol %s offers %v", mode, name, offered)
		}
	}
	cfg := b.cluster(name)
	cfg.Options, cfg.Virtual = opts, world
	b.wide.set(&cfg)
	cfg, err := b.processes.set(b, cfg)
	if err != nil {
		return bench.Config{}, err
	}
	if err := cfg.Validate(); err != nil {
		return bench.Config{}, usagef("%w", err)
	}
	return cfg, nil
}

// world is that of a run in virtual time, nil for others.
func (b *benchmark) world(cluster *quorate.Cluster) (*bench.Virtual, error) {
	if !b.virtual.on {
		for _, name := range b.virtual.names() {
			if b.flags.Changed(name) {
				return nil, usagef("bench: --%s without --virtual: it is for a simulated world", name)
			}
		}
		return nil, nil
	}
	for _, name := range []string{"transport", "data-dir"} {
		if b.flags.Changed(name) {
			return nil, usagef("bench: --%s with --virtual: a simulated world has its own network and disks", name)
		}
	}
	world, err := b.virtual.world(cluster)
	if err != nil {
		return nil, usagef("bench: %w", err)
	}
	return world, nil
}

// The words of --attach.
const (
	attachSpread = "spread"
	attachLeader = "leader"
)

// against is the plan of a run against a running cluster.
func (b *benchmark) against() ([]bench.Config, error) {
	for _, name := range []string{"protocols", "nodes", "transport", "quorum", "policy", "thrifty", "batch", "lease", "clock-error", "data-dir", "processes", "wan", "leader-zone", "jitter", "virtual"} {
		if b.flags.Changed(name) {
			return nil, usagef("bench: --%s with --config: a running cluster is what its file says", name)
		}
	}
	if err := b.validate(); err != nil {
		return nil, err
	}
	cluster, err := runningCluster(b.config, b.tls, b.token)
	if err != nil {
		return nil, err
	}
	if err := b.processes.checkConnections(b); err != nil {
		return nil, err
	}
	cfg, err := b.processes.set(b, b.load())
	if err != nil {
		return nil, err
	}
	if cfg, err = cfg.Against(bench.Remote{Cluster: cluster, REST: b.rest, Leader: b.attach == attachLeader, Connections: b.processes.connections}); err == nil {
		err = cfg.Validate()
	}
	if err != nil {
		return nil, usagef("bench: %w", err)
	}
	return []bench.Config{cfg}, nil
}

// validate refuses what bench.Config would take for its default, and what is
// worth saying in terms of the flags.
func (b *benchmark) validate() error {
	switch {
	case b.clients < 1 || b.keys < 1 || b.seed < 1:
		return usagef("bench: --clients %d, --keys %d, --seed %d: each must be at least 1", b.clients, b.keys, b.seed)
	case b.batch < 0:
		return usagef("bench: --batch %d: want 1 or more, or 0 for the protocol's own", b.batch)
	case b.valueSize < 0:
		return usagef("bench: --value-size %d: want 0 or more", b.valueSize)
	case !(b.conflicts >= 0 && b.conflicts <= 1):
		return usagef("bench: --conflicts %v: want 0 to 1", b.conflicts)
	case b.flags.Changed("conflicts") && b.spread.given(b.flags) != "":
		return usagef("bench: --%s with --conflicts: either says which keys the clients use", b.spread.given(b.flags))
	case b.conflicts > 0 && b.flags.Changed("keys"):
		return usagef("bench: --keys with --conflicts: there is one key of all clients, and one of each")
	case !(b.writeRatio >= 0 && b.writeRatio <= 1): // not a number, too
		return usagef("bench: --write-ratio %v: want 0 to 1", b.writeRatio)
	case b.timeout <= 0:
		return usagef("bench: --timeout %v: want more than 0", b.timeout)
	case b.duration <= 0 || b.warmup < 0:
		return usagef("bench: --duration %v, --warmup %v: want more than 0, and 0 or more", b.duration, b.warmup)
	}
	if _, err := b.arrivals.load(b.flags); err != nil {
		return err
	}
	return b.spread.validate(b.flags)
}
