package steal

import (
	"testing"
	"time"

	"github.com/quorate/quorate/wpaxos/place"
)

// aws are five regions: Virginia, Ohio, California, Ireland, Japan. One row each, as
// far as it is not in one above.
func aws(fz int) *place.Map {
	const ms = time.Millisecond
	trips := [][]time.Duration{
		{1 * ms, 11 * ms, 60 * ms, 69 * ms, 146 * ms}, {0, 0, 49 * ms, 79 * ms, 135 * ms}, {0, 0, 0, 128 * ms, 108 * ms}, {0, 0, 0, 0, 201 * ms}, {0, 0, 0, 0, 0},
	}
	return place.New(trips, func(zones []int) bool { return len(zones) > fz }, func(zones []int) bool { return len(zones) >= 5-fz })
}

const (
	va = iota
	oh
	ca
	ir
	jp
)

// An object moves to where latency is the least, if it pays to move it.
func TestPays(t *testing.T) {
	for _, tc := range []struct {
		name   string
		policy string
		fz     int
		own    int
		stay   time.Duration
		hits   []int
		to     int
	}{
		{"asked for from one zone", "average:0.2,0.1", 0, ca, time.Second, repeat(20, jp), jp},
		{"nobody stays for so short", "average:0.2,0.1", 0, ca, 100 * time.Millisecond, repeat(20, jp), ca},
		{"a short way, for a short stay", "average:0.2,0.1", 0, ca, 500 * time.Millisecond, repeat(20, oh), oh},
		{"a shorter one", "average:0.2,0.1", 0, va, 500 * time.Millisecond, repeat(20, oh), va},
		{"it is worth it for a longer stay", "average:0.2,0.1", 0, va, 5 * time.Second, repeat(20, oh), oh},
		{"shared by two", "average:0.1,0.2", 0, ca, time.Minute, repeat(50, ca, oh), ca},
		{"shared by two, at the other", "average:0.1,0.2", 0, oh, time.Minute, repeat(50, ca, oh), oh},
		{"three, of which one is in the middle", "average:0.05,0.2", 0, ir, time.Minute, repeat(50, ir, va, oh), va},
		{"a place that never asks is none", "average:0.05,0.2", 0, ir, time.Minute, repeat(50, ir, ca), ir},
		{"commits are far from Ireland", "average:0.05,0.2", 1, ir, time.Minute, repeat(50, ir, ir, va), va},
		{"which is no matter within zones", "average:0.05,0.2", 0, va, time.Minute, repeat(50, ir, ir, va), ir},
		{"a row from far away", "consecutive:3", 0, va, time.Second, repeat(3, jp), jp},
		{"a row that does not pay", "consecutive:3", 0, va, 500 * time.Millisecond, repeat(3, oh), va},
		{"a majority", "majority:5", 0, va, time.Second, []int{va, ir, ir, ir, va}, va},
		{"a majority that pays", "majority:5", 0, va, 4 * time.Second, []int{va, ir, ir, ir, va}, ir},
	} {
		p, places := parse(t, tc.policy), aws(tc.fz)
		h, to := NewHits(p, tc.own, 5), tc.own
		for _, zone := range tc.hits {
			if to = p.Hit(h, zone, tc.own, places, tc.stay); to != tc.own {
				break
			}
		}
		if to != tc.to {
			t.Errorf("%s: to zone %d, want %d", tc.name, to, tc.to)
		}
	}
}

// most is how long an object may stay at most, while a nanosecond is saved each time, so
// that it does not pay to take it in the time t.
func most(t time.Duration) time.Duration { return time.Duration(float64(t) * float64(t) / 2) }

// What phase 1 and phase 2 take in a zone depends on whom they need.
func TestPlaces(t *testing.T) {
	const ms = time.Millisecond
	for fz, want := range map[int][2][5]time.Duration{
		0: {{0, 0, 0, 0, 0}, {146 * ms, 135 * ms, 128 * ms, 201 * ms, 201 * ms}},
		1: {{11 * ms, 11 * ms, 49 * ms, 69 * ms, 108 * ms}, {69 * ms, 79 * ms, 108 * ms, 128 * ms, 146 * ms}},
	} {
		p := aws(fz)
		for z := range 5 {
			if p.Commit(z) != want[0][z] || p.Pays(1, z, most(want[1][z])) || !p.Pays(1, z, most(want[1][z])+1e9) {
				t.Errorf("fz=%d, zone %d: a commit takes %v, want %v; or phase 1 does not take %v", fz, z, p.Commit(z), want[0][z], want[1][z])
			}
		}
	}
	p := place.New([][]time.Duration{{0, 5, 0}, {0, 0, 0}, {0, 0, 0}}, all, all)
	if p.Trip(0, 1) != 5 || p.Trip(1, 0) != 5 || p.Trip(1, 2) != 5 || p.Trip(2, 2) != 0 {
		t.Error("what is not known is far")
	}
}
