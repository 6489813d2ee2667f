package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
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

With --processes each member is a process of its own on this machine, as in a real
cluster, and the clients reach it by its sockets. With --config it puts the same load
on a cluster that runs elsewhere, over the members' binary ports, and changes nothing
but keys of its own: their names begin with a prefix that is drawn for each run.
Members that are down do not stop it. What the servers use, it asks their admin
listeners.

With --wan the zones lie in regions far apart: messages are held back for as long as
they would travel, -n 5 means five zones of one node, clients talk to the members of
their own zone, and the report has a line for each. With --virtual all of it happens
in a simulated world, where only the network takes time: the same flags give the same
figures on any machine, and a minute is over in a second.

With --locality the clients of each zone use other keys: they lie on a ring, and each
zone's operations spread normally around a key of its own. At 0.9 a tenth of what two
neighbouring zones do is common to both. Before the warm-up every key is written once
where it is at home, so that no protocol is measured while keys find their places.

With --sweep everything is measured at several values of a setting, and with --repeat
several times, by turns, so that what else the machine does favours nobody. The report
is then of medians, how sure they are, and which differences are more than noise.

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
			{"quorate bench --workload ycsb-b --keys 100000 -p paxos,epaxos", "YCSB's read-mostly workload with more keys than it has by itself"},
			{"quorate bench --list", "what --workload can be"},
			{"quorate bench --processes -p paxos,epaxos", "three processes for each, 64 clients with a connection each"},
			{"quorate bench --processes --rest --data-dir data", "by HTTP; journals on disk"},
			{"quorate bench --config cluster.json", "64 clients of a cluster that runs"},
			{"quorate bench --config cluster.json --rest", "the same by HTTP"},
			{"quorate bench -p paxos,trex --repeat 6 --sweep clients=1..64x8", "two protocols at three loads, six times by turns: medians, and whether they differ"},
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
		subs:  []command{benchDiffCommand(), benchModelCommand(), benchReportCommand()},
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
	processes benchProcesses
	arrivals  benchArrivals

	clients    int
	keys       int
	work       benchWork
	conflicts  float64
	spread     benchSpread
	writeRatio float64
	valueSize  int
	read       quorate.ReadMode
	seed       uint64
	timeout    time.Duration

	warmup, duration time.Duration
	check            bool

	studied benchStudy
	command string // what was asked for

	json   bool
	out    string
	batch  int
	costs  string // the file with those of messages
	keeper func(dir string, names ...string) (*keeper, error)
}

func newBenchmark(f *flags) *benchmark {
	d := bench.Config{}.WithDefaults()
	b := &benchmark{
		flags:     f,
		protocols: []string{d.Protocol}, shape: shape{zones: d.Zones, nodes: d.Nodes}, transport: d.Transport,
		clients: d.Clients, keys: d.Keys, writeRatio: d.WriteRatio, valueSize: d.ValueSize, read: d.Read, attach: attachSpread, seed: d.Seed, timeout: d.Timeout,
		warmup: d.Warmup, duration: d.Duration, check: true, keeper: newKeeper,
	}
	f.group("cluster")
	f.config(&b.config)
	b.tls = f.tls()
	f.tokenFile(&b.token)
	f.BoolVar(&b.rest, "rest", false, "reach the members of --config or --processes by HTTP, over a connection for each client")
	f.Var(&choice{&b.attach, []string{attachSpread, attachLeader}}, "attach", "which members the clients of --rest talk to: `spread|leader`, all in turn or the leader only")
	f.protocols(&b.protocols)
	f.nodes(&b.shape)
	f.transport(&b.transport)
	f.StringArrayVar(&b.quorums, "quorum", nil, quorumUsage+"; protocol=system is for that one of several, each with a flag of its own")
	f.StringArrayVar(&b.policies, "policy", nil, policyUsage+"; several, each with a flag of its own, are compared (default consecutive:3)")
	f.thrifty(&b.thrifty)
	f.IntVar(&b.batch, "batch", 0, "`number` of commands in a slot at most (default the protocol's own)")
	f.leases(&b.lease, &b.clocks)
	f.dataDir(&b.dataDir, "in memory")
	f.group("processes")
	b.processes.declare(f)
	f.group("wide area")
	b.wide.declare(f)
	f.group("virtual time")
	b.virtual.declare(f)
	f.group("load")
	f.clients(&b.clients)
	b.work.declare(f)
	f.IntVar(&b.keys, "keys", b.keys, "`number` of keys, chosen uniformly, or as the next flags say")
	f.Float64Var(&b.conflicts, "conflicts", 0, "`share` of operations on one key of all clients, the others on a key of each client's own (default all keys for all)")
	b.spread.declare(f)
	b.arrivals.declare(f)
	f.Float64Var(&b.writeRatio, "write-ratio", b.writeRatio, "`share` of writes, 0 to 1")
	f.IntVar(&b.valueSize, "value-size", b.valueSize, "`bytes` in a value")
	f.read(&b.read)
	f.timeout(&b.timeout)
	f.seed(&b.seed)
	f.group("run")
	f.DurationVar(&b.warmup, "warmup", b.warmup, "`time` under load before measuring")
	f.duration(&b.duration)
	f.BoolVar(&b.check, "check", b.check, "record the history and check that it is linearizable")
	b.studied.declare(f)
	f.group("report")
	f.json(&b.json)
	b.studied.declareReport(f)
	f.out(&b.out)
	f.costs(&b.costs)
	return b
}

