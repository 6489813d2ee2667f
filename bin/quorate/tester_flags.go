package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/workloads"
)

// test is the command's flags.
type test struct {
	flags   *flags
	cluster string // the file of one that runs
	tls     *tlsFiles
	token   string
	cfg     tester.Config
	shapes  shapes
	quorum  string
	options string // of the protocol, as JSON
	workers perNode
	none    bool // nothing is kept
	count   int
	again   string // the directory of a run
	leave   bool
	matrix  matrixRun
	json    bool
}

func newTest(f *flags) *test {
	t := &test{flags: f, cfg: tester.Config{Seed: 1, Store: "store"}.WithDefaults(), shapes: shapes{{zones: 1, nodes: 3}}, workers: perNode{1, true}, count: 1, matrix: matrixRun{budget: 30 * time.Minute, jobs: 1, keep: keepFailures}}
	c := &t.cfg
	c.Name, c.Concurrency = "", 0
	f.group("cluster")
	f.protocol(&c.Protocol)
	f.VarP(&t.shapes, "nodes", "n", "the cluster, `3|5x3`: so many nodes, or zones x nodes; with --all several, separated by commas")
	f.quorum(&t.quorum)
	f.thrifty(&c.Options.Thrifty)
	f.StringVar(&c.Options.Policy, "policy", "", policyUsage+" (default consecutive:3)")
	f.IntVar(&c.Options.Batch, "batch", 0, "`number` of commands in a slot at most (default the protocol's own)")
	f.leases(&c.Options.Lease, &c.Options.ClockError)
	f.StringVar(&t.options, "options", "", "more options of the protocol, a JSON `object` as a cluster file has it, such as {\"log_limit\": 8}")
	f.bug(&c.Bug)
	f.config(&t.cluster)
	t.tls = f.tls()
	f.tokenFile(&t.token)
	f.group("clients")
	f.StringVarP(&c.Workload, "workload", "w", c.Workload, "what clients do, a `name`; list explains them")
	f.read(&c.Read)
	f.Float64VarP(&c.Rate, "rate", "r", c.Rate, "`number` of operations that all clients together begin a second, at most")
	f.Var(&t.workers, "concurrency", "`number` of clients, or of those for each node, such as 2n")
	f.IntVar(&c.Keys, "keys", 0, "`number` of keys in use at a time (default the workload's own)")
	f.IntVar(&c.OpsPerKey, "ops-per-key", 0, "`number` of operations on a key until another one takes its place (default the workload's own)")
	f.timeout(&c.Timeout)
	f.BoolVar(&c.Raw, "raw", false, "end a call as soon as it is not known what became of it, instead of going on under its number")
	f.group("faults")
	f.StringSliceVar(&c.Nemeses, "nemesis", nil, "`names` of what goes wrong, separated by commas, or all, or none; list explains them (default none)")
	f.DurationVar(&c.Interval, "nemesis-interval", c.Interval, "about how long a fault takes, and the pause until the next, a `time`")
	f.StringVar(&c.Network, "network", c.Network, "how members are kept from hearing each other: they drop what they send themselves (hooks), or packets are dropped between them, in a network of their own (packets)")
	f.group("run")
	f.DurationVar(&c.TimeLimit, "time-limit", c.TimeLimit, "how long clients work while things go wrong, a `time`")
	f.BoolVar(&c.StopEarly, "stop-early", false, "check the calls while clients make them, and end with the first that breaks a promise")
	f.seed(&c.Seed)
	f.IntVar(&t.count, "test-count", t.count, "`number` of tests, each with the next seed")
	f.DurationVar(&c.CheckLimit, "check-limit", c.CheckLimit, "`time` for each check")
	f.StringVar(&t.again, "again", "", "run the test again that is kept in a `directory`, such as store/latest: the same operations and faults, as far as the machine allows")
	f.BoolVar(&t.leave, "leave-running", false, "let the cluster run after the test until there is an interrupt")
	t.matrix.flags(f)
	f.group("report")
	f.json(&t.json)
	f.StringVar(&c.Store, "store", c.Store, "keep what was done in a directory of its own below this `directory`")
	f.BoolVar(&t.none, "no-store", false, "keep nothing")
	return t
}

