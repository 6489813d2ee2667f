package model

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// What was made from costs gives the costs back, exactly without noise, and nearly
// with some.
func TestSolve(t *testing.T) {
	truth := Params{In: 3, Out: 1.5, Copy: 3, Byte: 0.001, Command: 0.75, Record: 2, Turn: 12, Client: 5}
	rng := rand.New(rand.NewPCG(3, 3))
	for _, noise := range []float64{0, 0.01} {
		var rows []Row
		for range 200 {
			w := Work{
				In: float64(rng.IntN(70)), Out: float64(1 + rng.IntN(70)), Copies: float64(rng.IntN(5)), Bytes: float64(rng.IntN(60_000)),
				Commands: float64(rng.IntN(64)), Records: float64(rng.IntN(9)), Turns: float64(rng.IntN(4)), Clients: float64(rng.IntN(9)),
			}
			rows = append(rows, Row{Name: "row", Work: w, Micros: w.Time(truth) * (1 + noise*rng.NormFloat64())})
		}
		f, err := Solve(rows)
		if err != nil {
			t.Fatal(err)
		}
		got, want := columns(&f.Params), columns(&truth)
		for i := range want {
			if math.Abs(*got[i] / *want[i] - 1) > 1e-6+10*noise {
				t.Errorf("noise %v: %+v, want %+v", noise, f.Params, truth)
				break
			}
		}
		if f.R2 < 1-20*noise*noise-1e-9 || f.Typical > 1.2*noise+1e-9 || f.Worst < f.Typical || len(f.Rows) != 200 || math.Abs(f.Rows[7].Fitted/rows[7].Micros-1) > f.Worst+1e-9 {
			t.Errorf("noise %v: R2 %v, typical %v, worst %v", noise, f.R2, f.Typical, f.Worst)
		}
	}
}

// Costs are never negative, and what nothing is known of costs nothing.
func TestSolveIsNotNegative(t *testing.T) {
	f, err := Solve([]Row{
		{"a", Work{In: 1}, 10, 0}, {"b", Work{In: 2, Out: 1}, 15, 0}, {"c", Work{In: 4, Out: 3}, 25, 0}, {"d", Work{In: 1, Out: 1}, 5, 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.Params.Out != 0 || f.Params.In <= 0 || f.Params.Turn != 0 {
		t.Errorf("%+v", f.Params)
	}
	if _, err := Solve([]Row{{"a", Work{In: 1, Out: 1}, 10, 0}}); err == nil || !strings.Contains(err.Error(), "at least as many") {
		t.Errorf("one row of two unknowns: %v", err)
	}
	if _, err := Solve([]Row{{"a", Work{In: 1}, math.NaN(), 0}}); err == nil {
		t.Error("a time that is none")
	}
}

// What members really do for a round, message by message, is what the plan counts.
func TestPlanIsWhatMembersDo(t *testing.T) {
	for _, test := range []struct {
		protocol string
		members  int
		batch    float64
	}{{"paxos", 1, 8}, {"paxos", 3, 8}, {"paxos", 5, 1}, {"trex", 3, 8}, {"epaxos", 3, 8}, {"epaxos", 5, 1}} {
		r, err := newRig(test.protocol, test.members, true)
		if err != nil {
			t.Fatal(err)
		}
		lead, err := r.leader()
		if err != nil {
			t.Fatal(err)
		}
		value := make([]byte, 100)
		r.round(lead, int(test.batch), value, (*place).turn)
		for _, p := range r.places {
			p.work = Work{}
		}
		const rounds = 5 // far from the next heartbeat
		for range rounds {
			r.round(lead, int(test.batch), value, (*place).turn)
		}
		plan := Engine{Protocol: test.protocol, Nodes: test.members, Value: 100, Key: 4}.Plan()
		own, all := plan.Busiest.Of(test.batch), plan.All.Of(test.batch)
		if test.protocol == "epaxos" { // here only one member proposes
			own = own.Plus(plan.Voter.Of(test.batch).Times(-float64(test.members - 1)))
		}
		var sum Work
		for _, p := range r.places {
			if r.err != nil || p == lead && p.answers != int(test.batch)*(rounds+1) {
				t.Fatalf("%d answers: %v", p.answers, r.err)
			}
			sum = sum.Plus(p.work)
		}
		for _, c := range []struct {
			who       string
			got, want Work
		}{{"leader", lead.work.Times(1.0 / rounds), own}, {"all", sum.Times(1.0 / rounds), all}} {
			g, w := c.got, c.want
			if !near(g.In, w.In, 1e-9) || !near(g.Out, w.Out, 1e-9) || !near(g.Copies, w.Copies, 1e-9) || !near(g.Commands, w.Commands, 1e-9) {
				t.Errorf("%s, %d members, %v commands, %s: %+v, want %+v", test.protocol, test.members, test.batch, c.who, g, w)
			}
			if !near(g.Bytes, w.Bytes, 0.3) {
				t.Errorf("%s, %d members, %v commands, %s: %v bytes, want about %v", test.protocol, test.members, test.batch, c.who, g.Bytes, w.Bytes)
			}
		}
	}
}

// One row of each way, for real.
func TestMeasures(t *testing.T) {
	rows, err := bareRow("paxos", "tcp", 3, 8, 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Micros <= 0 || rows[1].Micros <= 0 || rows[0].Micros > 1e5 {
		t.Errorf("%+v", rows)
	}
	row, err := wholeRow(t.Context(), "paxos", "chan", 3, 8, 16)
	if err != nil {
		t.Fatal(err)
	}
	if w := row.Work; row.Micros <= 0 || !near(w.Commands, 3, 1e-9) || !near(w.Clients, 1, 1e-9) || w.In < 0.5 || w.Out < 0.5 || w.Turns <= 0 || w.Records <= 0 {
		t.Errorf("%+v", row)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Fit(ctx, "paxos", "tcp"); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := Fit(t.Context(), "paxos", "udp"); err == nil {
		t.Error("a transport that is not fitted")
	}
}
