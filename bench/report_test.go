package bench

import (
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/workload"
)

func sample() *Report {
	slope, others := 0.5, 1.25
	return &Report{Schema: Schema, Runs: []Result{
		{
			Protocol: "paxos", Nodes: 15, Zones: 5, Transport: "tcp", Clients: 16384, Sessions: 64, Operations: 7654321, Throughput: 1530864.2,
			Latency: Latency{Mean: 123.456, P50: 100.5, P95: 234.5, P99: 1345.25, P999: 12345.5, Max: 60000},
			Reads:   4000000, ReadLatency: Latency{Mean: 0.1234, P50: 0.1, P95: 1.5, P99: 12.25, P999: 25.5, Max: 99.4},
			Writes: 3654321, WriteLatency: Latency{Mean: 4.5, P50: 4, P95: 5, P99: 6, P999: 7, Max: 8},
			Errors: 12345, Unknown: 678, Linearizable: "violation", Why: "1 of 1000 keys are not linearizable; key7: a lost write",
			Keys: 1000, WriteRatio: 0.5, ValueSize: 100, Read: "log", Seed: 1, Warmup: 1, Duration: 5,
			CPU:        &CPU{Seconds: 9.5, Cores: 1.9, Microseconds: 12.41, Scope: "clients and servers", Elsewhere: &others},
			Network:    &Network{Messages: 4.2, Bytes: 512.5, BytesPerWrite: 1400, Dropped: 3},
			Memory:     Memory{HeapBegin: 1 << 20, HeapEnd: 3 << 19, History: 1 << 28, Peak: 1 << 30, Slope: &slope},
			Series:     []Sample{},
			Check:      &Check{Seconds: 1.5, Keys: 1000, Done: 8000000, Failed: 1, Failures: []string{"key key7: a lost write\n  process 1 put …"}},
			GOMAXPROCS: 2, Interrupted: true,
		},
		{Protocol: "primary", Nodes: 3, Zones: 1, Transport: "chan", Clients: 1, Sessions: 1, Linearizable: "unknown", Why: "no operation succeeded", Series: []Sample{}},
	}}
}

const table = `
  protocol  nodes   net  clients      ops/s  mean ms  p50  p95   p99  p99.9    max    err  unkn     linear
     paxos    5x3   tcp    16384  1,530,864      123  100  234  1345  12346  60000  12345   678  violation
   primary      3  chan        1          0        -    -    -     -      -      -      0     0    unknown
`

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := WriteTable(&b, sample()); err != nil {
		t.Fatal(err)
	}
	if got := "\n" + b.String(); got != table {
		t.Errorf("got%s", got)
	}
}

const details = `
paxos, 5x3 nodes on tcp, 16384 clients in 64 sessions: 1,530,864 ops/s
  workload  1000 keys, 50% writes, 100-byte values, reads by log, seed 1
  measured  7654321 operations in 5s after 1s of warm-up; 12345 errors, 678 unknown; interrupted
  reads     mean 0.12 ms, p50 0.10, p95 1.50, p99 12.2, p99.9 25.5, max 99.4
  writes    mean 4.50 ms, p50 4.00, p95 5.00, p99 6.00, p99.9 7.00, max 8.00
  cpu       12.41 us an operation, 1.9 of 2 cores, clients and servers; 1.25 busy elsewhere
  network   4.2 messages, 512.5 bytes an operation, 3 dropped
  memory    heap 1.0 MiB to 1.5 MiB, history 256.0 MiB, peak 1024.0 MiB, slope +0.5% a minute
  history   NOT linearizable: 1 of 1000 keys are not linearizable; key7: a lost write
    key key7: a lost write
      process 1 put …
primary, 3 nodes on chan, 1 client: 0 ops/s
  workload  0 keys, 0% writes, 0-byte values, reads by , seed 0
  measured  0 operations in 0s after 0s of warm-up; 0 errors, 0 unknown
  memory    heap 0.0 MiB to 0.0 MiB, history 0.0 MiB, peak 0.0 MiB
  history   unknown whether linearizable: no operation succeeded
`

