package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/bench"
)

// short is a run that any machine gets through: a protocol without elections.
func short(args ...string) []string {
	return append([]string{"bench", "-p", "primary", "--clients", "4", "--keys", "5", "--warmup", "0s", "--duration", "300ms"}, args...)
}

func TestBenchPrintsATable(t *testing.T) {
	got := invoke(t, short("-p", "primary")...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	lines := strings.Split(got.stdout, "\n")
	if len(lines) < 5 || strings.Fields(lines[0])[0] != "protocol" || strings.Fields(lines[1])[0] != "primary" {
		t.Errorf("no table:\n%s", got.stdout)
	}
	if !strings.Contains(got.stdout, "history   linearizable: ") {
		t.Errorf("no verdict:\n%s", got.stdout)
	}
}

func TestBenchJSONAndOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "dir")
	got := invoke(t, short("--json", "--out", dir, "--transport=tcp", "-n", "1x3")...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	var report struct {
		Schema int
		Runs   []struct {
			Protocol, Transport, Linearizable string
			Nodes, Clients                    int
			Ops                               int
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil {
		t.Fatal(err)
	}
	if report.Schema != 1 || len(report.Runs) != 1 {
		t.Fatalf("report %+v", report)
	}
	r := report.Runs[0]
	if r.Protocol != "primary" || r.Transport != "tcp" || r.Linearizable != "ok" || r.Nodes != 3 || r.Clients != 4 || r.Ops == 0 {
		t.Errorf("run %+v", r)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil || string(kept) != got.stdout {
		t.Errorf("results.json differs from what was printed: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "results.txt")); err != nil || !strings.Contains(string(text), "primary") {
		t.Errorf("results.txt: %v\n%s", err, text)
	}
}

func TestBenchOutMustBeWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := invoke(t, short("--out", file)...)
	if got.code != exitTool || got.stdout != "" || !strings.Contains(got.stderr, file) {
		t.Errorf("code %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
}

// An interrupt ends the run that is under way; what was measured is reported,
// and runs that have not begun are left out.
func TestBenchInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, interrupt)
	var stdout, stderr strings.Builder
	code := run(ctx, short("-p", "primary,primary", "--duration", "1h"), &stdout, &stderr)
	if code != exitInterrupted || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("code %d, stderr %q", code, stderr.String())
	}
	if !strings.Contains(stdout.String(), "; interrupted") || strings.Count(stdout.String(), "workload") != 1 {
		t.Errorf("want the report of one run:\n%s", stdout.String())
	}
}

func TestBenchVerdict(t *testing.T) {
	good := bench.Result{Operations: 1, Linearizable: "ok"}
	bad := bench.Result{Operations: 1, Linearizable: "violation"}
	undecided := bench.Result{Operations: 1, Linearizable: "unknown", Check: &bench.Check{}}
	unchecked := bench.Result{Operations: 1, Linearizable: "unknown"}
	nothing := bench.Result{Linearizable: "ok"}
	cut := bench.Result{Operations: 1, Linearizable: "ok", Interrupted: true}
	cutBad := bench.Result{Operations: 1, Linearizable: "violation", Interrupted: true}
	for _, test := range []struct {
		runs []bench.Result
		code int
	}{
		{[]bench.Result{good, good}, exitGood},
		{[]bench.Result{unchecked}, exitGood},
		{[]bench.Result{good, bad, undecided}, exitBad},
		{[]bench.Result{undecided, good}, exitUnknown},
		{[]bench.Result{nothing, good}, exitUnknown},
		{[]bench.Result{undecided, cut}, exitInterrupted},
		{[]bench.Result{cutBad}, exitBad},
	} {
		if code := exitCode(benchVerdict(t.Context(), &bench.Report{Runs: test.runs})); code != test.code {
			t.Errorf("%+v: code %d, want %d", test.runs, code, test.code)
		}
	}
}

func TestBenchPlan(t *testing.T) {
	f := newFlags("quorate bench")
	b := newBenchmark(f)
	args := "-p paxos,primary -n 2x3 --transport tcp --data-dir d --clients 7 --keys 8 --write-ratio 0 --value-size 0 --read local --seed 9 --warmup 0s --duration 3s --check=false"
	if err := f.parse(strings.Fields(args)); err != nil {
		t.Fatal(err)
	}
	plan, err := b.plan()
	if err != nil || len(plan) != 2 {
		t.Fatalf("%d runs, error %v", len(plan), err)
	}
	c := plan[1].WithDefaults()
	if c.Protocol != "primary" || c.Zones != 2 || c.Nodes != 3 || c.Transport != "tcp" || c.DataDir != "d" || c.Clients != 7 || c.Keys != 8 {
		t.Errorf("cluster and load: %+v", c)
	}
	if c.WriteRatio != 0 || c.ValueSize != 0 || c.Read.String() != "local" || c.Seed != 9 || c.Warmup != 0 || c.Duration != 3*time.Second || !c.NoCheck {
		t.Errorf("what was set to zero must be zero: %+v", c)
	}
}
