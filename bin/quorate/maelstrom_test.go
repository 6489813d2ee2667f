package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/proc"
	"github.com/quorate/quorate/tester/results"
)

func TestMaelstromRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"maelstrom tset":                                            "did you mean maelstrom test",
		"maelstrom test":                                            "--bin is missing",
		"maelstrom test --bin x -w lin-vk":                          "did you mean lin-kv",
		"maelstrom test --bin x --nemesis partitoin":                "did you mean partition",
		"maelstrom test --bin x --nemesis kill":                     "of 3 nodes there are partition, ",
		"maelstrom test --bin x --node-count 1 --nemesis partition": "of 1 nodes there are partition",
		"maelstrom test --bin x --node-count 0":                     "--node-count 0: want more than 0",
		"maelstrom test --bin x --node-count -1":                    "-1 nodes",
		"maelstrom test --bin x --rate 0":                           "--rate 0: want more than 0",
		"maelstrom test --bin x --time-limit 0":                     "--time-limit 0s: want more than 0",
		"maelstrom test --bin x --time-limit long":                  "want a time such as 20s",
		"maelstrom test --bin x --latency -5":                       "want a time such as 20s",
		"maelstrom test --bin x --latency-dist normal":              "want constant, uniform, exponential",
		"maelstrom test --bin x --loss 2":                           "loss 2",
		"maelstrom test --bin x -w kafka":                           "that is not offered here",
		"maelstrom test --bin x --topology tree5":                   "did you mean tree2",
		"maelstrom test --bin x --availability 2":                   "or total",
		"maelstrom test --bin x --test-count 0":                     "--test-count 0",
		"maelstrom test --bin x --store x --no-store":               "leave one of them out",
		"maelstrom test --bin x extra":                              "stand behind --",
		"maelstrom-node -p paxso":                                   `unknown protocol "paxso"`,
		"maelstrom-node --zones 0":                                  "want more than 0",
		"maelstrom-node -p epaxos --read index":                     "index",
	} {
		got := invoke(t, strings.Fields(args)...)
		if got.code != exitUsage || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: code %d, %s", args, got.code, got.stderr)
		}
	}
	if got := invoke(t, "maelstrom", "test", "--no-store", "--bin", "testdata/no-such-program"); got.code != exitTool || !strings.Contains(got.stderr, "start node n0") {
		t.Errorf("%+v", got)
	}
}

func TestMaelstromLists(t *testing.T) {
	if got := invoke(t, "maelstrom", "test", "-w", "list"); got.code != exitGood || !strings.Contains(got.stdout, "lin-kv") {
		t.Errorf("%+v", got)
	}
}

// Maelstrom's own times are bare numbers.
func TestAmount(t *testing.T) {
	var d time.Duration
	a := amount{&d, time.Millisecond}
	for text, want := range map[string]time.Duration{"100": 100 * time.Millisecond, "0": 0, "2s": 2 * time.Second, "0.5": 500 * time.Microsecond} {
		if err := a.Set(text); err != nil || d != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
}

// The program tests itself, as a node.
func TestMaelstromTestsOurNodes(t *testing.T) {
	bin := proc.Build(t)
	got := proc.Run(t, "maelstrom", "test", "--bin", bin, "--no-store", "--time-limit", "1", "--rate", "200", "--json", "--", "maelstrom-node", "-p", "trex")
	var res results.Results
	if err := json.Unmarshal([]byte(got.Stdout), &res); err != nil || got.Code != exitGood || res.Valid != results.True {
		t.Errorf("%+v, %v", got, err)
	}
}
