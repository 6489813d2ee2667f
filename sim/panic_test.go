package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// A protocol that panics breaks a world, not the program: where it is built, or
// in the middle of what it does.
func TestPanicsAreViolations(t *testing.T) {
	for _, test := range []struct {
		name  string
		build quorate.Constructor
	}{
		{"constructor", func(*quorate.Node, *quorate.Once) (quorate.Replica, error) { panic("no luck") }},
		{"timer", func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			r, err := subject(t, "primary", "").New(nil, sim.Knobs{})
			if err != nil {
				return nil, err
			}
			timer := n.NewTimer("luck", func() { panic("no luck") })
			n.OnStart(func() { timer.Reset(10 * time.Millisecond) })
			return r(n, app)
		}},
	} {
		swarm := swarmOf(t, "primary")
		swarm.Subject.New = func(*quorate.Cluster, sim.Knobs) (quorate.Constructor, error) { return test.build, nil }
		found, _ := campaign(t, sim.Campaign{Swarm: swarm, From: 1, To: 3, KeepGoing: true})
		if found.Violations != 3 {
			t.Fatalf("%s: %d violations", test.name, found.Violations)
		}
		v := found.Failed[0].Outcome.Violation
		if v.Oracle != "panic" || !strings.HasPrefix(v.Text, "no luck\n") || !strings.Contains(v.Text, "TestPanicsAreViolations") {
			t.Errorf("%s: %+v", test.name, v)
		}
	}
}
