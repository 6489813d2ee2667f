package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/protocols"
)

// benchSpread is the flags of how operations spread over keys and zones.
type benchSpread struct {
	locality float64
	moving   float64
	hot      float64
	hotKeys  int
}

func (*benchSpread) names() []string { return []string{"locality", "moving", "hot", "hot-keys"} }

func (s *benchSpread) declare(f *flags) {
	s.hotKeys = bench.HotKeys
	f.Float64Var(&s.locality, "locality", 0, "`share` of a zone's operations, 0 to 1, on keys of which its neighbours have no part: each zone's clients choose around a key of their own")
	f.Float64Var(&s.moving, "moving", 0, "`number` of keys a second by which what each zone chooses around moves")
	f.Float64Var(&s.hot, "hot", 0, "`share` of operations on keys that all zones share")
	f.IntVar(&s.hotKeys, "hot-keys", s.hotKeys, "`number` of those keys, with --hot")
}

// given returns one of these flags that was given, empty if none was.
func (s *benchSpread) given(f *flags) string {
	i := slices.IndexFunc(s.names(), f.Changed)
	if i < 0 {
		return ""
	}
	return s.names()[i]
}

// validate refuses what bench.Config would take for its default.
func (s *benchSpread) validate(f *flags) error {
	switch {
	case !(s.locality >= 0 && s.locality <= 1): // not a number, too
		return usagef("bench: --locality %v: want 0 to 1", s.locality)
	case !(s.hot >= 0 && s.hot <= 1):
		return usagef("bench: --hot %v: want 0 to 1", s.hot)
	case s.hotKeys < 1:
		return usagef("bench: --hot-keys %d: want at least 1", s.hotKeys)
	case f.Changed("workload"): // which may have means that move, and hot keys
	case f.Changed("hot-keys") && s.hot == 0:
		return usagef("bench: --hot-keys without --hot: no operation is on them")
	case f.Changed("moving") && s.locality == 0:
		return usagef("bench: --moving without --locality: no zone has keys of its own that could move")
	}
	return nil
}

func (s *benchSpread) set(cfg *bench.Config) {
	cfg.Locality, cfg.Moving = s.locality, s.moving
	cfg.Hot = s.hot
	if s.hot > 0 || s.hotKeys != bench.HotKeys {
		cfg.HotKeys = s.hotKeys
	}
}

// benchOptions is the protocols' options: those of all that are compared, and what
// is for some only.
type benchOptions struct {
	all      protocols.Options
	policies []string                        // of those that have one, each compared with the others
	quorums  map[string]quorate.QuorumSystem // by protocol; those of the empty name are for the others
}

// of returns the options of one protocol, for each of its runs.
func (o *benchOptions) of(protocol string) []protocols.Options {
	opts := o.all
	opts.Quorums = o.quorums[""]
	if own, ok := o.quorums[protocol]; ok {
		opts.Quorums = own
	}
	if len(o.policies) == 0 || !protocols.Moves(protocol) {
		return []protocols.Options{opts}
	}
	var each []protocols.Options
	for _, opts.Policy = range o.policies {
		each = append(each, opts)
	}
	return each
}

// options reads what the flags say to protocols. A policy goes to those that have
// one, and quorums with a protocol's name before them to that one.
func (b *benchmark) options(cluster *quorate.Cluster) (*benchOptions, error) {
	o := &benchOptions{all: protocols.Options{Thrifty: b.thrifty, Batch: b.batch, Lease: b.lease, ClockError: b.clocks}, policies: b.policies}
	if len(b.policies) > 0 && !slices.ContainsFunc(b.protocols, protocols.Moves) {
		_, err := protocols.New(b.protocols[0], protocols.Options{Policy: b.policies[0]})
		return nil, usagef("bench: --policy %s for %s: %w", b.policies[0], strings.Join(b.protocols, ", "), err)
	}
	o.quorums = map[string]quorate.QuorumSystem{}
	for _, arg := range b.quorums {
		name, spec, err := b.quorumFor(arg)
		if err != nil {
			return nil, err
		}
		if _, twice := o.quorums[name]; twice {
			return nil, usagef("bench: --quorum %s: there is one already for %s", arg, cmp.Or(name, "all protocols"))
		}
		if o.quorums[name], err = quorate.ParseQuorums(cluster, spec); err != nil {
			return nil, usagef("bench: %w", err)
		}
	}
	return o, nil
}

// quorumFor returns whom a --quorum is for, an empty name for all that have none of
// their own.
func (b *benchmark) quorumFor(arg string) (name, spec string, err error) {
	name, spec, found := strings.Cut(arg, "=")
	switch {
	case !found || !slices.Contains(protocols.Names(), name):
		return "", arg, nil
	case !slices.Contains(b.protocols, name):
		return "", "", usagef("bench: --quorum %s: %s is none of the protocols to run: %s", arg, name, strings.Join(b.protocols, ", "))
	case spec == "":
		return "", "", usagef("bench: --quorum %s: want a system after the name", arg)
	}
	return name, spec, nil
}

// cluster is a run on a cluster in this process.
func (b *benchmark) cluster(protocol string) bench.Config {
	cfg := b.load()
	cfg.Protocol, cfg.Zones, cfg.Nodes, cfg.Transport, cfg.DataDir = protocol, b.shape.zones, b.shape.nodes, b.transport, b.dataDir
	return cfg
}

// load is a run without its cluster.
func (b *benchmark) load() bench.Config {
	cfg := bench.Config{
		Clients: b.clients, Keys: b.keys, WriteRatio: b.writeRatio, ValueSize: b.valueSize, Read: b.read, Seed: b.seed, Timeout: b.timeout,
		Warmup: b.warmup, Duration: b.duration, NoCheck: !b.check,
	}
	cfg.Load, _ = b.arrivals.load(b.flags) // validate has seen to its errors
	// In bench.Config zero stands for the default.
	if b.writeRatio == 0 {
		cfg.WriteRatio = bench.ReadOnly
	}
	if b.flags.Changed("conflicts") {
		cfg.Conflicts = cmp.Or(b.conflicts, bench.NoConflicts)
	}
	b.spread.set(&cfg)
	b.work.set(b.flags, &cfg)
	if b.valueSize == 0 {
		cfg.ValueSize = bench.EmptyValues
	}
	if b.warmup == 0 {
		cfg.Warmup = bench.NoWarmup
	}
	return cfg
}
