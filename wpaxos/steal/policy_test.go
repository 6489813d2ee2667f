package steal

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quorate/quorate/wpaxos/place"
)

func parse(t *testing.T, spec string) Policy {
	t.Helper()
	p, err := Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	if p.String() != spec {
		t.Errorf("%q is written %q", spec, p)
	}
	return p
}

// play feeds the zones of hits to a policy whose owner is in zone own, and
// returns after which hit the object moves first, and where; -1 if never.
func play(p Policy, own, zones int, hits ...int) (at, to int) {
	h, places := NewHits(p, own, zones), place.New(equal(zones), all, all)
	for i, zone := range hits {
		if to := p.Hit(h, zone, own, places, time.Second); to != own {
			return i, to
		}
	}
	return -1, own
}

// equal returns trips between zones that are all as far from each other.
func equal(zones int) [][]time.Duration {
	trips := make([][]time.Duration, zones)
	for z := range trips {
		trips[z] = make([]time.Duration, zones)
	}
	return trips
}

func all([]int) bool { return true }

func repeat(n int, zones ...int) []int {
	var hits []int
	for range n {
		hits = append(hits, zones...)
	}
	return hits
}

func TestPolicies(t *testing.T) {
	for _, tc := range []struct {
		name, policy string
		hits         []int
		at, to       int
	}{
		{"null", "null", repeat(100, 1), -1, 0},
		{"immediate is not the owner's", "immediate", repeat(100, 1), -1, 0},
		{"three in a row", "consecutive:3", []int{1, 1, 0, 1, 1, 2, 2, 2}, 7, 2},
		{"the owner's own", "consecutive:3", repeat(9, 0), -1, 0},
		{"never in a row", "consecutive:2", repeat(50, 1, 0), -1, 0},
		{"one each is a tie", "majority:3", repeat(50, 0, 1, 2), -1, 0},
		{"half is no majority", "majority:4", repeat(50, 1, 0, 1, 0), -1, 0},
		{"more than half", "majority:4", []int{1, 1, 0, 1}, 3, 1},
		{"an earlier window does not count", "majority:4", []int{0, 0, 0, 1, 1, 1, 2, 0}, -1, 0},
		{"the owner's zone has it already", "majority:3", repeat(20, 0, 0, 1), -1, 0},
		{"two zones in turn are not the one between them", "average:0.2,0.1", repeat(200, 1, 3), 1, 3},
		{"a lead within the gap", "average:0.01,0.2", repeat(200, 0, 1), -1, 0},
		{"a lead beyond it", "average:0.1,0.2", repeat(200, 1), 8, 1},
	} {
		at, to := play(parse(t, tc.policy), 0, 4, tc.hits...)
		if tc.name == "two zones in turn are not the one between them" {
			if to == 2 || at < 0 {
				t.Errorf("%s: moved to %d", tc.name, to)
			}
			continue
		}
		if at != tc.at || to != tc.to {
			t.Errorf("%s: moved at %d to %d, want at %d to %d", tc.name, at, to, tc.at, tc.to)
		}
	}
}

// Whatever the hits, an object moves only to a zone that asked.
func TestMovesOnlyWhereItIsAskedFor(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, spec := range []string{"consecutive:2", "majority:3", "average:0.3,0.05"} {
		p := parse(t, spec)
		for range 500 {
			h, own, asked := NewHits(p, 0, 5), 0, map[int]bool{}
			places := place.New(equal(5), all, all)
			for range 60 {
				zone := 2 * rng.IntN(3)
				asked[zone] = true
				if to := p.Hit(h, zone, own, places, time.Second); to != own && !asked[to] {
					t.Fatalf("%s: moved to %d, which never asked", spec, to)
				}
			}
		}
	}
}

func TestSettled(t *testing.T) {
	far := place.New(equal(3), all, all)
	for spec, hits := range map[string][2]int{"consecutive:3": {1, 1}, "majority:4": {1, 3}, "average:0.5,0.9": {1, 7}} {
		p := parse(t, spec)
		h := NewHits(p, 0, 3)
		if !h.Settled(p, 0) {
			t.Errorf("%s: nothing came, and it is not settled", spec)
		}
		p.Hit(h, 1, 0, far, 0)
		if h.Settled(p, 0) {
			t.Errorf("%s: a hit from elsewhere is forgotten", spec)
		}
		for range hits[1] {
			p.Hit(h, 0, 0, far, 0)
		}
		if !h.Settled(p, 0) {
			t.Errorf("%s: not settled after %d hits of the owner's zone", spec, hits[1])
		}
	}
	if h := NewHits(Policy{Kind: Null}, 0, 3); !h.Settled(Policy{Kind: Null}, 0) || (Policy{Kind: Null}).Counts() || (Policy{Kind: Immediate}).Counts() || !(Policy{Kind: Average}).Counts() {
		t.Error("who needs hits?")
	}
}

func TestParse(t *testing.T) {
	for _, spec := range []string{"", "null:1", "immediate:2", "consecutive", "consecutive:0", "majority:x", "majority:99999999", "average:0.5", "average:0,0.1",
		"average:2,0.1", "average:0.5,1", "average:NaN,0", "average:0.5,-1", "often"} {
		if p, err := Parse(spec); err == nil {
			t.Errorf("%q is %v", spec, p)
		}
	}
	if (Policy{}).Validate() == nil {
		t.Error("no policy is valid")
	}
	if (Policy{Kind: 9}).Validate() == nil || (Policy{Kind: 9}).String() != "policy(9)" {
		t.Error("a kind that is none")
	}
}
