package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The paper's figures, from the command line.
func TestBenchModelPredicts(t *testing.T) {
	got := invoke(t, "bench", "model", "predict", "--paper", "-n", "3,9", "-p", "paxos,epaxos")
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	for _, want := range []string{"paxos      3      12333", "epaxos      3      11275", "paxos      9       4238", "epaxos      9      10064"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("%q is missing:\n%s", want, got.stdout)
		}
	}
	if alone := invoke(t, "bench", "model", "--paper", "-n", "3,9", "-p", "paxos,epaxos"); alone.stdout != got.stdout {
		t.Errorf("without its name:\n%s", alone.stdout)
	}
	file := filepath.Join(t.TempDir(), "costs.json")
	for _, text := range []string{`{"in_us": 25, "out_us": 1}`, `{"protocol": "paxos", "params": {"in_us": 25, "out_us": 1}, "rows": []}`} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		got := invoke(t, "bench", "model", "predict", "--params", file, "-n", "3x3", "-p", "paxos", "--batch", "1", "--json")
		var all []forecast
		if err := json.Unmarshal([]byte(got.stdout), &all); err != nil || got.code != exitGood {
			t.Fatalf("code %d, %v: %s%s", got.code, err, got.stdout, got.stderr)
		}
		if f := all[0]; len(all) != 1 || f.Nodes != 9 || f.Zones != 3 || f.MaxRate < 1e6/227-1 || f.MaxRate > 1e6/227+1 || len(f.Curve) != len(loadShares()) {
			t.Errorf("%+v", all)
		}
	}
}

func TestBenchModelRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.json")
	if err := os.WriteFile(empty, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"predict -p raft":              `protocol "raft"`,
		"predict -p raft --paper":      "in no paper here",
		"predict -n 3x":                "zones x nodes",
		"predict -n 99":                "99 members",
		"predict -n 99 --paper":        "99 members",
		"predict --conflicts 2":        "share of 2 conflicts",
		"predict --cores -1":           "--cores -1",
		"predict --cores Inf":          "--cores +Inf",
		"predict --trip NaN":           "--trip NaN",
		"predict -n 0":                 "--nodes 0",
		"predict -n 3x0":               "--nodes 3x0",
		"predict --paper --batch 1":    "--batch with --paper",
		"predict --params nothing":     "--params nothing",
		"predict --params " + empty:    "nothing in it",
		"fit --transport udp":          "chan or tcp",
		"fit -p raft":                  "--protocol raft",
		"fits":                         "unknown command",
		"predict --conflicts 0.5 more": "unexpected argument",
	} {
		got := invoke(t, append([]string{"bench", "model"}, strings.Fields(args)...)...)
		if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: code %d, stdout %q, stderr %q, want %q", args, got.code, got.stdout, got.stderr, want)
		}
	}
}
