package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/protocols"
)

func benchCommand() command {
	return command{
		name:     "bench",
		synopsis: "compare protocols under load, and check what the clients saw",
		about: `Starts a cluster in this process, lets closed-loop clients read and write it,
and reports throughput, latencies and whether the recorded history was
linearizable. Several protocols run one after the other on the same workload.
Journals are in memory, where nothing waits for a disk, unless --data-dir names
a directory: then every batch is synced before a node speaks of it. Each run
makes directories of its own there and removes them.

With --config it puts the same load on a cluster that runs elsewhere, over the
members' binary ports, and changes nothing but keys of its own: their names
begin with a prefix that is drawn for each run. Members that are down do not
stop it. What the servers use, it asks their admin listeners.

With --wan the zones lie in regions far apart: messages are held back for as long as
they would travel, -n 5 means five zones of one node, clients talk to the members of
their own zone, and the report has a line for each. With --virtual all of it happens
in a simulated world, where only the network takes time: the same flags give the same
figures on any machine, and a minute is over in a second.

With --locality the clients of each zone use other keys: they lie on a ring, and each
zone's operations spread normally around a key of its own. At 0.9 a tenth of what two
neighbouring zones do is common to both. Before the warm-up every key is written once
where it is at home, so that no protocol is measured while keys find their places.

With --rest the clients talk HTTP, as any program could, each over a connection of
its own that is kept. The first client talks to the first member, the second to the
second, and so on, as behind a proxy that knows nothing of leaders: members that do
not lead then pass requests on, which is work. --attach leader spares them that. The
clients are lean ones of our own: net/http's would take about 12 us more of the
processor for an operation, where clients and servers share a machine.`,
		examples: []example{
			{"quorate bench", "Multi-Paxos, three nodes, 64 clients, half writes"},
			{"quorate bench -p paxos,primary --transport tcp", "two protocols, over sockets on the loopback interface"},
			{"quorate bench -n 5 --quorum count:4,2 --thrifty", "five nodes, of which two accept and four elect"},
			{"quorate bench --wan aws5 -n 5x3 -p paxos,epaxos,wpaxos", "three nodes in each of five regions, in real time"},
			{"quorate bench --wan metro -n 3 --transport tcp --jitter 200us", "three data centres of one city, over sockets"},
			{"quorate bench --virtual --wan aws5 -n 5 -p paxos,epaxos --conflicts 0.02", "clients in five regions, of whose operations one in fifty is on a key of all"},
			{"quorate bench --virtual --wan aws5 -n 5x3 -p paxos,epaxos,wpaxos --locality 0.9", "three nodes in each region, whose clients mostly use keys that others do not"},
			{"quorate bench --virtual --wan aws5 -n 5x3 -p wpaxos --locality 0.95 --moving 2", "the same, while what they use moves by two keys a second"},
			{"quorate bench --config cluster.json", "64 clients of a cluster that runs"},
			{"quorate bench --config cluster.json --rest", "the same by HTTP"},
			{"quorate bench --json --duration 30s --out out/long", "for a program; the directory keeps the report"},
		},
		exits: []exitMeaning{
			{exitGood, "every run went well, and every history checked is linearizable"},
			{exitBad, "a history is not linearizable"},
			{exitUnknown, "a check ran out of time, or no operation succeeded"},
			{exitInterrupted, "interrupted; what was measured until then is reported"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "the cluster did not start or cannot be reached, or a file cannot be written"},
		},
		setup: func(f *flags) action { return newBenchmark(f).run },
	}
}

// benchmark is the command's flags.
type benchmark struct {
	flags     *flags
	config    string // of a running cluster
	tls       *tlsFiles
	token     string // the file with it
	rest      bool
	attach    string
	protocols []string
	shape     shape
	transport string
	quorums   []string
	policies  []string
	thrifty   bool
	lease     time.Duration
	clocks    float64
	dataDir   string
	wide      benchWide
	virtual   benchVirtual

	clients    int
	keys       int
	conflicts  float64
	spread     benchSpread
	writeRatio float64
	valueSize  int
	read       quorate.ReadMode
	seed       uint64
	timeout    time.Duration

	warmup, duration time.Duration
	check            bool

	json bool
	out  string
}