func (b *benchmark) run(ctx context.Context, s *streams, _ []string) error {
	if b.work.list {
		return b.work.explain(s.out, b.json)
	}
	if b.json && b.studied.benchstat {
		return usagef("bench: --json with --benchstat: either says what is printed")
	}
	b.command = b.flags.line() // before a sweep changes them
	plan, err := b.study()
	if err != nil {
		return err
	}
	k, err := b.keeper(b.out, "results.json", "results.csv")
	if err != nil {
		return err
	}
	k.wrote = map[string]bool{}
	if err := k.predict("bench", b.costs); err != nil {
		return err
	}
	report, err := b.measure(ctx, s, k, plan)
	if len(report.Runs) > 0 { // the files first: whoever reads the output may hang up
		err = errors.Join(err, k.keep(report), b.print(s, report)) // each for itself: a full disk must not cost what was measured
	}
	if err != nil {
		return err
	}
	return benchVerdict(ctx, report)
}

// print writes the report for people or for programs.
func (b *benchmark) print(s *streams, report *bench.Report) error {
	switch {
	case b.json:
		return bench.WriteJSON(s.out, report)
	case b.studied.benchstat:
		return study.WriteBenchstat(s.out, report)
	}
	return writeText(s.out, report)
}

// benchVerdict is the exit code of a report: the worst that happened.
func benchVerdict(ctx context.Context, report *bench.Report) error {
	unknown, ended, interrupted := "", "", ctx.Err() != nil
	for i := range report.Runs {
		r := &report.Runs[i]
		interrupted = interrupted || r.Interrupted
		ended = cmp.Or(ended, endedOf(r))
		switch {
		case r.Linearizable == "violation":
			return &exitError{exitBad, fmt.Errorf("%s: the history is not linearizable", cmp.Or(r.Cell, report.Label(i)))}
		case r.Operations == 0:
			unknown = cmp.Or(r.Cell, report.Label(i)) + ": no operation succeeded"
		case r.Linearizable == "unknown" && r.Check != nil:
			unknown = cmp.Or(r.Cell, report.Label(i)) + ": whether the history is linearizable is unknown: " + r.Why
		}
	}
	switch {
	case interrupted:
		if len(report.Runs) == 0 {
			return &exitError{exitInterrupted, fmt.Errorf("interrupted before anything was measured")}
		}
		return &exitError{exitInterrupted, fmt.Errorf("interrupted: the report is of what was measured until then")}
	case ended != "":
		return fmt.Errorf("%s", ended)
	case unknown != "":
		return &exitError{exitUnknown, fmt.Errorf("%s", unknown)}
	}
	return nil
}
