package main

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

func studyOf(t *testing.T, args string) (*study.Plan, error) {
	t.Helper()
	f := newFlags("quorate bench")
	b := newBenchmark(f)
	if err := f.parse(strings.Fields(args)); err != nil {
		t.Fatal(err)
	}
	return b.study()
}

// A sweep plans each of its points as the flags alone would, and names the cells.
func TestStudyPlan(t *testing.T) {
	plan, err := studyOf(t, "-p paxos,wpaxos --sweep n=3,3x3 --sweep conflicts=0,0.5 --repeat 4 --seed 7 --policy null --policy immediate")
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Cells) != 2*2*3 || plan.Rounds != 4 {
		t.Fatalf("%d cells in %d rounds, want 12 in 4", len(plan.Cells), plan.Rounds)
	}
	for i, want := range []string{
		"paxos at nodes=3 conflicts=0", "wpaxos null at nodes=3 conflicts=0", "wpaxos immediate at nodes=3 conflicts=0",
		"paxos at nodes=3 conflicts=0.5",
	} {
		if got := study.Name(plan.Cells[i].Place.Cell, plan.Cells[i].Place.Points); got != want {
			t.Errorf("cell %d: %q, want %q", i, got, want)
		}
	}
	last := plan.Cells[11]
	if last.Zones != 3 || last.Nodes != 3 || last.Conflicts != 0.5 || last.Options.Policy != "immediate" || plan.Cells[0].Conflicts != bench.NoConflicts {
		t.Errorf("the settings of a point are not those of its cell: %+v", last)
	}
	if n := last.Place.Points[0].Number; n == nil || *n != 9 {
		t.Errorf("3x3 nodes are the number %v, want 9", n)
	}
	plan, err = studyOf(t, "-p wpaxos -n 3x3 --sweep policy=null,consecutive:5")
	if err != nil || len(plan.Cells) != 2 || plan.Cells[0].Options.Policy != "null" || plan.Cells[1].Options.Policy != "consecutive:5" || plan.Cells[1].Place.Cell != "wpaxos" {
		t.Errorf("a sweep of policies: %+v, error %v", plan, err)
	}
}

// A sweep of batches reaches the protocol.
func TestSweepOfBatches(t *testing.T) {
	plan, err := studyOf(t, "--sweep batch=1,64")
	if err != nil || len(plan.Cells) != 2 || plan.Cells[0].Options.Batch != 1 || plan.Cells[1].Options.Batch != 64 {
		t.Errorf("%+v, error %v", plan, err)
	}
	if _, err := studyOf(t, "--batch=-3"); err == nil || !strings.Contains(err.Error(), "--batch -3") {
		t.Errorf("a negative batch: %v", err)
	}
}

