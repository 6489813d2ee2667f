package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/quorate/quorate/sim/explore"
)

func TestExploreFindsTheShortestWay(t *testing.T) {
	args := []string{"sim", "explore", "--mutant", "small-phase2"}
	got := invoke(t, args...)
	if got.code != exitBad || !strings.Contains(got.stdout, "  1  timer election fires at 1.1") || !strings.Contains(got.stderr, "the world votes breaks chosen") {
		t.Errorf("code %d, stderr %q, stdout:\n%s", got.code, got.stderr, got.stdout)
	}
	var results []explore.Result
	got = invoke(t, append(args, "--json")...)
	if err := json.Unmarshal([]byte(got.stdout), &results); err != nil || len(results) != 1 || results[0].Violation == nil || len(results[0].Path) == 0 {
		t.Errorf("%v, %+v", err, results)
	}
}

// Worlds in which nothing is chosen are not called good.
func TestExploreOfStrangers(t *testing.T) {
	if got := invoke(t, "sim", "explore", "-p", "primary"); got.code != exitUnknown || !strings.Contains(got.stderr, "nothing was chosen") {
		t.Errorf("code %d, stderr %q", got.code, got.stderr)
	}
}

// Where each key has an owner and a log, experiments with one leader and one log are
// refused.
func TestExperimentsOfOneLog(t *testing.T) {
	for args, want := range map[string]string{
		"explore -p wpaxos":   "made for protocols with one log: wpaxos has one for each key",
		"elections -p wpaxos": "wpaxos elects nobody: each key has an owner",
	} {
		if got := invoke(t, append([]string{"sim"}, strings.Fields(args)...)...); got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: code %d, stdout %q, stderr %q", args, got.code, got.stdout, got.stderr)
		}
	}
}

func TestExploreInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var stdout, stderr strings.Builder
	if code := run(ctx, []string{"sim", "explore"}, &stdout, &stderr); code != exitInterrupted {
		t.Errorf("code %d, stderr %q", code, stderr.String())
	}
	if late := invoke(t, "sim", "explore", "--time-limit", "1ns"); late.code != exitUnknown || !strings.Contains(late.stderr, "the time limit of 1ns") {
		t.Errorf("code %d, stderr %q", late.code, late.stderr)
	}
}
