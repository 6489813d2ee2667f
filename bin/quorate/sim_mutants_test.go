package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

func TestMutantsAreListed(t *testing.T) {
	got := invoke(t, "sim", "mutants", "-p", "paxos", "--list")
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	bugs := protocols.Bugs("paxos")
	if got.code != exitGood || len(lines) != len(bugs) || strings.Fields(lines[0])[0] != bugs[0].Name {
		t.Errorf("code %d, stderr %q, stdout:\n%s", got.code, got.stderr, got.stdout)
	}
	if none := invoke(t, "sim", "mutants", "-p", "primary", "--list"); none.code != exitGood || none.stdout != "" {
		t.Errorf("code %d, stdout %q", none.code, none.stdout)
	}
	var kills sim.Kills
	got = invoke(t, "sim", "mutants", "--list", "--json", "--mutant", "no-dedup")
	if err := json.Unmarshal([]byte(got.stdout), &kills); err != nil || len(kills.Rows) != 1 || kills.Rows[0].Name != "no-dedup" {
		t.Errorf("%v, %+v", err, kills)
	}
}

func TestMutantsAreKilled(t *testing.T) {
	args := []string{"sim", "mutants", "--mutant", "small-phase2,no-dedup", "--trials", "2", "--max-seeds", "30", "--seed", "50", "--ops", "60"}
	var kills sim.Kills
	got := invoke(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(got.stdout), &kills); err != nil || got.code != exitGood || got.stderr != "" {
		t.Fatalf("%v, code %d, stderr %q", err, got.code, got.stderr)
	}
	if len(kills.Rows) != 2 || kills.Rows[0].Row != "2" || kills.Rows[1].Found != 2 || kills.First != 50 {
		t.Errorf("%+v", kills)
	}
	if text := invoke(t, args...); text.code != exitGood || !strings.Contains(text.stdout, "2 of 2 planted bugs found in each of 2 trials") {
		t.Errorf("code %d, stderr %q, stdout:\n%s", text.code, text.stderr, text.stdout)
	}
	alive := invoke(t, "sim", "mutants", "--mutant", "lowest-ballot", "--trials", "1", "--max-seeds", "1", "--nemesis", "none", "--ops", "2")
	if alive.code != exitBad || !strings.Contains(alive.stderr, "not found in every trial: lowest-ballot") {
		t.Errorf("code %d, stderr %q, stdout:\n%s", alive.code, alive.stderr, alive.stdout)
	}
}

func TestMutantsInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var stdout, stderr strings.Builder
	code := run(ctx, []string{"sim", "mutants", "--mutant", "no-dedup"}, &stdout, &stderr)
	if code != exitInterrupted || !strings.Contains(stdout.String(), "; interrupted") {
		t.Errorf("code %d, stderr %q, stdout:\n%s", code, stderr.String(), stdout.String())
	}
	if late := invoke(t, "sim", "mutants", "--time-limit", "1ns"); late.code != exitUnknown || !strings.Contains(late.stderr, "the time limit of 1ns") {
		t.Errorf("code %d, stderr %q", late.code, late.stderr)
	}
}
