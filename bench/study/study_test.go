package study_test

import (
	"testing"

	"github.com/quorate/quorate/bench"
	"github.com/quorate/quorate/bench/study"
)

func TestEstimate(t *testing.T) {
	upTo := func(n int) (xs []float64) {
		for i := n; i > 0; i-- {
			xs = append(xs, float64(i))
		}
		return xs
	}
	for _, c := range []struct {
		xs   []float64
		want study.Estimate
	}{
		{nil, study.Estimate{}},
		{upTo(1), study.Estimate{Median: 1, Low: 1, High: 1, N: 1}},
		{upTo(5), study.Estimate{Median: 3, Low: 1, High: 5, N: 5}},                // covers in 93.75 % of all cases
		{upTo(6), study.Estimate{Median: 3.5, Low: 1, High: 6, N: 6, Exact: true}}, // 96.875 %
		{upTo(9), study.Estimate{Median: 5, Low: 2, High: 8, N: 9, Exact: true}},   // 96.1 %
		{upTo(20), study.Estimate{Median: 10.5, Low: 6, High: 15, N: 20, Exact: true}},
	} {
		if got := study.EstimateOf(c.xs); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.xs, got, c.want)
		}
	}
}

func TestSummarize(t *testing.T) {
	r := bench.NewReport()
	add := func(cell, clients string, round int, throughput, us float64) {
		run := bench.Result{Protocol: "paxos", Throughput: throughput, Operations: 1}
		run.Place = bench.Place{Cell: cell, Points: []bench.Point{{Name: "clients", Value: clients}}, Round: round}
		if us > 0 {
			run.CPU = &bench.CPU{Microseconds: us}
		}
		r.Runs = append(r.Runs, run)
	}
	for round, shift := range []float64{0, 3, 1} {
		add("paxos", "1", round+1, 100+shift, 5)
		add("trex", "1", round+1, 200+shift, 0)
		add("paxos", "2", round+1, 300+shift, 6)
	}
	got := study.Summarize(r)
	if len(got) != 3 {
		t.Fatalf("%d summaries, want 3: %+v", len(got), got)
	}
	for i, want := range []struct {
		cell, clients string
		median, us    float64
		measured      int
	}{{"paxos", "1", 101, 5, 3}, {"trex", "1", 201, 0, 0}, {"paxos", "2", 301, 6, 3}} {
		s := got[i]
		if s.Cell != want.cell || s.Points[0].Value != want.clients || len(s.Runs) != 3 || s.Throughput.Median != want.median || s.CPU.Median != want.us || s.CPU.N != want.measured {
			t.Errorf("summary %d: got %+v, want %+v", i, s, want)
		}
	}
}