func TestDetails(t *testing.T) {
	var b strings.Builder
	r := sample()
	for i := range r.Runs {
		if err := WriteDetails(&b, &r.Runs[i]); err != nil {
			t.Fatal(err)
		}
	}
	if got := "\n" + b.String(); got != details {
		t.Errorf("got%s", got)
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > 100 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

// The fields that programs rely on, by name and place.
func TestJSON(t *testing.T) {
	var b strings.Builder
	if err := WriteJSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema int
		Runs   []map[string]any
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != 1 || len(got.Runs) != 2 {
		t.Fatalf("schema %d, %d runs", got.Schema, len(got.Runs))
	}
	run := got.Runs[0]
	want := map[string]any{
		"protocol": "paxos", "nodes": 15.0, "transport": "tcp", "clients": 16384.0, "ops": 7654321.0, "throughput": 1530864.2,
		"errors": 12345.0, "unknown": 678.0, "linearizable": "violation", "keys": 1000.0, "write_ratio": 0.5, "value_size": 100.0,
		"seed": 1.0, "warmup_s": 1.0, "duration_s": 5.0,
	}
	for name, value := range want {
		if run[name] != value {
			t.Errorf("%s is %v, want %v", name, run[name], value)
		}
	}
	latency, _ := run["latency_ms"].(map[string]any)
	for _, name := range []string{"mean", "p50", "p95", "p99", "p999", "max"} {
		if x, ok := latency[name].(float64); !ok || x == 0 {
			t.Errorf("latency_ms.%s is %v", name, latency[name])
		}
	}
	if empty, ok := got.Runs[1]["latency_ms"].(map[string]any); !ok || empty["p50"] != 0.0 {
		t.Errorf("a run without operations has latencies %v", got.Runs[1]["latency_ms"])
	}
	if NewReport().Runs == nil {
		t.Error("a report without runs is not an empty list")
	}
}

// Stale reads are not counted among what was found linearizable.
func TestVerdictTellsStaleReadsApart(t *testing.T) {
	r := Result{Linearizable: "ok", Check: &Check{Keys: 3, Done: 100, Seconds: 0.5}}
	if got, want := r.verdict(), "linearizable: 100 operations on 3 keys, checked in 0.5s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Check.Stale = 40
	if got, want := r.verdict(), "linearizable: 60 operations on 3 keys, checked in 0.5s; 40 stale reads returned only what was written"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNumbersThatJSONKnows(t *testing.T) {
	for _, x := range []float64{ratio(1, 0), ratio(0, 0), rate(5, 0)} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			t.Errorf("%v", x)
		}
	}
}

func TestLatencies(t *testing.T) {
	h := newHistogram()
	if got := latencyOf(h); got != (Latency{}) {
		t.Errorf("of nothing: %+v", got)
	}
	for i := range 1000 {
		record(h, time.Duration(i+1)*time.Millisecond)
	}
	got := latencyOf(h)
	for name, c := range map[string]struct{ got, want float64 }{
		"mean": {got.Mean, 500.5}, "p50": {got.P50, 500}, "p95": {got.P95, 950}, "p99": {got.P99, 990}, "p999": {got.P999, 999}, "max": {got.Max, 1000},
	} {
		if math.Abs(c.got-c.want) > c.want/500 {
			t.Errorf("%s is %v, want %v", name, c.got, c.want)
		}
	}
	record(h, 2*time.Hour)
	record(h, -1)
	if got := latencyOf(h); h.TotalCount() != 1002 || got.Max < 3_590_000 || got.Max > 3_610_000 {
		t.Errorf("%d recorded, max %v; want what is beyond the range counted at its end", h.TotalCount(), got.Max)
	}
}

func TestSlope(t *testing.T) {
	var series []Sample
	for i := range 60 {
		series = append(series, Sample{Seconds: float64(i + 1), HeapBytes: uint64(1_000_000 + 1000*i)})
	}
	if got, ok := slope(series); !ok || math.Abs(got-100*60*1000/1_029_500.0) > 0.01 {
		t.Errorf("slope %v%% a minute, %v", got, ok)
	}
	if _, ok := slope(series[:20]); ok {
		t.Error("a slope of 20 seconds")
	}
}

func TestMachineTime(t *testing.T) {
	got, ok := parseMachineTime("cpu  100 10 20 5000 300 1 2 3 50 7")
	if want := 1360 * time.Millisecond; !ok || got != want {
		t.Errorf("%v %v, want %v", got, ok, want)
	}
	for _, line := range []string{"", "cpu 1 2", "intr 1 2 3 4 5 6 7 8 9", "cpu x 2 3 4 5 6 7 8 9"} {
		if _, ok := parseMachineTime(line); ok {
			t.Errorf("%q is accepted", line)
		}
	}
}

// Every field of the JSON is explained in the documentation.
func TestFieldsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/report-fields.md")
	if err != nil {
		t.Fatal(err)
	}
	var look func(typ reflect.Type)
	look = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[workload.Spec]() { // that one has a page of its own
			return
		}
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if name == "-" || !typ.Field(i).IsExported() && !typ.Field(i).Anonymous {
				continue
			}
			if name != "" && !strings.Contains(string(page), "`"+name+"`") { // fields of embedded structs are looked at as they are
				t.Errorf("%v: `%s` is not in docs/report-fields.md", typ, name)
			}
			look(typ.Field(i).Type)
		}
	}
	look(reflect.TypeFor[Report]())
}

// Runs of a report are told apart by what they differ in.
func TestLabel(t *testing.T) {
	r := &Report{Runs: []Result{{Protocol: "paxos"}, {Protocol: "wpaxos", Policy: "null"}, {Protocol: "wpaxos"}, {Protocol: "wpaxos", Policy: "null"}, {Protocol: "paxos"}, {Protocol: "trex", Policy: "null"}}}
	for i, want := range []string{"paxos", "wpaxos null", "wpaxos", "wpaxos null (2)", "paxos (2)", "trex"} {
		if got := r.Label(i); got != want {
			t.Errorf("run %d: %q, want %q", i, got, want)
		}
	}
}