// clusterFlags are those that describe a cluster that the test starts.
var clusterFlags = []string{"protocol", "nodes", "quorum", "thrifty", "policy", "batch", "lease", "clock-error", "options", "bug", "network", "leave-running"}

// config turns the flags into a test, or says what is wrong with them.
func (t *test) config() (tester.Config, error) {
	c := t.cfg
	if t.none && t.flags.Changed("store") {
		return c, usagef("test: --store with --no-store: leave one of them out")
	}
	if t.none {
		c.Store = ""
	}
	if t.count < 1 {
		return c, usagef("test: --test-count %d: want 1 or more", t.count)
	}
	if t.again != "" {
		return t.repeat(c.Store)
	}
	c.Zones, c.Nodes, c.Settings = t.shapes[0].zones, t.shapes[0].nodes, json.RawMessage(t.options)
	if err := t.elsewhere(&c); err != nil {
		return c, err
	}
	members, err := t.members(&c)
	if err != nil {
		return c, err
	}
	if t.quorum != "" {
		if c.Options.Quorums, err = quorate.ParseQuorums(members, t.quorum); err != nil {
			return c, usagef("test: --quorum: %w", err)
		}
	}
	if c.Read == quorate.ReadLease && c.Options.Lease == 0 && c.File == nil {
		return c, usagef("test: reads by lease without --lease: who has no lease refuses such reads")
	}
	c.Concurrency = t.workers.of(members.Size())
	for name, d := range map[string]time.Duration{"time-limit": c.TimeLimit, "nemesis-interval": c.Interval, "timeout": c.Timeout, "check-limit": c.CheckLimit} {
		if d <= 0 {
			return c, usagef("test: --%s %v: want more than 0", name, d)
		}
	}
	if t.flags.Changed("rate") && !(c.Rate > 0) {
		return c, usagef("test: --rate %v: want more than 0", c.Rate)
	}
	c.Binary = "quorate" // until it is looked for
	if err := c.Validate(); err != nil {
		return c, usagef("test: %w", err)
	}
	return c, nil
}

// repeat is the test of an earlier run.
func (t *test) repeat(store string) (tester.Config, error) {
	for _, flag := range t.flags.all() {
		if flag.Changed && !slices.Contains(againFlags, flag.Name) {
			return tester.Config{}, usagef("test: --%s with --again: it is the run's", flag.Name)
		}
	}
	c, err := tester.Again(t.again)
	if err != nil {
		return c, usagef("test: --again: %w", err)
	}
	if t.flags.Changed("seed") {
		c.Seed = t.cfg.Seed
	}
	if !c.Elsewhere {
		for _, flag := range elsewhereFlags {
			if t.flags.Changed(flag) {
				return c, usagef("test: --%s with --again: that test started its own cluster", flag)
			}
		}
	} else if t.flags.Changed("config") {
		if err := t.same(&c); err != nil {
			return c, err
		}
	}
	c.Store, c.Binary = store, "quorate"
	if err := c.Validate(); err != nil {
		return c, usagef("test: --again: %w", err)
	}
	return c, nil
}

// againFlags are those that go with --again, and elsewhereFlags those that only do if the
// test was of a cluster that ran already.
var (
	elsewhereFlags = []string{"config", "tls-ca", "tls-cert", "tls-key", "token-file"}
	againFlags     = append([]string{"again", "seed", "test-count", "leave-running", "json", "store", "no-store"}, elsewhereFlags...)
)

// same points a test of a cluster that ran already at the one that --config names, which
// must be of the same kind.
func (t *test) same(c *tester.Config) error {
	how, err := runningCluster(t.cluster, t.tls, t.token)
	if err != nil {
		return err
	}
	members, err := how.File.Cluster()
	if err != nil {
		return usagef("test: --config: %w", err)
	}
	if zones := len(members.Zones()); how.File.Protocol != c.Protocol || zones != c.Zones || members.Size() != c.Zones*c.Nodes {
		return usagef("test: --again: that test was of %d zones of %d nodes of %s, the cluster file has %d zones, %d nodes in all, of %s",
			c.Zones, c.Nodes, c.Protocol, zones, members.Size(), how.File.Protocol)
	}
	c.File, c.TLS, c.Token = how.File, how.TLS, how.Token
	return nil
}

