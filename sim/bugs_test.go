package sim_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/quorate/quorate/protocols"
	"github.com/quorate/quorate/sim"
)

var reshrink = flag.Bool("reshrink", false, "find and shrink the worlds in testdata/bugs anew")

// bugWorld is a small world that shows a planted bug.
type bugWorld struct {
	Oracle string   `json:"oracle"` // that it breaks
	World  sim.Spec `json:"world"`
}

// Every bug that was ever planted has a small world that shows it. It goes on
// showing it, whatever else changes, by the same oracle; and the protocol without
// the bug does well there.
func TestBugsShowInSmallWorlds(t *testing.T) {
	for _, protocol := range protocols.Names() {
		for _, bug := range protocols.Bugs(protocol) {
			if bug.Rare || protocol == "epaxos" || protocol == "wpaxos" { // whose worlds are being made
				continue
			}
			t.Run(protocol+"/"+bug.Name, func(t *testing.T) {
				file := filepath.Join("testdata", "bugs", protocol, bug.Name+".json")
				if *reshrink {
					remakeWorld(t, protocol, bug.Name, file)
				}
				w := readWorld(t, file)
				if got := run(t, subject(t, protocol, bug.Name), w.World, sim.Options{}); got.Violation == nil || got.Violation.Oracle != w.Oracle {
					t.Errorf("want the oracle %s to break, got %v; go test ./sim -run %s -reshrink makes a new world", w.Oracle, got.Violation, t.Name())
				}
				if got := run(t, subject(t, protocol, ""), w.World, sim.Options{}); got.Violation != nil {
					t.Errorf("without the bug: %v", got.Violation)
				}
			})
		}
	}
}

func readWorld(t *testing.T, file string) bugWorld {
	t.Helper()
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%v; go test ./sim -run %s -reshrink makes it", err, t.Name())
	}
	if err != nil {
		t.Fatal(err)
	}
	var w bugWorld
	if err := json.Unmarshal(data, &w); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return w
}

func remakeWorld(t *testing.T, protocol, bug, file string) {
	t.Helper()
	swarm := swarmOf(t, protocol)
	swarm.Subject = subject(t, protocol, bug)
	found, err := sim.Campaign{Swarm: swarm, From: 1, To: 2000}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Failed) == 0 {
		t.Fatalf("none of %d worlds shows it", found.Stats.Worlds)
	}
	w := found.Failed[0]
	small, out, err := sim.Shrinker{Subject: swarm.Subject, Oracle: w.Outcome.Violation.Oracle, Limit: 30 * time.Second}.Shrink(t.Context(), w.Spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d faults, %d operations, %d nodes: %v", len(small.Faults), small.Clients.Ops, small.Zones*small.Nodes, out.Violation)
	data, err := json.MarshalIndent(bugWorld{out.Violation.Oracle, small}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
}
