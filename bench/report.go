package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/workload"
)

// Schema is the version of the report's JSON. It rises when a field changes
// its meaning or goes; new fields do not raise it.
const Schema = 1

// Report is what runs found. Its JSON never holds a NaN or an infinity.
type Report struct {
	Schema int `json:"schema"`
	// Command is the command line that made the report, empty if there was none.
	Command string   `json:"command,omitempty"`
	Runs    []Result `json:"runs"`
	// Yardsticks are what the machine gave bare around the runs, if that was asked for.
	Yardsticks []Yardstick `json:"yardsticks,omitempty"`
}

// NewReport returns a report without runs.
func NewReport() *Report { return &Report{Schema: Schema, Runs: []Result{}} }

// Add appends the runs of another report, to compare them in one.
func (r *Report) Add(other *Report) {
	r.Runs = append(r.Runs, other.Runs...)
	r.addYardsticks(other.Yardsticks)
}

// Label tells a run from the others: by its protocol, and its policy if others of
// that protocol have another one.
func (r *Report) Label(i int) string {
	run, same, differ := &r.Runs[i], 1, false
	for j := range r.Runs {
		if other := &r.Runs[j]; other.Protocol == run.Protocol && other.Policy != run.Policy {
			differ = true
		} else if j < i && other.Protocol == run.Protocol {
			same++
		}
	}
	label := run.Protocol
	if differ {
		label = strings.TrimSpace(label + " " + run.Policy)
	}
	if same > 1 {
		label += fmt.Sprintf(" (%d)", same)
	}
	return label
}

// Result is what one run found.
type Result struct {
	Place
	Protocol   string  `json:"protocol"`
	Quorums    string  `json:"quorums,omitempty"` // where they were asked for
	Policy     string  `json:"policy,omitempty"`  // when objects move, as it was asked for
	Nodes      int     `json:"nodes"`             // in all zones
	Transport  string  `json:"transport"`         // "virtual" for a simulated world
	Where      string  `json:"where"`             // "process", "processes", "cluster" or "virtual"
	WAN        string  `json:"wan,omitempty"`     // the network between regions, as far as they are, simulated or held back
	Clients    int     `json:"clients"`
	Operations uint64  `json:"ops"`        // executed within the measured time
	Throughput float64 `json:"throughput"` // operations per second
	Latency    Latency `json:"latency_ms"`
	Errors     uint64  `json:"errors"`  // calls that certainly were not executed
	Unknown    uint64  `json:"unknown"` // calls of which nobody knows
	// Linearizable is "ok", "violation" or "unknown"; Why says why it is not ok.
	Linearizable string `json:"linearizable"`
	Why          string `json:"linearizable_why,omitempty"`

	Interrupted bool   `json:"interrupted,omitempty"`
	Remote      bool   `json:"remote"`  // the servers run elsewhere
	Durable     bool   `json:"durable"` // journals of this process are on disk
	Prefix      string `json:"key_prefix"`
	Zones       int    `json:"zones"`
	Sessions    int    `json:"sessions"`
	// Connections is how many connections to each member the sessions share, where
	// there are sockets.
	Connections int    `json:"connections,omitempty"`
	Peers       string `json:"peers,omitempty"` // how processes talk to each other, tcp or udp
	Keys        int    `json:"keys"`
	// Conflicts is the share of operations on the key that all clients use; nil
	// where all keys are for all.
	Conflicts  *float64 `json:"conflicts,omitempty"`
	Spread     *Spread  `json:"spread,omitempty"` // nil where all keys are for all alike
	WriteRatio float64  `json:"write_ratio"`
	ValueSize  int      `json:"value_size"`
	Read       string   `json:"read"`
	Seed       uint64   `json:"seed"`
	// Workload is what the clients asked for, with all defaults, if it is not what the
	// fields above tell.
	Workload   *workload.Spec `json:"workload,omitempty"`
	Conditions *Conditions    `json:"conditions,omitempty"` // nil if no write had any
	Loaded     *Loaded        `json:"loaded,omitempty"`     // nil if nothing was, and in virtual time
	Warmup     float64        `json:"warmup_s"`
	Duration   float64        `json:"duration_s"` // that was measured

	Reads        uint64  `json:"read_ops"`
	ReadLatency  Latency `json:"read_latency_ms"`
	Writes       uint64  `json:"write_ops"`
	WriteLatency Latency `json:"write_latency_ms"`

	Beyond *Beyond `json:"beyond,omitempty"` // nil in open loops, in virtual time, and where nothing was under way
	// ByOperation has what failed, too.
	ByOperation []ByOperation `json:"by_operation,omitempty"`
	Offered     *Offered      `json:"offered,omitempty"` // nil for closed loops with one call of each client at a time

	CPU     *CPU     `json:"cpu,omitempty"`     // nil where it cannot be measured
	Servers *Servers `json:"servers,omitempty"` // nil if they run in this process
	// Processes is what each process used: this one first, then the members in
	// their order where they are processes.
	Processes []Use `json:"processes,omitempty"`
	// LimitedBy says what kept the servers from doing more, if it was not them:
	// "clients" if this process had no more processors to use, or its calls began late
	// by an amount that shows in the latencies, "disk" if a journal waited for one
	// nearly all the time, "machine" if no processor of the machine was idle, "others"
	// if that was so because of processes that were neither clients nor servers, too.
	LimitedBy string   `json:"limited_by,omitempty"`
	Network   *Network `json:"network,omitempty"` // nil if the target does not count
	Memory    Memory   `json:"memory"`
	Series    []Sample `json:"series"`
	// Distribution is how many took how long, of all operations; empty without any.
	Distribution []Share `json:"distribution,omitempty"`
	Marks        []Mark  `json:"marks,omitempty"` // faults, in the order in which they came
	Check        *Check  `json:"check,omitempty"` // nil if nothing was checked

	Regions   []Region   `json:"regions,omitempty"`   // of clusters in this process with several zones
	Execution *Execution `json:"execution,omitempty"` // nil if nobody tells
	World     *World     `json:"world,omitempty"`     // of runs in virtual time: what takes time there

	Scale *Scale `json:"scale,omitempty"` // nil without yardsticks

	Go         string `json:"go"`
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	GOMAXPROCS int    `json:"gomaxprocs"`

	// Counterexamples show why the history is not linearizable.
	Counterexamples []checker.Counterexample `json:"-"`
}

