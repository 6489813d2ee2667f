package sim_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/quorate/quorate/sim"
)

// hashes runs some worlds and returns a line for each with its seed and hash.
func hashes(t *testing.T, seeds uint64, byValue bool) string {
	swarm := swarmOf(t, "paxos")
	swarm.ByValue = byValue
	lines := make([]string, seeds)
	campaign := sim.Campaign{Swarm: swarm, From: 1, To: seeds, KeepGoing: true, Each: func(w sim.World) {
		lines[w.Seed-1] = fmt.Sprintf("%d %x %d", w.Seed, w.Outcome.Hash, w.Outcome.Stats.Events)
	}}
	if _, err := campaign.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// worlds is how many worlds are compared: fewer where each takes ten times as long.
func worlds() uint64 {
	if testing.Short() {
		return 20
	}
	return 200
}

const childEnv = "QUORATE_HASHES_OF_WORLDS"

// One seed is one world, in whatever process, on however many processors: the
// hash covers the time, the kind and the place of every event and the bytes of
// every message.
func TestSeedsAreWorlds(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		fmt.Print("<<<", hashes(t, worlds(), false), ">>>")
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestSeedsAreWorlds$", fmt.Sprintf("-test.short=%v", testing.Short()))
	child.Env = append(os.Environ(), childEnv+"=1", "GOMAXPROCS=1", "GOGC=20")
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("the other process: %v\n%s", err, out)
	}
	_, text, _ := strings.Cut(string(out), "<<<")
	theirs, _, _ := strings.Cut(text, ">>>")
	compare(t, hashes(t, worlds(), false), theirs)
}

// Nor does watching a world change it.
func TestTracingChangesNothing(t *testing.T) {
	swarm := swarmOf(t, "paxos")
	for seed := range uint64(5) {
		spec, err := swarm.Spec(seed)
		if err != nil {
			t.Fatal(err)
		}
		events := 0
		quiet := run(t, swarm.Subject, spec, sim.Options{})
		traced := run(t, swarm.Subject, spec, sim.Options{Trace: func(sim.TraceEvent) { events++ }})
		if quiet.Hash != traced.Hash || events == 0 {
			t.Errorf("seed %d: hash %x without a trace, %x with one of %d events", seed, quiet.Hash, traced.Hash, events)
		}
	}
}

func compare(t *testing.T, ours, theirs string) {
	t.Helper()
	a, b := strings.Split(ours, "\n"), strings.Split(theirs, "\n")
	if len(a) != len(b) {
		t.Fatalf("%d worlds here, %d there", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("world %q here, %q there", a[i], b[i])
		}
	}
}