// Every flag that may be swept takes what a sweep gives it.
func TestSweptFlagsExist(t *testing.T) {
	f := newFlags("quorate bench")
	b := newBenchmark(f)
	for _, name := range b.studied.swept() {
		value := map[string]string{"transport": "tcp", "policy": "null", "conflicts": "0.5", "locality": "0.5", "write-ratio": "0.5"}[name]
		if value == "" {
			value = "2"
		}
		if err := setFlag(f, name, value); err != nil || !f.Changed(name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

// What cannot be measured is refused before anything is, and the refusal says where.
func TestStudyRefused(t *testing.T) {
	for args, want := range map[string]string{
		"--sweep clients=1,x":                                   "--sweep clients=x",
		"--sweep cleints=1":                                     "clients",
		"--sweep seed=1,2":                                      "cannot be swept",
		"--sweep clients":                                       "want a setting and its values",
		"--clients 3 --sweep clients=1,2":                       "--clients with --sweep clients",
		"--sweep clients=1,2 --sweep clients=4":                 "swept twice",
		"--sweep clients=1..500+1 --sweep keys=1..500+1":        "500 x 500 = 250000",
		"--sweep clients=1..200+1 --repeat 6 -p primary":        "1200 runs",
		"--repeat 0":                                            "--repeat 0",
		"--sweep conflicts=0.5 --sweep keys=10,20 -p primary":   "(at conflicts=0.5 keys=10)",
		"-p primary,wpaxos --sweep nodes=3,200x200":             "nodes=200x200",
		"--read lease --lease 1s -p paxos,epaxos --sweep n=3,5": "(at nodes=3)",
	} {
		_, err := studyOf(t, args)
		if err == nil || exitCode(err) != exitUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a usage error with %q", args, err, want)
		}
	}
	got := invoke(t, "bench", "--json", "--benchstat")
	if got.code != exitUsage || !strings.Contains(got.stderr, "--benchstat") {
		t.Errorf("code %d, %s", got.code, got.stderr)
	}
}

// brief is a study in virtual time: exact, and over at once.
func brief(args ...string) []string {
	return append([]string{"bench", "--virtual", "--wan", "metro", "-n", "3", "-p", "paxos,trex", "--clients", "3", "--keys", "20", "--warmup", "200ms", "--duration", "500ms", "--repeat", "4", "--check=false"}, args...)
}

func TestStudyReports(t *testing.T) {
	dir := t.TempDir()
	got := invoke(t, brief("--out", dir)...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	if !strings.Contains(got.stdout, "medians of 4 rounds") || !strings.Contains(got.stdout, "fewer than 6 rounds have no interval") {
		t.Errorf("no comparison:\n%s", got.stdout)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "results.txt"))
	if err != nil || string(kept) != got.stdout {
		t.Errorf("results.txt differs from what was printed: %v", err)
	}
	report, err := readReport("bench", filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for i := range report.Runs {
		order = append(order, report.Runs[i].Cell)
		if want := uint64(1 + i/2); report.Runs[i].Seed != want || report.Runs[i].Round != i/2+1 {
			t.Errorf("run %d has seed %d and round %d, want %d", i, report.Runs[i].Seed, report.Runs[i].Round, want)
		}
	}
	if want := "paxos trex trex paxos paxos trex trex paxos"; strings.Join(order, " ") != want {
		t.Errorf("order %v, want %s", order, want)
	}
	f, err := os.Open(filepath.Join(dir, "results.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if lines, err := csv.NewReader(f).ReadAll(); err != nil || len(lines) != 9 || lines[1][0] != "paxos" {
		t.Errorf("results.csv has %d lines, want 9: %v", len(lines), err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.part"))
	if err != nil || len(names) > 0 {
		t.Errorf("left behind: %v %v", names, err)
	}
	same := invoke(t, "bench", "diff", "--fail-above", "5%", filepath.Join(dir, "results.json"), filepath.Join(dir, "results.json"))
	if same.code != exitGood || !strings.Contains(same.stdout, "noise") {
		t.Errorf("a report differs from itself: code %d\n%s%s", same.code, same.stdout, same.stderr)
	}
}

func TestBenchstatOutput(t *testing.T) {
	got := invoke(t, brief("--benchstat", "--repeat", "1", "--sweep", "value-size=16,64")...)
	if got.code != exitGood || strings.Count(got.stdout, "BenchmarkQuorate/cell=") != 4 || !strings.Contains(got.stdout, "/cell=trex/value-size=64-") {
		t.Errorf("code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// What was measured is kept after every run, and an interrupt in the middle loses
// nothing of it.
func TestStudyInterrupted(t *testing.T) {
	dir := t.TempDir()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	f := newFlags("quorate bench")
	b := newBenchmark(f)
	if err := f.parse(short("--repeat", "3", "--duration", "100ms", "--out", dir)[1:]); err != nil {
		t.Fatal(err)
	}
	plan, err := b.study()
	if err != nil {
		t.Fatal(err)
	}
	k, err := newKeeper(dir)
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	report, err := plan.Run(ctx, study.Hooks{
		Do: func(ctx context.Context, cfg bench.Config, p func(bench.Progress)) (*bench.Report, error) {
			if runs++; runs == 2 {
				saved, err := readReport("bench", filepath.Join(dir, "results.json"))
				if err != nil || len(saved.Runs) != 1 {
					t.Errorf("the first run was not kept: %v", err)
				}
				cfg.Duration = time.Hour
				time.AfterFunc(50*time.Millisecond, interrupt)
			}
			return bench.Run(ctx, cfg, p)
		},
		Keep: k.save,
	})
	if err != nil || len(report.Runs) != 2 || report.Runs[0].Interrupted || !report.Runs[1].Interrupted {
		t.Fatalf("error %v, runs %+v", err, report.Runs)
	}
	var out strings.Builder
	if err := writeText(&out, report); err != nil || !strings.Contains(out.String(), "round 2: interrupted after") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if code := exitCode(benchVerdict(ctx, report)); code != exitInterrupted {
		t.Errorf("code %d", code)
	}
}

// A directory that cannot take the report is refused before anything runs.
func TestOutRefused(t *testing.T) {
	taken := t.TempDir()
	if err := os.Mkdir(filepath.Join(taken, "results.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	got := invoke(t, short("--out", taken)...)
	if got.code != exitTool || got.stdout != "" || !strings.Contains(got.stderr, "move it away") {
		t.Errorf("code %d, stdout %q, stderr %q", got.code, got.stdout, got.stderr)
	}
}

// Where the report cannot be kept after all, what was measured is printed.
func TestUnkeptIsPrinted(t *testing.T) {
	dir := t.TempDir()
	f := newFlags("quorate bench")
	b := newBenchmark(f)
	if err := f.parse(short("--repeat", "2", "--out", filepath.Join(dir, "out"))[1:]); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	s := newStreams(&out, &errs)
	b.keeper = func(string, ...string) (*keeper, error) { return &keeper{dir: filepath.Join(dir, "gone")}, nil }
	err := b.run(t.Context(), s, nil)
	if exitCode(err) != exitTool || !strings.Contains(out.String(), "primary") || !strings.Contains(err.Error(), "results.json") {
		t.Errorf("error %v\n%s", err, out.String())
	}
}

func TestStatusLine(t *testing.T) {
	p := bench.Progress{Phase: bench.Measuring, Elapsed: 2 * time.Second, Total: 5 * time.Second, Throughput: 1234.5, P99: 3.21987, Failed: 3}
	cfg := bench.Config{Protocol: "paxos"}
	if got, want := statusLine(study.Step{Run: 1, Of: 1, Config: &cfg, Progress: p}), "paxos: measure 2.0s of 5s, 1234 ops/s, p99 3.22 ms, 3 failed or unknown"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	cfg.Place = bench.Place{Cell: "paxos (2)", Points: []bench.Point{{Name: "clients", Value: "4"}}, Round: 2}
	at := study.Step{Run: 3, Of: 8, Config: &cfg, Progress: bench.Progress{Phase: bench.Starting}, Elapsed: 12 * time.Second, Left: 31 * time.Second}
	if got, want := statusLine(at), "3/8 paxos (2) clients=4 round 2: start; 12s, 31s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
