package model

import (
	"math"
	"testing"
)

// golden is what the paper's program (github.com/acharapko/ppm) prints, in rounds a
// second, for 3, 5, 7 and 9 members; 0 was not printed.
func TestGolden(t *testing.T) {
	whole, half := Published(), Published()
	half.In, half.Out = half.In/2, half.Out/2
	paxos := func(n int) Rounds { return Paxos(n) }
	epaxos := func(c float64) func(int) Rounds { return func(n int) Rounds { return EPaxos(n, c) } }
	for _, test := range []struct {
		name   string
		params Params
		of     func(int) Rounds
		want   [4]float64
	}{
		{"paxos", whole, paxos, [4]float64{12333, 7535, 5425, 4238}},
		{"paxos, halved", half, paxos, [4]float64{23484, 14448, 10433, 8165}},
		{"epaxos, c=0", whole, epaxos(0), [4]float64{11275, 10516, 0, 10064}},
		{"epaxos, c=0.02", whole, epaxos(0.02), [4]float64{11098, 10333, 0, 9879}},
		{"epaxos, c=0.3", whole, epaxos(0.3), [4]float64{9097, 8306, 0, 7851}},
		{"epaxos, c=1", whole, epaxos(1), [4]float64{6271, 5573, 0, 5188}},
		{"epaxos, halved, c=0", half, epaxos(0), [4]float64{21885, 20452, 0, 19597}},
		{"epaxos, halved, c=1", half, epaxos(1), [4]float64{12177, 10843, 0, 10104}},
	} {
		for i, want := range test.want {
			n := 3 + 2*i
			if got := math.Round(test.of(n).MaxRate(test.params)); want != 0 && got != want {
				t.Errorf("%s, %d members: %v rounds a second, want %v", test.name, n, got, want)
			}
		}
	}
}

// The counts, by hand for five members.
func TestRounds(t *testing.T) {
	for _, test := range []struct {
		r                     Rounds
		in, out, wire         float64
		votes, asked, leaders int
	}{
		{Paxos(5), 5, 2, 7, 2, 4, 1},
		{PaxiPaxos(5), 5, 9, 14, 2, 4, 1},
		{FPaxos(5, 2), 5, 2, 7, 1, 4, 1},
		{Thrifty(5, 3), 3, 2, 6, 2, 2, 1},
		{EPaxos(5, 0), 9, 6, 15, 2, 4, 5},
		{EPaxos(5, 1), 17, 11, 28, 2, 4, 5},
		{WPaxos(3, 3, 3, 2, Shares{0.5, 0.25, 0.1}), 3.05, 2.85, 5.9, 1, 2, 3},
		{Chain(5), 2, 1, 3, 1, 1, 1},
		{ABD(5), 17, 11, 28, 2, 4, 5},
		{PigPaxos(25, 3), 4, 4, 8, 3, 3, 1},
	} {
		r := test.r
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
		if !near(r.In, test.in) || !near(r.Out, test.out) || !near(r.Wire, test.wire) || r.Votes != test.votes || r.Asked != test.asked || r.Leaders != test.leaders {
			t.Errorf("%+v, want %+v", r, test)
		}
	}
}

// By hand: 3 members, 5000 rounds a second, so ρ = 0.40541 and the wait of M/D/1 is
// 27.64 us; the first of two votes comes after 0.427 + 0.0476·Φ⁻¹(0.625/2.25) ms.
func TestRoundLatency(t *testing.T) {
	got := Paxos(3).Latency(5000, MD1, Spread{}, Published(), DataCentre(), 0.4)
	if want := 0.4 + 0.02764 + 0.39894 + 0.08108; math.Abs(got-want) > 1e-3 {
		t.Errorf("%v ms, want %v", got, want)
	}
	if !math.IsInf(Paxos(3).Latency(13000, MD1, Spread{}, Published(), DataCentre(), 0), 1) {
		t.Error("beyond the highest rate the wait has an end")
	}
	p := Published()
	if p.Pipelines = 2; Paxos(3).MaxRate(p) != 2*Paxos(3).MaxRate(Published()) {
		t.Error("two processors do not do twice as much")
	}
	if more, less := FPaxos(5, 4), FPaxos(5, 2); more.Latency(100, MD1, Spread{}, p, DataCentre(), 0) <= less.Latency(100, MD1, Spread{}, p, DataCentre(), 0) {
		t.Error("a smaller quorum is not faster")
	}
}

// The table of the paper's section 6.
func TestUnified(t *testing.T) {
	for _, test := range []struct {
		name string
		s    System
		load float64
	}{
		{"paxos, 9", System{Leaders: 1, Quorum: 5}, 4},
		{"fpaxos, q2 3", System{Leaders: 1, Quorum: 3}, 2},
		{"epaxos, 9", System{Leaders: 9, Quorum: 5}, 12.0 / 9},
		{"epaxos, 9, all conflict", System{Leaders: 9, Quorum: 5, Conflicts: 1}, 24.0 / 9},
		{"wpaxos, 3x3", System{Leaders: 3, Quorum: 3}, 4.0 / 3},
	} {
		if got := test.s.Load(); math.Abs(got-test.load) > 1e-12 || math.Abs(test.s.Capacity()*got-1) > 1e-12 {
			t.Errorf("%s: load %v, capacity %v, want load %v", test.name, got, test.s.Capacity(), test.load)
		}
	}
	if got := (System{Conflicts: 0.5, Locality: 0.75}).Latency(80, 20); got != 1.5*(0.25*100+0.75*20) {
		t.Errorf("latency %v", got)
	}
}
