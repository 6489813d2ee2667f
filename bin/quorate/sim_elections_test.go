package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/quorate/quorate/sim"
)

func TestSimElections(t *testing.T) {
	args := []string{"sim", "elections", "-n", "5", "--elections", "40"}
	got := invoke(t, args...)
	if got.code != exitGood || !strings.Contains(got.stdout, "paxos: 40 elections in ") || !strings.Contains(got.stdout, "ballots tried") {
		t.Errorf("code %d, stderr %q, stdout:\n%s", got.code, got.stderr, got.stdout)
	}
	got = invoke(t, append(args, "--json", "--at-most", "1")...)
	var r sim.ElectionReport
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || r.Elections != 40 || r.Ballots.P999 <= 1 || r.Nodes != 5 {
		t.Errorf("%v, %+v", err, r)
	}
	if got.code != exitBad || !strings.Contains(got.stderr, "ballots, want 1") {
		t.Errorf("code %d, stderr %q", got.code, got.stderr)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var stdout, stderr strings.Builder
	if code := run(ctx, args, &stdout, &stderr); code != exitInterrupted {
		t.Errorf("code %d, stderr %q", code, stderr.String())
	}
	if late := invoke(t, append(args, "--time-limit", "1ns")...); late.code != exitUnknown || !strings.Contains(late.stderr, "the time limit of 1ns") {
		t.Errorf("code %d, stderr %q", late.code, late.stderr)
	}
}
