package sim_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim"
)

// A world that is under way when the campaign is interrupted is finished and
// judged like the others.
func TestInterruptedWorldsAreJudged(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	s := swarmOf(t, "primary")
	build := s.Subject.New
	s.Subject.New = func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
		interrupt()
		return build(c, k)
	}
	found, err := sim.Campaign{Swarm: s, From: 1, To: 100}.Run(ctx)
	if !errors.Is(err, context.Canceled) || found.Stats.Worlds == 0 || found.Stats.Worlds > 4 || found.Unjudged > 0 {
		t.Errorf("%v, %+v", err, found)
	}
}

// A world that would go on for long is not waited for.
func TestLongWorldsAreInterrupted(t *testing.T) {
	ctx, interrupt := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer interrupt()
	s := swarmOf(t, "primary")
	s.Ops, s.Time = 1_000_000, 24*time.Hour
	began := time.Now()
	found, err := sim.Campaign{Swarm: s, From: 1, To: 2, Patience: time.Second}.Run(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || found.Stats.Worlds > 0 || found.Violations > 0 {
		t.Errorf("%v, %+v", err, found)
	}
	if waited := time.Since(began); waited > 20*time.Second {
		t.Errorf("it took %v to end", waited)
	}
	spec, err := s.Spec(1)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := sim.Run(ctx, s.Subject, spec, sim.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a world without time: %v, %v", out, err)
	}
}

func TestCampaignsEnd(t *testing.T) {
	s := smallSwarm(t, "small-phase2")
	for _, c := range []struct {
		name     string
		campaign sim.Campaign
		worlds   int
	}{
		{"at the first violation", sim.Campaign{Swarm: s, From: 1, To: 40, Workers: 1}, 1},
		{"at the last seed", sim.Campaign{Swarm: s, From: 1, To: 4, KeepGoing: true}, 4},
		{"at the last seed there is", sim.Campaign{Swarm: s, From: 1<<64 - 2, To: 1<<64 - 1, KeepGoing: true}, 2},
		{"without the seeds that were run before", sim.Campaign{Swarm: s, From: 1, To: 4, KeepGoing: true, Skip: func(seed uint64) bool { return seed%2 == 0 }}, 2},
	} {
		found, err := c.campaign.Run(t.Context())
		if err != nil || found.Stats.Worlds < c.worlds || c.campaign.KeepGoing && found.Stats.Worlds != c.worlds {
			t.Errorf("%s: %v, %d worlds, want %d", c.name, err, found.Stats.Worlds, c.worlds)
		}
		if !c.campaign.KeepGoing && found.Violations != 1 {
			t.Errorf("%s: %d violations", c.name, found.Violations)
		}
	}
	if _, err := (sim.Campaign{Swarm: s, From: 2, To: 1}).Run(t.Context()); err == nil {
		t.Error("a campaign ran backwards")
	}
}

// A handler that does not return ends its world, not the campaign.
func TestHungWorlds(t *testing.T) {
	s := swarmOf(t, "primary")
	build, forever := s.Subject.New, make(chan struct{})
	defer close(forever)
	s.Subject.New = func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
		construct, err := build(c, k)
		return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			n.OnStart(func() { <-forever })
			return construct(n, app)
		}, err
	}
	found, err := sim.Campaign{Swarm: s, From: 1, To: 100, Workers: 1, Patience: time.Millisecond}.Run(t.Context())
	if err != nil || len(found.Failed) != 1 || found.Failed[0].Outcome.Violation.Oracle != sim.OracleHang {
		t.Errorf("%v, %+v", err, found)
	}
}
