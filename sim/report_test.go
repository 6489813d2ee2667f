package sim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate/sim"
)

func campaign(t *testing.T, c sim.Campaign) (*sim.Findings, *sim.Report) {
	t.Helper()
	found, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report, err := sim.NewReport(c, found, func(seed uint64) string { return fmt.Sprintf("replay %d", seed) })
	if err != nil {
		t.Fatal(err)
	}
	return found, report
}

func TestReport(t *testing.T) {
	swarm := swarmOf(t, "paxos")
	swarm.Subject = subject(t, "paxos", "small-phase2")
	swarm.Ops = 40
	found, report := campaign(t, sim.Campaign{Swarm: swarm, From: 1, To: 40, KeepGoing: true})
	if report.Violations < 25 || report.Violations != found.Violations || len(report.Failures) != report.Violations || report.Failures[0].Seed > report.Failures[1].Seed {
		t.Fatalf("%d violations, %d failures", report.Violations, len(report.Failures))
	}
	if found.Failed[0].Outcome.History != nil {
		t.Error("a campaign keeps all histories")
	}
	var text, data bytes.Buffer
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"paxos with bug small-phase2, seeds 1 to 40, faults: all\n", fmt.Sprintf("%d VIOLATIONS", report.Violations), "worlds     40 in ",
		fmt.Sprintf("VIOLATION of %s in the world of seed %d", report.Failures[0].Violation.Oracle, report.Failures[0].Seed),
		"replay it, hash ", "also seed ", fmt.Sprintf("and %d more", report.Violations-20),
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in:\n%s", want, text.String())
		}
	}
	for _, line := range strings.Split(text.String(), "\n")[:18] {
		if len(line) > 80 {
			t.Errorf("a long line: %s", line)
		}
	}
	if err := sim.WriteJSON(&data, report); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Settings sim.Settings
		Failures []sim.Failure
		Stats    struct{ Worlds int }
	}
	if err := json.Unmarshal(data.Bytes(), &back); err != nil || back.Stats.Worlds != 40 || len(back.Failures) != report.Violations ||
		back.Settings.Bug != "small-phase2" || *back.Failures[3].Violation != *report.Failures[3].Violation {
		t.Errorf("%v, %+v", err, back)
	}
}

// The fingerprint of the draw is that of the worlds.
func TestSettings(t *testing.T) {
	swarm := swarmOf(t, "paxos")
	one, err := swarm.Settings()
	if err != nil {
		t.Fatal(err)
	}
	if two, _ := swarm.Settings(); two.Draw != one.Draw || len(one.Draw) != 16 {
		t.Errorf("%+v and %+v", one, two)
	}
	swarm.Ops = 161
	if other, _ := swarm.Settings(); other.Draw == one.Draw {
		t.Errorf("other worlds have the same fingerprint %s", one.Draw)
	}
}

func TestConditions(t *testing.T) {
	spec, err := swarmOf(t, "paxos").Spec(42)
	if err != nil {
		t.Fatal(err)
	}
	lines := spec.Conditions()
	if len(lines) < len(spec.Faults) || !strings.Contains(strings.Join(lines, "\n"), spec.Faults[0].String()) {
		t.Errorf("%d lines of %d faults: %q", len(lines), len(spec.Faults), lines)
	}
}

// A world too small to be cut is not cut again and again.
func TestShrinkerComesToAnEnd(t *testing.T) {
	s := subject(t, "paxos", "small-phase2")
	swarm := swarmOf(t, "paxos")
	swarm.Subject = s
	found, _ := campaign(t, sim.Campaign{Swarm: swarm, From: 1, To: 40, Workers: 1})
	w := found.Failed[0]
	tries := 0
	small, out, err := sim.Shrinker{Subject: s, Oracle: w.Outcome.Violation.Oracle, Each: func(n int, _ sim.Spec) { tries = n }}.Shrink(t.Context(), w.Spec)
	if err != nil || out.Violation.Oracle != w.Outcome.Violation.Oracle || tries >= 1000 || len(small.Faults) > 3 {
		t.Errorf("%v after %d tries: %+v", err, tries, small)
	}
}