func newBenchmark(f *flags) *benchmark {
	d := bench.Config{}.WithDefaults()
	b := &benchmark{
		flags:     f,
		protocols: []string{d.Protocol}, shape: shape{d.Zones, d.Nodes}, transport: d.Transport,
		clients: d.Clients, keys: d.Keys, writeRatio: d.WriteRatio, valueSize: d.ValueSize, read: d.Read, attach: attachSpread, seed: d.Seed, timeout: d.Timeout,
		warmup: d.Warmup, duration: d.Duration, check: true,
	}
	f.group("cluster")
	f.config(&b.config)
	b.tls = f.tls()
	f.tokenFile(&b.token)
	f.BoolVar(&b.rest, "rest", false, "reach the cluster of --config by HTTP, over a connection for each client")
	f.Var(&choice{&b.attach, []string{attachSpread, attachLeader}}, "attach", "which members the clients of --rest talk to: `spread|leader`, all in turn or the leader only")
	f.protocols(&b.protocols)
	f.nodes(&b.shape)
	f.transport(&b.transport)
	f.StringArrayVar(&b.quorums, "quorum", nil, quorumUsage+"; protocol=system is for that one of several, each with a flag of its own")
	f.StringArrayVar(&b.policies, "policy", nil, "when objects move between zones, of wpaxos: null, immediate, consecutive:`N`, majority:N, average:ALPHA,GAP; several, each with a flag of its own, are compared (default consecutive:3)")
	f.thrifty(&b.thrifty)
	f.leases(&b.lease, &b.clocks)
	f.dataDir(&b.dataDir, "in memory")
	f.group("wide area")
	b.wide.declare(f)
	f.group("virtual time")
	b.virtual.declare(f)
	f.group("load")
	f.clients(&b.clients)
	f.IntVar(&b.keys, "keys", b.keys, "`number` of keys, chosen uniformly, or as the next flags say")
	f.Float64Var(&b.conflicts, "conflicts", 0, "`share` of operations on one key of all clients, the others on a key of each client's own (default all keys for all)")
	b.spread.declare(f)
	f.Float64Var(&b.writeRatio, "write-ratio", b.writeRatio, "`share` of writes, 0 to 1")
	f.IntVar(&b.valueSize, "value-size", b.valueSize, "`bytes` in a value")
	f.read(&b.read)
	f.timeout(&b.timeout)
	f.seed(&b.seed)
	f.group("run")
	f.DurationVar(&b.warmup, "warmup", b.warmup, "`time` under load before measuring")
	f.duration(&b.duration)
	f.BoolVar(&b.check, "check", b.check, "record the history and check that it is linearizable")
	f.group("report")
	f.json(&b.json)
	f.out(&b.out)
	return b
}

// plan turns the flags into runs, or says what is wrong with them.
func (b *benchmark) plan() ([]bench.Config, error) {
	if b.flags.Changed("config") {
		return b.against()
	}
	for _, name := range []string{"rest", "attach", "tls-ca", "tls-cert", "tls-key", "token-file"} {
		if b.flags.Changed(name) {
			return nil, usagef("bench: --%s without --config: it is for a cluster that runs", name)
		}
	}
	if err := b.wide.check(b.flags, b.virtual.on); err != nil {
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
	if b.read == quorate.ReadLease && b.lease == 0 {
		return nil, usagef("bench: --read lease without --lease: who has no lease refuses such reads")
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
	if offered := protocols.Reads(name); !slices.Contains(offered, b.read) {
		return bench.Config{}, usagef("bench: --read %v: protocol %s offers %v", b.read, name, offered)
	}
	cfg := b.cluster(name)
	cfg.Options, cfg.Virtual = opts, world
	b.wide.set(&cfg)
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
	for _, name := range []string{"protocols", "nodes", "transport", "quorum", "policy", "thrifty", "lease", "clock-error", "data-dir", "wan", "leader-zone", "jitter", "virtual"} {
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
	if !b.rest && b.flags.Changed("attach") {
		return nil, usagef("bench: --attach without --rest: clients of the binary ports find the leader by themselves")
	}
	cfg := b.load()
	if cfg, err = cfg.Against(bench.Remote{Cluster: cluster, REST: b.rest, Leader: b.attach == attachLeader}); err == nil {
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
	case len(b.protocols) == 0:
		return usagef("bench: --protocols names none: want some of %v", protocols.Names())
	case b.clients < 1 || b.keys < 1 || b.seed < 1:
		return usagef("bench: --clients %d, --keys %d, --seed %d: each must be at least 1", b.clients, b.keys, b.seed)
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
	return b.spread.validate(b.flags)
}

func (b *benchmark) run(ctx context.Context, s *streams, _ []string) error {
	plan, err := b.plan()
	if err != nil {
		return err
	}
	k, err := newKeeper(b.out)
	if err != nil {
		return err
	}
	report := bench.NewReport()
	for i, cfg := range plan {
		if ctx.Err() != nil {
			break
		}
		label := cfg.Protocol
		if len(plan) > 1 {
			label = fmt.Sprintf("%s (%d of %d)", cfg.Protocol, i+1, len(plan))
		}
		var one *bench.Report
		one, err = bench.Run(ctx, cfg, func(p bench.Progress) { s.progress(statusLine(label, p)) })
		if err != nil {
			break // what the earlier runs measured is still reported
		}
		report.Add(one)
	}
	s.clear()
	if len(report.Runs) > 0 { // the files first: whoever reads the output may hang up
		err = cmp.Or(err, k.keep(report), b.print(s, report))
	}
	if err != nil {
		return err
	}
	return benchVerdict(ctx, report)
}

// print writes the report for people or for programs.
func (b *benchmark) print(s *streams, report *bench.Report) error {
	if b.json {
		return bench.WriteJSON(s.out, report)
	}
	return writeText(s.out, report)
}

// benchVerdict is the exit code of a report: the worst that happened.
func benchVerdict(ctx context.Context, report *bench.Report) error {
	unknown, interrupted := "", ctx.Err() != nil
	for i := range report.Runs {
		r := &report.Runs[i]
		interrupted = interrupted || r.Interrupted
		switch {
		case r.Linearizable == "violation":
			return &exitError{exitBad, fmt.Errorf("%s: the history is not linearizable", r.Protocol)}
		case r.Operations == 0:
			unknown = r.Protocol + ": no operation succeeded"
		case r.Linearizable == "unknown" && r.Check != nil:
			unknown = r.Protocol + ": whether the history is linearizable is unknown: " + r.Why
		}
	}
	switch {
	case interrupted:
		return &exitError{exitInterrupted, fmt.Errorf("interrupted: the report is of what was measured until then")}
	case unknown != "":
		return &exitError{exitUnknown, fmt.Errorf("%s", unknown)}
	}
	return nil
}
