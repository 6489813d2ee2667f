package study_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

// runs makes a report: of each cell a throughput a round; a latency of 1000 by it, and
// twice that of processor time.
func runs(cells map[string][]float64, order ...string) *bench.Report {
	r := bench.NewReport()
	for _, name := range order {
		for i, x := range cells[name] {
			ms := 1000 / x
			cell, where, _ := strings.Cut(name, "@")
			run := bench.Result{
				Place: bench.Place{Cell: cell, Round: i + 1}, Protocol: cell, Throughput: x, Operations: uint64(x), Clients: 64, GOMAXPROCS: 2, OS: "linux", Arch: "amd64",
				Latency: bench.Latency{Mean: ms, P50: ms, P95: 2 * ms, P99: 3 * ms}, CPU: &bench.CPU{Microseconds: 2 * ms}, Linearizable: "ok",
			}
			if where != "" {
				run.Points = []bench.Point{{Name: "clients", Value: where}}
			}
			r.Runs = append(r.Runs, run)
		}
	}
	return r
}

// The exact p values are those of the tables of the test: all of one above all of the
// other is twice one in n choose k.
func TestMannWhitney(t *testing.T) {
	for _, c := range []struct {
		a, b   []float64
		p      float64
		enough bool
	}{
		{[]float64{1, 2, 3}, []float64{4, 5, 6}, 0.1, false},
		{[]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}, 2.0 / 70, true},
		{[]float64{1, 2, 3, 4, 5, 6}, []float64{7, 8, 9, 10, 11, 12}, 2.0 / 924, true},
		{[]float64{1, 3, 5, 7}, []float64{2, 4, 6, 8}, 0.6857142857142857, true},
		{[]float64{5, 5, 5, 5}, []float64{5, 5, 5, 5}, 1, true}, // nothing differs
		{[]float64{1}, []float64{2}, 1, false},
		{nil, []float64{2}, 1, false},
		{[]float64{1, 2}, []float64{3, 4, 5, 6, 7, 8, 9, 10}, 2.0 / 45, true},
	} {
		p, enough := study.Test(c.a, c.b)
		if math.Abs(p-c.p) > 1e-9 || enough != c.enough {
			t.Errorf("%v, %v: p %v, enough %v; want %v, %v", c.a, c.b, p, enough, c.p, c.enough)
		}
	}
}

// What happened to both in a round does not count: the ratio is taken within it.
func TestRatioIsPaired(t *testing.T) {
	r := runs(map[string][]float64{"a": {100, 200, 400, 800, 1600, 3200}, "b": {90, 180, 360, 720, 1440, 2880}}, "a", "b")
	s := study.Summarize(r)
	d := study.Compare(&s[0], &s[1], study.Figures()[0])
	if d.Ratio.Low != 0.9 || d.Ratio.High != 0.9 || d.Ratio.N != 6 || !d.Ratio.Exact || d.Significant() {
		t.Errorf("%+v", d)
	}
	other := study.Summarize(runs(map[string][]float64{"b": {50, 100, 60}}, "b"))
	if d := study.Compare(&s[0], &other[0], study.Figures()[0]); d.Ratio.Median != 0.1 || d.Ratio.N != 3 || d.Ratio.Exact {
		t.Errorf("of two reports: %+v, want the ratio of the medians, 60 to 600", d)
	}
	lost := runs(map[string][]float64{"a": {100, 200}, "b": {50}}, "a", "b")
	lost.Runs[2].Round = 2
	s = study.Summarize(lost)
	if d := study.Compare(&s[0], &s[1], study.Figures()[0]); d.Ratio.N != 1 || d.Ratio.Median != 0.25 {
		t.Errorf("only what was measured in the same round is paired: %+v", d)
	}
}

func TestVerdicts(t *testing.T) {
	for want, d := range map[string]study.Difference{
		"few": {P: 0.001}, "noise": {P: 0.05, Enough: true}, "0.049": {P: 0.049, Enough: true}, "<.001": {P: 0.0002, Enough: true},
	} {
		if d.String() != want || d.Significant() != (want[0] != 'f' && want[0] != 'n') {
			t.Errorf("%+v is %s, want %s", d, d, want)
		}
	}
}

