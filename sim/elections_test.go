package sim_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/sim"

	"github.com/quorate/quorate"
)

// Elections of Multi-Paxos: all are counted, contention is there, and the figures
// agree with each other, whoever runs the worlds.
func TestElections(t *testing.T) {
	e := sim.Elections{Subject: subject(t, "paxos", ""), Count: 150, Workers: 1}
	r, err := e.Run(t.Context())
	if err != nil || r.Verdict() != nil {
		t.Fatal(err, r.Verdict())
	}
	sum, ballots := 0, 0
	for _, c := range r.Counts {
		sum += c.Elections
		ballots += c.Ballots * c.Elections
	}
	mean := float64(ballots) / 150
	if r.Elections != 150 || sum != 150 || r.Ballots.Mean < mean-0.01 || r.Ballots.Mean > mean+0.01 || r.Counts[0].Ballots == 0 {
		t.Errorf("%+v", r)
	}
	if r.Contended < 30 || r.Contended > 120 || r.Unfinished > 0 || r.Ballots.Max > 8 || r.Ballots.P50 > r.Ballots.P999 || r.Winner.Max > r.Ballots.Max {
		t.Errorf("%+v", r)
	}
	if r.Millis.P50 < 200 || r.Millis.P999 > 2000 || r.BallotsContended.P50 < 2 || r.Probes.Mean < r.Ballots.Mean {
		t.Errorf("%+v", r)
	}
	var text strings.Builder
	if r.WriteText(&text); !strings.Contains(text.String(), "paxos: 150 elections in ") || !strings.Contains(text.String(), "p99.9") {
		t.Error(text.String())
	}
	e.Workers = 3
	again, err := e.Run(t.Context())
	if err != nil || !reflect.DeepEqual(r, again) {
		t.Errorf("%v; three workers found %+v, one found %+v", err, again, r)
	}
}

// Where messages are fast nobody contends, and one ballot is enough.
func TestElectionsWithoutContention(t *testing.T) {
	r, err := sim.Elections{Subject: subject(t, "paxos", ""), Count: 60, Nodes: 3, Latency: 50 * time.Microsecond}.Run(t.Context())
	if err != nil || r.Contended > 6 || r.Ballots.P50 != 1 || r.Nodes != 3 {
		t.Errorf("%v: %+v", err, r)
	}
}

// A protocol without patience needs more ballots: the instrument sees a difference.
func TestElectionsOfTheImpatient(t *testing.T) {
	s := subject(t, "paxos", "")
	s.New = func(c *quorate.Cluster, k sim.Knobs) (quorate.Constructor, error) {
		return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			return paxos.New(n, app, paxos.Config{ElectionTimeout: 60 * time.Millisecond, Heartbeat: 25 * time.Millisecond})
		}, nil
	}
	r, err := sim.Elections{Subject: s, Count: 100, Nodes: 5}.Run(t.Context())
	if err != nil || r.Verdict() != nil || r.Ballots.Mean < 2.5 {
		t.Errorf("%v, %v: %+v", err, r.Verdict(), r)
	}
}

// What proves nothing is no good news.
func TestElectionsThatCannotBe(t *testing.T) {
	for _, e := range []sim.Elections{
		{Subject: subject(t, "primary", "")}, {Subject: subject(t, "paxos", ""), Count: -1}, {Subject: subject(t, "paxos", ""), Workers: -1},
		{Subject: subject(t, "paxos", ""), Loss: 2}, {Subject: subject(t, "paxos", ""), Nodes: 65},
	} {
		if _, err := e.Run(t.Context()); err == nil {
			t.Errorf("%+v was accepted", e)
		}
	}
	silent := sim.ElectionReport{Protocol: "silent", Elections: 10}
	if err := silent.Verdict(); !errors.Is(err, sim.ErrNoBallots) {
		t.Errorf("%v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if r, err := (sim.Elections{Subject: subject(t, "paxos", "")}).Run(ctx); err != nil || r.Elections > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A violation ends the experiment, and names the seed.
func TestElectionsFindViolations(t *testing.T) {
	r, err := sim.Elections{Subject: subject(t, "paxos", "ignore-accepted"), Count: 3000, Loss: 0.2, Nodes: 3}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Verdict(); v == nil || r.ViolationSeed == 0 || !strings.Contains(v.Error(), "breaks") {
		t.Errorf("%v: %+v", v, r)
	}
}
