package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/tester/maelstrom"
	"github.com/quorate/quorate/tester/results"
)

func maelstromCommand() command {
	test := maelstromTestCommand()
	return command{
		name:     "maelstrom",
		synopsis: "test anybody's nodes, which speak Maelstrom's protocol",
		about: `Drives programs that read and write lines of JSON, as Maelstrom does, without a JVM.
Without a command it is 'quorate maelstrom test'.`,
		examples: test.examples[:1],
		exits:    test.exits,
		setup:    test.setup,
		subs:     []command{test},
	}
}

func maelstromTestCommand() command {
	return command{
		name:     "maelstrom test",
		synopsis: "start nodes, let clients ask them, and check what those saw",
		operands: "[-- arguments of the node's program]",
		about: `Starts --node-count processes of the program --bin, with what follows -- as its
arguments, and is the network between them: each gets on stdin a line of JSON for each
message that is for it, and writes a line on stdout for each that it sends. What it
writes on stderr is kept in the store. Each is told by init who it is.

Nodes may also ask services, as clients ask them, which are always there: the stores
lin-kv, seq-kv and lww-kv, and the numbers of lin-tso.

Messages between nodes take --latency, get lost where --loss says so, and are dropped
where they arrive while --nemesis partition cuts the network. Messages of clients do
neither: latency there would hide what nodes do wrong. Clients wait for the greater of
1 s and 10 times the latency; what became of an operation that was not answered by then
is unknown. So it is after errors of codes other than 1, 10, 11, 12, 14, 20, 21, 22 and
30, which say that it certainly did not take place: to say so of one that did is a mistake
that the check finds.

A node that ends by itself, writes what is no message, answers what nobody asked or
twice, floods the network, or does not answer init, ends the test with its name, the line,
and exit code 255. No process is left behind.`,
		examples: []example{
			{"quorate maelstrom test --bin ./node --concurrency 4n --rate 30 --nemesis partition", "a linearizable store whose network is cut now and then"},
			{"quorate maelstrom test --bin quorate -- maelstrom-node -p epaxos", "a node of this project"},
			{"quorate maelstrom test -w echo --bin ./echo.py --node-count 1 --time-limit 5", "a first node"},
			{"quorate maelstrom test -w broadcast --bin ./node --node-count 25 --latency 100", "how many messages a broadcast takes on a slow network"},
			{"quorate maelstrom test -w list", "what clients can do"},
		},
		exits: []exitMeaning{
			{exitGood, "nothing that was seen breaks a promise"},
			{exitBad, "a promise is broken"},
			{exitUnknown, "unknown: something was never seen to work, or the check ran out of time"},
			{exitInterrupted, "interrupted; what was done until then is reported"},
			{exitUsage, "a flag makes no sense"},
			{exitTool, "a node does not start or breaks the rules, or a file cannot be written"},
		},
		setup: func(f *flags) action { return newMaelstromTest(f).run },
	}
}

// maelstromTest is the command's flags.
type maelstromTest struct {
	flags   *flags
	cfg     maelstrom.Config
	workers perNode
	none    bool
	count   int
	json    bool
}

func newMaelstromTest(f *flags) *maelstromTest {
	t := &maelstromTest{flags: f, cfg: maelstrom.Config{Store: "store", Seed: 1}.WithDefaults(), workers: perNode{2, true}, count: 1}
	c := &t.cfg
	f.group("nodes")
	f.StringVar(&c.Bin, "bin", "", "the program that is a node, a `file`")
	f.IntVar(&c.Nodes, "node-count", c.Nodes, "`number` of nodes, which are called n0, n1, …")
	f.DurationVar(&c.Patience, "patience", c.Patience, "how long a node may take to answer init, a `time`")
	f.group("clients")
	f.StringVarP(&c.Workload, "workload", "w", c.Workload, "what clients do, a `name`; list explains them")
	f.Var(&t.workers, "concurrency", "`number` of clients, or of those for each node, such as 4n; of lin-kv, 2n ask for the same key")
	f.Float64VarP(&c.Rate, "rate", "r", c.Rate, "`number` of operations that all clients together begin a second, at most")
	f.IntVar(&c.OpsPerKey, "ops-per-key", c.OpsPerKey, "`number` of operations on a key until another one takes its place")
	f.StringVar(&c.Topology, "topology", c.Topology, "of broadcast, who is beside whom, a `name`: "+strings.Join(maelstrom.Topologies(), ", "))
	f.Var((*enough)(&c.Availability), "availability", "`share` of the operations that must succeed, 0 to 1, or total for all of them")
	f.BoolVar(&c.Unique, "unique", false, "write different values only, instead of 0 to 4")
	f.group("network")
	f.Var(&amount{&c.Latency, time.Millisecond}, "latency", "how long a message between nodes takes on average, a `time`; a bare number is of milliseconds")
	f.StringVar(&c.LatencyDist, "latency-dist", c.LatencyDist, "`distribution` of latencies: "+strings.Join(maelstrom.Distributions(), ", "))
	f.Float64Var(&c.Loss, "loss", 0, "`share` of messages between nodes that get lost")
	f.Float64Var(&c.Duplicate, "duplicate", 0, "`share` of messages between nodes that arrive twice")
	f.StringSliceVar(&c.Nemesis, "nemesis", nil, "what goes wrong: partition, or `names` of shapes such as ring, separated by commas, or none (default none)")
	f.Var(&amount{&c.Interval, time.Second}, "nemesis-interval", "about how long a partition takes, and the pause before it, a `time`; a bare number is of seconds")
	f.group("run")
	f.Var(&amount{&c.TimeLimit, time.Second}, "time-limit", "how long clients work, a `time`; a bare number is of seconds")
	f.seed(&c.Seed)
	f.IntVar(&t.count, "test-count", t.count, "`number` of tests, each with the next seed")
	f.DurationVar(&c.Quiet, "quiet", c.Quiet, "`time` between healing and final reads, of workloads that have some")
	f.DurationVar(&c.CheckLimit, "check-limit", c.CheckLimit, "`time` for the check")
	f.group("report")
	f.json(&t.json)
	f.StringVar(&c.Store, "store", c.Store, "keep what was done in a directory of its own below this `directory`")
	f.BoolVar(&t.none, "no-store", false, "keep nothing")
	f.BoolVar(&c.LogStderr, "log-stderr", false, "show what nodes write on stderr, too")
	f.BoolVar(&c.LogSend, "log-net-send", false, "show each message as it is sent, on stderr")
	f.BoolVar(&c.LogRecv, "log-net-recv", false, "show each message as it arrives, on stderr")
	return t
}