// An interrupted run counts only where there is no other; a run without operations has
// no latency.
func TestWhatCounts(t *testing.T) {
	r := runs(map[string][]float64{"a": {100, 200, 300}, "b": {50}}, "a", "b")
	r.Runs[0].Interrupted, r.Runs[3].Interrupted = true, true
	s := study.Summarize(r)
	if len(s[0].Runs) != 2 || s[0].Throughput.Median != 250 || s[0].Interrupted || len(s[1].Runs) != 1 || !s[1].Interrupted {
		t.Errorf("%+v", s)
	}
	r = runs(map[string][]float64{"a": {100, 200}}, "a")
	r.Runs[1].Throughput, r.Runs[1].Operations, r.Runs[1].Latency = 0, 0, bench.Latency{}
	if s = study.Summarize(r); s[0].Throughput.Median != 50 || s[0].P50.N != 1 || s[0].P50.Median != 10 || s[0].CPU.N != 1 {
		t.Errorf("%+v", s[0])
	}
	r.Runs[0].Servers = &bench.Servers{Members: 3, Told: 2}
	if s = study.Summarize(r); s[0].CPU.N != 0 {
		t.Errorf("processor time of servers of which one did not tell: %+v", s[0].CPU)
	}
}

func table(t *testing.T, r *bench.Report) string {
	t.Helper()
	var out strings.Builder
	if err := study.WriteTable(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTable(t *testing.T) {
	r := runs(map[string][]float64{
		"paxos@1": {1000, 1010, 1020, 1030, 1040, 1050}, "trex@1": {500, 505, 515, 500, 530, 520}, "paxos@8": {8000, 8100, 8000, 8200, 8000, 8100}, "trex@8": {8010, 8000, 8100, 8300, 7900, 8050},
	}, "paxos@1", "trex@1", "paxos@8", "trex@8")
	want := `
  clients   cell  ops/s     ±   p50   p99  cpu us  ratio       95 %      p   cpu      p
        1  paxos  1,025  2.4%  0.98  2.93    1.95      -          -      -     -      -
        1   trex    510  3.9%  1.96  5.88    3.92   0.50  0.49-0.51  0.002  2.00  0.002
        8  paxos  8,050  1.9%  0.12  0.37    0.25      -          -      -     -      -
        8   trex  8,030  3.4%  0.12  0.37    0.25   1.00  0.99-1.01  noise  1.00  noise

  medians of 6 rounds, latencies in ms; ± and intervals hold the true median in 95 of 100 cases
  ratio, cpu: to the first line of the same point (of one cell: to its first point), round by round;
  p: test of Mann and Whitney, noise unless below 0.05
`
	if got := "\n" + table(t, r); got != want {
		t.Errorf("got%s\nwant%s", got, want)
	}
}

// Too few rounds are said to be few, and one cell is compared with its first point.
func TestTableOfFewRounds(t *testing.T) {
	got := table(t, runs(map[string][]float64{"a@1": {100, 101, 102}, "a@2": {200, 201, 202}}, "a@1", "a@2"))
	for _, want := range []string{"1.98-2.00  few", "medians of 3 rounds", "from the least to the greatest", "fewer than 6 rounds have no interval", "few: fewer than 4 rounds"} {
		if !strings.Contains(got, want) {
			t.Errorf("does not say %q:\n%s", want, got)
		}
	}
	got = table(t, runs(map[string][]float64{"a": {100}, "b": {200}}, "a", "b"))
	if strings.Contains(got, "±") || strings.Contains(got, "few") || !strings.Contains(got, "2.00") {
		t.Errorf("of single runs there is a ratio, but nothing to say of noise:\n%s", got)
	}
	got = table(t, runs(map[string][]float64{"a": {100, 110, 120, 130}, "b": {200}}, "a", "b"))
	if !strings.Contains(got, "  n  ") || !strings.Contains(got, "medians of 1 to 4 rounds") {
		t.Errorf("how many rounds differs, which must show:\n%s", got)
	}
}

// What a median hides is told.
func TestNotes(t *testing.T) {
	r := runs(map[string][]float64{"a@1": {100, 101, 102, 103, 104}}, "a@1")
	r.Runs[0].Linearizable, r.Runs[0].Why = "violation", "a lost\x1b write"
	r.Runs[1].Interrupted, r.Runs[1].Duration = true, 1.5
	r.Runs[2].Errors, r.Runs[2].Unknown = 2, 3
	r.Runs[3].LimitedBy = "clients"
	r.Runs[4].Linearizable, r.Runs[4].Check, r.Runs[4].Why, r.Runs[4].Operations = "unknown", &bench.Check{}, "out of time", 0
	got := table(t, r)
	for _, want := range []string{
		"a at clients=1, round 1: NOT linearizable: a lost? write", "round 2: interrupted after 1.5s", "round 3: 2 errors, 3 unknown outcomes",
		"round 4: limited by the clients", "round 5: unknown whether linearizable: out of time", "round 5: no operation succeeded",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("does not say %q:\n%s", want, got)
		}
	}
	for i := range r.Runs {
		r.Runs[i].Errors = 1
		for range 10 {
			r.Runs = append(r.Runs, r.Runs[i])
		}
	}
	if got := table(t, r); strings.Count(got, "\n") > 40 || !strings.Contains(got, "more such lines") {
		t.Errorf("notes have no bound:\n%s", got)
	}
}

func TestCSV(t *testing.T) {
	r := runs(map[string][]float64{"wpaxos null@4": {100, 101}}, "wpaxos null@4")
	share := 0.25
	r.Runs[0].Conflicts = &share
	r.Runs[1].Operations, r.Runs[1].CPU, r.Runs[1].Why = 0, nil, "a \"comma\", and more"
	var out bytes.Buffer
	if err := study.WriteCSV(&out, r); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%d lines, error %v", len(lines), err)
	}
	at := map[string]int{}
	for i, name := range lines[0] {
		at[name] = i
	}
	for name, want := range map[string][2]string{
		"cell": {"wpaxos null", "wpaxos null"}, "points": {"clients=4", "clients=4"}, "round": {"1", "2"}, "throughput": {"100", "101"}, "conflicts": {"0.25", ""},
		"p99_ms": {"30", ""}, "cpu_us_per_op": {"20", ""}, "interrupted": {"false", "false"}, "linearizable": {"ok", "ok"},
	} {
		if got := [2]string{lines[1][at[name]], lines[2][at[name]]}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	// Programs rely on the places, too: new columns come last.
	if got, want := strings.Join(lines[0], " "), "cell points round protocol policy quorums nodes zones transport wan durable clients keys conflicts write_ratio value_size read seed warmup_s duration_s interrupted ops throughput errors unknown mean_ms p50_ms p95_ms p99_ms p999_ms max_ms cpu_us_per_op limited_by linearizable"; !strings.HasPrefix(got, want) {
		t.Errorf("columns %s", got)
	}
}

// benchstat reads what is written for it, and knows what is better.
func TestBenchstat(t *testing.T) {
	r := runs(map[string][]float64{"wpaxos a/b=c@4": {100, 101}, "trex@4": {200}}, "wpaxos a/b=c@4", "trex@4")
	r.Runs[1].Interrupted = true
	r.Runs[0].Latency.P99, r.Runs[0].Latency.P50 = 16.556, 0.0281
	var out bytes.Buffer
	if err := study.WriteBenchstat(&out, r); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); regexp.MustCompile(`\.\d{4}`).MatchString(text) {
		t.Errorf("digits that nobody measured:\n%s", text)
	}
	reader := benchfmt.NewReader(&out, "test")
	var got []string
	for reader.Scan() {
		switch rec := reader.Result().(type) {
		case *benchfmt.Result:
			ops, ok := rec.Value("ops/s")
			mean, okMean := rec.Value("sec/op")
			p99, okP99 := rec.Value("p99-sec")
			us, okCPU := rec.Value("cpu-sec/op")
			if !ok || !okMean || !okP99 || !okCPU {
				t.Errorf("values %+v", rec.Values)
			}
			got = append(got, fmt.Sprintf("%s %d %v %.4g %.4g %.4g %s", rec.Name, rec.Iters, ops, mean, p99, us, rec.GetConfig("goos")))
		case *benchfmt.SyntaxError:
			t.Error(rec)
		}
	}
	want := []string{"Quorate/cell=wpaxos_a_b_c/clients=4-2 100 100 0.01 0.01656 2e-05 linux", "Quorate/cell=trex/clients=4-2 200 200 0.005 0.015 1e-05 linux"}
	if reader.Err() != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("error %v\ngot  %q\nwant %q", reader.Err(), got, want)
	}
	units := reader.Units()
	for unit, want := range map[string]int{"ops/s": 1, "sec/op": -1, "p50-sec": -1, "p99-sec": -1, "cpu-sec/op": -1} {
		if got := units.GetBetter(unit); got != want {
			t.Errorf("%s: better %d, want %d", unit, got, want)
		}
	}
}