// CPU is the processor time of this process in the measured time.
type CPU struct {
	Seconds      float64 `json:"seconds"`
	Cores        float64 `json:"cores"`     // seconds per second
	Microseconds float64 `json:"us_per_op"` // 0 without operations
	// Scope is "clients and servers" if both run in this process, else "clients".
	Scope string `json:"scope"`
	// Elsewhere is how many cores other processes of the machine kept busy, nil
	// where that cannot be measured.
	Elsewhere *float64 `json:"elsewhere_cores,omitempty"`
}

// Network is what the replicas sent in the measured time.
type Network struct {
	Messages      float64 `json:"messages_per_op"`
	Bytes         float64 `json:"bytes_per_op"`
	BytesPerWrite float64 `json:"bytes_per_write_call"` // how well writes to sockets coalesce
	Dropped       uint64  `json:"dropped"`
}

// Memory is that of this process, in bytes.
type Memory struct {
	HeapBegin uint64 `json:"heap_begin"` // live, without the history, when measuring began
	HeapEnd   uint64 `json:"heap_end"`
	History   int64  `json:"history"`
	Peak      uint64 `json:"peak"` // held from the system, all included
	// Slope is how the live heap grows, in percent a minute, of runs of at
	// least half a minute.
	Slope *float64 `json:"heap_slope_percent_per_minute,omitempty"`
}

// Check is what the check of the history was about: all of it, warm-up included.
type Check struct {
	Seconds     float64  `json:"seconds"`
	Keys        int      `json:"keys"`
	Done        int      `json:"done"`
	NotExecuted int      `json:"not_executed"`
	Open        int      `json:"open"`
	Stale       int      `json:"stale_reads"`
	Searched    int      `json:"keys_searched"`
	Failed      int      `json:"keys_failed"`
	Undecided   int      `json:"keys_undecided"`
	Failures    []string `json:"failures,omitempty"`
}

// report sums the run up.
func (r *run) report(found checker.Result) Result {
	c := r.cfg
	measured := max(0, r.window.end()-r.window.from)
	out := Result{
		Place: c.Place, Where: c.where(r.target.Local()), Connections: r.connections(), Protocol: c.Protocol, Quorums: c.Options.Quorums.Name, Policy: c.Options.Policy, Nodes: c.Zones * c.Nodes, Transport: c.Transport, WAN: c.WAN, Clients: c.Clients,
		Linearizable: found.Verdict.String(), Why: found.Reason, Interrupted: r.interrupted,
		Remote: !r.target.Local(), Durable: r.durable(), Prefix: c.Prefix,
		Zones: c.Zones, Sessions: c.Sessions, Keys: c.Keys, Conflicts: c.conflicts(), Spread: c.spread(), WriteRatio: c.WriteRatio, ValueSize: c.ValueSize,
		Read: c.Workload.Reads.String(), Seed: c.Seed, Warmup: seconds(c.Warmup), Duration: round(seconds(measured), 3),
		Workload: c.work(), Conditions: r.conditions(), Loaded: r.filled, Series: append([]Sample{}, r.series...),
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, GOMAXPROCS: runtime.GOMAXPROCS(0),
		Counterexamples: found.Counterexamples,
	}
	r.sumLoops(&out, measured)
	r.sumMachine(&out)
	out.Regions = r.regions(measured)
	if r.recorder != nil {
		out.Check = checkOf(found)
	}
	return out
}

