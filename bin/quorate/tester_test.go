package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/tester/matrix"
	"github.com/quorate/quorate/tester/results"
)

func TestTestRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"--workload regster":                  "did you mean register",
		"--nemesis kil":                       "did you mean kill",
		"-p paxso":                            "paxso",
		"--bug no-such":                       "no-such",
		"--concurrency 0":                     "want a number",
		"--concurrency 1.5":                   "want a number",
		"--time-limit 0s":                     "--time-limit 0s: want more than 0",
		"--rate 0":                            "--rate 0: want more than 0",
		"--test-count 0":                      "--test-count 0: want 1 or more",
		"--quorum few":                        "--quorum",
		"--read lease":                        "without --lease",
		"-p epaxos --read index":              "index",
		"--store x --no-store":                "leave one of them out",
		"--token-file x":                      "without --config",
		"--config testdata/cluster.json -n 5": "--nodes with --config",
		"--options []":                        "want a JSON object",
		"--options {\"log_limt\":8}":          "log_limit",
		"--config testdata/cluster.json --options {}": "--options with --config",
		"--nodes 3,5":       "one test has one cluster",
		"--all --nodes 3,3": "3 is there twice",
		"--all --nodes 3,":  "zones x nodes",
		"--network pakets":  "want hooks or packets",
		"--config testdata/cluster.json --network packets": "--network with --config",
		"--again x -n 5":             "--nodes with --again",
		"--again testdata/elsewhere": "give the cluster file (--config)",
		"--again testdata/elsewhere --config testdata/cluster.json": "the cluster file has",
		"--again testdata/here --config testdata/cluster.json":      "that test started its own cluster",
		"--batch 999999999":            "do not fit",
		"--lease=-1s":                  "lease of -1s",
		"--clock-error 5":              "clock error of 5",
		"--clock-error NaN":            "clock error of NaN",
		"--seed=-1":                    "want a whole number from 0",
		"--rate NaN":                   "want more than 0",
		"--rate x":                     "want a number such as",
		"--time-limit 5":               "want a time such as",
		"--workload=":                  "--workload is empty",
		"--nemesis=":                   "--nemesis is empty",
		"--again no-such":              "no-such",
		"--nodez 3":                    "did you mean --nodes",
		"mutants --mutant no-dedupe":   "did you mean no-dedup",
		"mutants --nemesis kil":        "did you mean kill",
		"mutants --trials 0":           "--trials 0: want more than 0",
		"mutants --concurrency 2n":     "--concurrency 2n without --nodes",
		"mutants -p primary":           "known to show",
		"mutants --mutant no-dedup, ":  "empty name",
		"extra":                        "unknown command",
		"--budget 1h":                  "--budget without --all",
		"--all --again x":              "--again with --all",
		"--all --budget 0s":            "a budget of 0s",
		"--all --jobs 0":               "--jobs 0: want 1",
		"--all --keep some":            "want failures or all",
		"--all -p paxos,paxso":         "did you mean paxos",
		"--all -w bank,bnak":           "did you mean bank",
		"--all --nemesis kill,kil":     "did you mean kill",
		"--all -p epaxos --read index": "no protocol has these reads",
	} {
		got := invoke(t, append([]string{"test"}, strings.Fields(args)...)...)
		if got.code != exitUsage || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: code %d, %s", args, got.code, got.stderr)
		}
	}
}

func TestTestLists(t *testing.T) {
	for what, want := range map[string]string{"--workload": "register", "--nemesis": "kill"} {
		if got := invoke(t, "test", what, "list"); got.code != exitGood || !strings.Contains(got.stdout, want) {
			t.Errorf("%s: %+v", what, got)
		}
		var all []listed
		if got := invoke(t, "test", what, "list", "--json"); json.Unmarshal([]byte(got.stdout), &all) != nil || len(all) == 0 || all[0].About == "" {
			t.Errorf("%s: %+v", what, got)
		}
	}
}

// What was tested is printed, also if nothing was.
func TestTestReportsAMatrix(t *testing.T) {
	got := invoke(t, "test", "--all", "--report", "--store", t.TempDir())
	if got.code != exitUnknown || !strings.Contains(got.stdout, "Nothing was tested.") {
		t.Errorf("%+v", got)
	}
}

// A matrix of four cells, of which there is time for one in each cluster, as users have it.
func TestTestAll(t *testing.T) {
	dir := t.TempDir()
	got := proc.Run(t, "test", "--all", "-p", "paxos", "-w", "register", "--read", "log", "-n", "3,2x1", "--nemesis", "none,pause-one+loss", "--budget", "1s", "--time-limit", "1s", "--nemesis-interval", "200ms", "--jobs", "2", "--store", dir, "--json")
	var r matrix.Report
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil || r.Tests != 2 || r.Untested != 2 || r.OK == 0 || len(r.Version) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if got := invoke(t, "test", "--all", "--report", "--store", dir); !strings.Contains(got.stdout, "paxos 1x3 register") || !strings.Contains(got.stdout, "paxos 2x1 register") {
		t.Errorf("%+v", got)
	}
}

func TestPerNode(t *testing.T) {
	for text, want := range map[string]int{"2n": 10, "n": 5, "0.5n": 3, "7": 7, "0.1n": 1} {
		var p perNode
		if err := p.Set(text); err != nil || p.of(5) != want {
			t.Errorf("%s: %d of 5 nodes, %v", text, p.of(5), err)
		}
	}
	if p := (perNode{2, true}); p.String() != "2n" {
		t.Errorf("%v", &p)
	}
}

// A bug that shows without any fault is found, by the command as users have it.
func TestTestFindsABug(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	got := proc.Run(t, "test", "--bug", "local-reads-any", "--time-limit", "2s", "--rate", "1000", "--concurrency", "4n", "--keys", "1", "--store", store, "--json")
	var res results.Results
	if err := json.Unmarshal([]byte(got.Stdout), &res); err != nil || got.Code != exitBad || res.Valid != results.False || !strings.HasPrefix(res.Directory, store) {
		t.Errorf("%+v, %v", got, err)
	}
}
