package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/checker"
)

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// A directory of --out holds all there is to look at, and a saved report has the same
// page and figures.
func TestBenchOutAndReport(t *testing.T) {
	dir, again := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "again")
	got := invoke(t, "bench", "--virtual", "-p", "paxos,trex", "--clients", "3", "--warmup", "0s", "--duration", "500ms", "--kill", "1.3@200ms", "--repeat", "2", "--quorum=paxos=count:2,2", "--out", dir)
	if got.code != exitGood {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	want := []string{
		"comparison.png", "comparison.svg", "history-paxos-1.edn", "history-paxos-2.edn", "history-trex-1.edn", "history-trex-2.edn",
		"latency-distribution.png", "latency-distribution.svg", "over-time.png", "over-time.svg", "report.html", "results.csv", "results.json", "results.txt",
	}
	if all := filesIn(t, dir); !slices.Equal(all, want) {
		t.Errorf("files %v, want %v", all, want)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	command := "quorate bench --virtual --protocols=paxos,trex --clients=3 --warmup=0s --duration=500ms --kill=1.3@200ms --repeat=2 --quorum=paxos=count:2,2 --out=" + dir
	for _, text := range []string{`href="./history-trex-2.edn"`, "All 4 histories are linearizable.", "1.3 dies", command} {
		if !strings.Contains(string(page), text) {
			t.Errorf("report.html does not say %s", text)
		}
	}
	f, err := os.Open(filepath.Join(dir, "history-paxos-2.edn"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if history, err := checker.ReadEDN(f); err != nil || len(history) < 100 {
		t.Errorf("%d operations in a history, %v", len(history), err)
	}
	got = invoke(t, "bench", "report", filepath.Join(dir, "results.json"), "--out", again)
	if got.code != exitGood || got.stdout+got.stderr != "" {
		t.Fatalf("code %d, %s%s", got.code, got.stdout, got.stderr)
	}
	want = slices.DeleteFunc(want, func(name string) bool {
		return strings.HasPrefix(name, "history") || strings.HasPrefix(name, "results")
	})
	if all := filesIn(t, again); !slices.Equal(all, want) {
		t.Errorf("files %v, want %v", all, want)
	}
	other, err := os.ReadFile(filepath.Join(again, "report.html"))
	if err != nil || !strings.Contains(string(other), command) || strings.Contains(string(other), "history-") {
		t.Errorf("the page of a saved report: %v", err)
	}
}

// A directory may hold what another benchmark left there: the page speaks of none of it.
func TestBenchOutTwice(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{historyName("paxos", bench.Place{}), violationName("paxos", 0, 0)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("an earlier one\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := invoke(t, "bench", "--virtual", "-p", "paxos", "--clients", "3", "--warmup", "0s", "--duration", "100ms", "--check=false", "--out", dir)
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if got.code != exitGood || err != nil {
		t.Fatalf("code %d, %s, %v", got.code, got.stderr, err)
	}
	for _, name := range []string{"history-paxos.edn", "violation-paxos-1-1.html"} {
		if strings.Contains(string(page), name) {
			t.Errorf("the page shows %s of another run", name)
		}
	}
}

func TestBenchReportRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"--out", t.TempDir()}, exitUsage}, {[]string{file}, exitUsage}, {[]string{file, file, "--out", t.TempDir()}, exitUsage},
		{[]string{file, "--out", t.TempDir()}, exitUsage}, {[]string{file + "no", "--out", t.TempDir()}, exitTool},
	} {
		if got := invoke(t, append([]string{"bench", "report"}, c.args...)...); got.code != c.code || got.stderr == "" {
			t.Errorf("%v: code %d, want %d: %s", c.args, got.code, c.code, got.stderr)
		} else if c.code == exitUsage && !strings.HasPrefix(got.stderr, "quorate: bench report: ") {
			t.Errorf("%v: not by its own name: %s", c.args, got.stderr)
		}
	}
}

// No name out of a report leads out of the directory.
func TestNamesOfFiles(t *testing.T) {
	evil := bench.Place{Cell: "../../etc/passwd", Points: []bench.Point{{Name: "a/b", Value: "\x00<x>"}}, Round: 3}
	if name := historyName("p", evil); name != "history-etc-passwd-a-b-x-3.edn" {
		t.Error(name)
	}
	if name := historyName("wpaxos", bench.Place{}); name != "history-wpaxos.edn" {
		t.Error(name)
	}
	if name := violationName("../x", 0, 1); name != "violation-x-1-2.html" {
		t.Error(name)
	}
}

// A command line that is printed can be run: what a shell would read otherwise is
// quoted.
func TestCommandLine(t *testing.T) {
	f := newFlags("quorate x")
	f.String("a", "", "")
	f.StringArray("b", nil, "")
	f.StringSlice("c", nil, "")
	if err := f.parse([]string{"--a", "it's; rm", "--b", "1", "--b", "2", "--c", "x,y"}); err != nil {
		t.Fatal(err)
	}
	if got, want := f.line(), `quorate x --a='it'\''s; rm' --b=1 --b=2 --c=x,y`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What a model predicts is drawn where the costs are known: from the world's own
// processors, or from a file.
func TestBenchModelFigure(t *testing.T) {
	dir := t.TempDir()
	costs, out := filepath.Join(dir, "costs.json"), filepath.Join(dir, "out")
	if err := os.WriteFile(costs, []byte(`{"in_us": 20, "out_us": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"bench", "--virtual", "--clients", "3", "--warmup", "0s", "--duration", "200ms", "--check=false", "--out", out}
	got := invoke(t, args...)
	if got.code != exitGood || slices.Contains(filesIn(t, out), "model.svg") {
		t.Fatalf("without costs: code %d, files %v, stderr %q", got.code, filesIn(t, out), got.stderr)
	}
	for name, more := range map[string][]string{"a world's own": {"--service", "in=25us,out=1us"}, "of a file": {"--model", costs}} {
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		if got = invoke(t, append(slices.Clone(args), more...)...); got.code != exitGood || !slices.Contains(filesIn(t, out), "model.svg") {
			t.Errorf("%s: code %d, files %v, stderr %q", name, got.code, filesIn(t, out), got.stderr)
		}
	}
	again := filepath.Join(dir, "again")
	if got = invoke(t, "bench", "report", filepath.Join(out, "results.json"), "--out", again, "--model", costs); got.code != exitGood || !slices.Contains(filesIn(t, again), "model.png") {
		t.Errorf("again: code %d, stderr %q", got.code, got.stderr)
	}
	for _, bad := range [][]string{{"bench", "--model", costs}, append(slices.Clone(args), "--model", filepath.Join(dir, "nowhere"))} {
		if got := invoke(t, bad...); got.code != exitUsage || !strings.Contains(got.stderr, "--model") {
			t.Errorf("%v: code %d, stderr %q", bad, got.code, got.stderr)
		}
	}
}