func (r *run) conditions() *Conditions {
	streams := make([]*stream, len(r.loops))
	for i, l := range r.loops {
		streams[i] = l.stream
	}
	return conditionsOf(streams)
}

func (r *run) sumLoops(out *Result, measured time.Duration) {
	for _, l := range r.loops {
		out.Errors += l.errors
		out.Unknown += l.unknown
	}
	out.sumTallies(r.tallies, max(1, len(r.zones)), measured)
	out.Offered = r.offered(out)
}

// sumTallies sums up what calls took from so many zones.
func (out *Result) sumTallies(tallies []*tally, zones int, measured time.Duration) {
	var late beyond
	for _, t := range tallies {
		out.Reads += t.reads
		out.Writes += t.writes
		late.merge(t.beyond)
	}
	out.Beyond = late.report()
	out.Operations = out.Reads + out.Writes
	out.Throughput = round(rate(out.Operations, measured), 1)
	took := pair(tallies)
	out.ReadLatency, out.WriteLatency = latencyOf(took.reads), latencyOf(took.writes)
	took.reads.Merge(took.writes)
	out.Latency = latencyOf(took.reads)
	out.Distribution = distributionOf(took.reads)
	out.ByOperation = byOperation(tallies, zones)
}

func (r *run) sumMachine(out *Result) {
	c, took, ops := r.cfg, r.end.at-r.begin.at, float64(r.end.done-r.begin.done)
	out.Memory = Memory{HeapBegin: r.begin.heap, HeapEnd: r.end.heap, History: r.end.history, Peak: max(r.peak, r.end.total)}
	if s, ok := slope(r.series); ok {
		s = round(s, 2)
		out.Memory.Slope = &s
	}
	if r.begin.hasCPU && r.end.hasCPU {
		used := r.end.cpu - r.begin.cpu
		out.CPU = &CPU{
			Seconds: round(seconds(used), 3), Cores: round(ratio(seconds(used), seconds(took)), 2),
			Microseconds: round(ratio(seconds(used)*1e6, ops), 2), Scope: r.scope(),
		}
		if r.begin.hasMachine && r.end.hasMachine {
			others := max(0, round(ratio(seconds(r.end.machine-r.begin.machine-used), seconds(took)), 2))
			out.CPU.Elsewhere = &others
		}
	}
	n, servers := r.servers()
	out.Servers = servers
	out.LimitedBy = out.limit(r.atDisk())
	out.Processes = r.uses()
	if c.Processes != nil {
		out.Peers = cmp.Or(c.Processes.Network, protocols.Network(c.Protocol))
	}
	if t, ok := r.target.(executing); ok {
		out.Execution = t.execution(r.begin.counters, r.end.counters, took)
	}
	if n.Messages > 0 {
		out.Network = &Network{
			Messages: round(ratio(float64(n.Messages), ops), 2), Bytes: round(ratio(float64(n.Bytes), ops), 1),
			BytesPerWrite: round(ratio(float64(n.Bytes), float64(n.Writes)), 1), Dropped: n.Dropped,
		}
	}
}

func checkOf(found checker.Result) *Check {
	c := &Check{
		Seconds: round(seconds(found.Elapsed), 3), Keys: found.Keys, Done: found.Done, NotExecuted: found.NotExecuted,
		Open: found.Open, Stale: found.Stale, Searched: found.Searched, Failed: found.Failed, Undecided: found.Undecided,
	}
	for i := range found.Counterexamples {
		c.Failures = append(c.Failures, found.Counterexamples[i].String())
	}
	return c
}

// WriteJSON writes the report as one indented JSON object.
func WriteJSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write the report as JSON: %w", err)
	}
	return nil
}

func seconds(d time.Duration) float64 { return d.Seconds() }

func rate(n uint64, d time.Duration) float64 { return ratio(float64(n), d.Seconds()) }

// ratio is 0 where a division would leave the numbers that JSON knows.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func round(x float64, places int) float64 {
	scale := math.Pow10(places)
	return math.Round(x*scale) / scale
}