func (t *maelstromTest) run(ctx context.Context, s *streams, args []string) error {
	if t.cfg.Workload == listWord {
		return listWorkloads(s)
	}
	cfg, err := t.config(s, args)
	if err != nil {
		return err
	}
	worst := results.True
	for i := range t.count {
		run := cfg
		run.Seed += uint64(i)
		at := ""
		if t.count > 1 {
			at = fmt.Sprintf("%d/%d ", i+1, t.count)
		}
		watch := func(p maelstrom.Progress) { s.progress(at + maelstromProgress(&run, &p)) }
		if run.LogStderr || run.LogSend || run.LogRecv {
			watch = nil // one line of status among many others helps nobody
		}
		res, err := maelstrom.Run(ctx, run, watch)
		if res != nil {
			if !t.json {
				fmt.Fprintln(s.out, maelstrom.Messages(res))
			}
			show := test{json: t.json}
			err = errors.Join(err, show.print(s, res))
		}
		if err != nil && ctx.Err() != nil {
			return &exitError{exitInterrupted, fmt.Errorf("interrupted: %w", err)}
		}
		if err != nil {
			return err
		}
		if worst = worst.Merge(res.Valid); ctx.Err() != nil {
			break
		}
	}
	return testVerdict(ctx, worst)
}

// config turns the flags into a test, or says what is wrong with them.
func (t *maelstromTest) config(s *streams, args []string) (maelstrom.Config, error) {
	c := t.cfg
	switch dash := t.flags.ArgsLenAtDash(); {
	case len(args) > 0 && dash != 0:
		return c, usagef("maelstrom test: unexpected argument %q: arguments of the node's program stand behind --", args[0])
	case c.Bin == "":
		return c, usagef("maelstrom test: --bin is missing: give the program that is a node")
	case t.none && t.flags.Changed("store"):
		return c, usagef("maelstrom test: --store with --no-store: leave one of them out")
	case t.count < 1:
		return c, usagef("maelstrom test: --test-count %d: want 1 or more", t.count)
	}
	for _, name := range []string{"node-count", "rate", "time-limit", "nemesis-interval", "patience", "ops-per-key", "quiet", "check-limit"} {
		if value := t.flags.Lookup(name).Value.String(); value == "0" || value == "0s" {
			return c, usagef("maelstrom test: --%s %s: want more than 0", name, value)
		}
	}
	if t.none {
		c.Store = ""
	}
	c.Args, c.Log = args, s.err
	c.Concurrency = t.workers.of(max(c.Nodes, 1))
	if err := c.Validate(); err != nil {
		return c, usagef("%w", err)
	}
	return c, nil
}

func listWorkloads(s *streams) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, name := range maelstrom.Workloads() {
		fmt.Fprintf(w, "%s\t%s\n", name, maelstrom.About(name))
	}
	fmt.Fprintf(w, "\nNodes may use the services %s.\n", strings.Join(maelstrom.Services(), ", "))
	fmt.Fprintf(w, "Of Maelstrom's workloads these are not offered: %s.\n", strings.Join(maelstrom.Absent(), ", "))
	return w.Flush()
}

// enough is a share of operations, 0 for any.
type enough float64

func (e *enough) Type() string { return "share" }

func (e *enough) String() string {
	if *e == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*e), 'g', -1, 64)
}

func (e *enough) Set(text string) error {
	if text == "total" {
		*e = 1
		return nil
	}
	share, err := strconv.ParseFloat(text, 64)
	if err != nil || !(share >= 0 && share <= 1) {
		return errors.New("want a share, 0 to 1, or total")
	}
	*e = enough(share)
	return nil
}

// maelstromProgress is what a terminal shows while a test goes on.
func maelstromProgress(c *maelstrom.Config, p *maelstrom.Progress) string {
	line := fmt.Sprintf("%s: %s %.1fs of %gs, %d ok, %d failed, %d unknown", c.Workload, p.Phase, p.Elapsed.Seconds(), p.Total.Seconds(), p.OK, p.Fail, p.Info)
	if p.Partition != "" {
		line += "; partition " + p.Partition
	}
	return line
}

// amount is a time whose bare numbers have a unit, as Maelstrom's do.
type amount struct {
	d    *time.Duration
	unit time.Duration
}

func (s *amount) Type() string { return "time" }

func (s *amount) String() string {
	if s.d == nil {
		return "0s"
	}
	return s.d.String()
}

func (s *amount) Set(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n*float64(s.unit) < float64(1<<62) {
		*s.d = time.Duration(n * float64(s.unit))
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("want a time such as 20s, or a number of %v", s.unit)
	}
	*s.d = d
	return nil
}