// elsewhere reads what --config says of a cluster that runs.
func (t *test) elsewhere(c *tester.Config) error {
	if !t.flags.Changed("config") {
		for _, name := range elsewhereFlags[1:] {
			if t.flags.Changed(name) {
				return usagef("test: --%s without --config: it is for a cluster that runs", name)
			}
		}
		return nil
	}
	for _, name := range clusterFlags {
		if t.flags.Changed(name) {
			return usagef("test: --%s with --config: it is for a cluster that the test starts", name)
		}
	}
	how, err := runningCluster(t.cluster, t.tls, t.token)
	if err != nil {
		return err
	}
	c.File, c.TLS, c.Token, c.Protocol = how.File, how.TLS, how.Token, how.File.Protocol
	return nil
}

func (t *test) members(c *tester.Config) (*quorate.Cluster, error) {
	if c.File != nil {
		return c.File.Cluster()
	}
	if !slices.Contains(protocols.Names(), c.Protocol) {
		_, err := protocols.New(c.Protocol, protocols.Options{})
		return nil, usagef("test: %w", errors.Join(err))
	}
	return t.shapes[0].cluster()
}

// listWord asks for what there is instead of a test.
const listWord = "list"

// lists reports whether somebody wants to know what there is.
func (t *test) lists() bool {
	return t.cfg.Workload == listWord || slices.Equal(t.cfg.Nemeses, []string{listWord})
}

// listed is a name that a flag takes.
type listed struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Needs string `json:"needs,omitempty"`
	All   bool   `json:"all,omitempty"` // "all" stands for it, too
}

func (t *test) list(w io.Writer, asJSON bool) error {
	var all []listed
	if t.cfg.Workload == listWord {
		for _, k := range workloads.Kinds() {
			all = append(all, listed{Name: k.Name, About: k.About})
		}
	} else {
		for _, k := range inject.Kinds() {
			all = append(all, listed{k.Name, k.About, k.Needs, k.All})
		}
	}
	if asJSON {
		text, err := json.Marshal(all)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", text)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range all {
		star := ""
		if k.All {
			star = "*"
		}
		if k.Needs != "" {
			k.About += "; needs " + k.Needs
		}
		fmt.Fprintf(table, "%s%s\t%s\n", k.Name, star, k.About)
	}
	if t.cfg.Workload != listWord {
		fmt.Fprintln(table, "\nall stands for those with a star, as far as the cluster can suffer them; none for nothing.")
	}
	return table.Flush()
}

// perNode is the value of --concurrency.
type perNode struct {
	n    float64
	each bool // for each node
}

// of is the number for so many nodes.
func (p *perNode) of(nodes int) int {
	if p.each {
		return max(1, int(math.Round(p.n*float64(nodes))))
	}
	return int(p.n)
}

func (p *perNode) Type() string { return "number" }

func (p *perNode) String() string {
	text := strconv.FormatFloat(p.n, 'g', -1, 64)
	if p.each {
		text += "n"
	}
	return text
}

func (p *perNode) Set(text string) error {
	count, each := strings.CutSuffix(text, "n")
	if count == "" && each {
		count = "1"
	}
	n, err := strconv.ParseFloat(count, 64)
	if err != nil || !(n > 0 && n <= tester.MaxConcurrency) || !each && n != math.Trunc(n) {
		return fmt.Errorf("want a number such as 10, or one for each node such as 2n, up to %d", tester.MaxConcurrency)
	}
	*p = perNode{n, each}
	return nil
}

// progressLine is what a terminal shows while a test goes on.
func progressLine(c *tester.Config, p *tester.Progress) string {
	line := fmt.Sprintf("%s %s: %s %.1fs", c.Protocol, c.Workload, p.Phase, p.Elapsed.Seconds())
	if p.Total > 0 {
		line += fmt.Sprintf(" of %gs", p.Total.Seconds())
	}
	if p.Phase == tester.Main {
		line += fmt.Sprintf(", %.0f ops/s", p.Rate)
	}
	if p.OK+p.Fail+p.Info > 0 {
		line += fmt.Sprintf(", %d ok, %d failed, %d unknown", p.OK, p.Fail, p.Info)
	}
	if len(p.Faults) > 0 {
		line += "; " + strings.Join(p.Faults, ", ")
	}
	return line
}
