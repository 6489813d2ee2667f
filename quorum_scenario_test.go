package quorate

import (
	"fmt"
	"strings"
	"testing"
)

// Quorum systems that do not intersect are refused, with two disjoint quorums.
func TestDisjointCountsAreRefused(t *testing.T) {
	_, err := CountQuorums(testGrid(t, 1, 4), 2, 2)
	two := one(SetOf(0, 1, 2, 3), 2).quorum()
	checkEvidence(t, err, two, two)
	want := "quorum system count:2,2: phase 1 {1.1, 1.2} and phase 2 {1.3, 1.4} share no member: want q1+q2 > 4"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

// Systems that look unsafe to who expects majorities, and are not.
func TestFlexibleSystemsAreAccepted(t *testing.T) {
	for _, tc := range []struct {
		zones, nodes   int
		spec           string
		phase1, phase2 int // members in the smallest quorum
	}{
		{1, 4, "count:3,2", 3, 2},
		{1, 4, "even", 3, 2},
		{1, 5, "count:4,2", 4, 2},
		{2, 3, "grid", 3, 2},
		{4, 3, "zones:fz=1,fn=1", 6, 4},
		{4, 3, "zones:fz=0,fn=0", 4, 3},
		{4, 3, "zone-majority", 6, 6},
	} {
		s := testQuorums(t, testGrid(t, tc.zones, tc.nodes), tc.spec)
		phase1, phase2, _ := s.Tolerance()
		if phase1.Smallest != tc.phase1 || phase2.Smallest != tc.phase2 {
			t.Errorf("%s over %dx%d: quorums of %d and %d, want %d and %d", tc.spec, tc.zones, tc.nodes,
				phase1.Smallest, phase2.Smallest, tc.phase1, tc.phase2)
		}
		if err := Intersect(s.Cluster, s.Phase1, s.Phase2); err != nil {
			t.Errorf("%s: %v", tc.spec, err)
		}
	}
}

// The set-builder formula printed in the WPaxos paper only caps the members
// that count per zone. Its quorums may be spread thin and miss each other.
func TestCappedZoneGridIsRefused(t *testing.T) {
	c := testGrid(t, 4, 3)
	capped := func(size, perZone int) Quorum {
		return func(acks Set) bool {
			sum := 0
			for _, z := range c.Zones() {
				sum += min((acks & c.Zone(z)).Len(), perZone)
			}
			return sum >= size
		}
	}
	q1, q2 := capped(6, 2), capped(4, 2) // fz = fn = 1
	set := func(ids ...string) Set {
		var s Set
		for _, text := range ids {
			id, err := ParseID(text)
			if err != nil {
				t.Fatal(err)
			}
			s = s.Add(c.Index(id))
		}
		return s
	}
	thin1 := set("1.1", "1.2", "2.1", "3.1", "4.1", "4.2")
	thin2 := set("1.3", "2.2", "3.2", "4.3")
	if !q1(thin1) || !q2(thin2) || thin1&thin2 != 0 {
		t.Errorf("the capped form admits %s and %s", c.Names(thin1), c.Names(thin2))
	}
	_, err := NewQuorums(c, "capped", q1, q2, nil)
	checkEvidence(t, err, q1, q2)

	exact, err := ZoneQuorums(c, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if exact.Phase1(thin1) && exact.Phase2(thin2) {
		t.Error("the exact form admits both thin sets")
	}
}

// A zone that is too small for fn would accept with nobody.
func TestZoneQuorumsOfUnequalZones(t *testing.T) {
	c := testCluster(t, "1.1", "1.2", "1.3", "2.1", "3.1", "3.2")
	for spec, want := range map[string]string{
		"zones:fz=0,fn=1":  "want fn from 0 to 0, one less than the members of zone 2",
		"zones:fz=0,fn=-1": "want fn from 0 to 2",
		"zones:fz=3,fn=0":  "want fz from 0 to 2, one less than the zones",
		"zones:fz=-1,fn=0": "want fz from 0 to 2",
		"grid":             "zone 2 has 1 members, another has 3",
	} {
		if _, err := ParseQuorums(c, spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}
	s := testQuorums(t, c, "zones:fz=1,fn=0") // 1 member in 2 zones; all of 2 zones
	if !s.Phase1(SetOf(0, 3)) || s.Phase1(SetOf(0, 1, 2)) || !s.Phase2(SetOf(3, 4, 5)) || s.Phase2(SetOf(0, 1, 3, 4)) {
		t.Error("unequal zones must count their own members")
	}
}

// The fault figures of the WPaxos paper: at worst min(|Q1|,|Q2|)-1 failures
// leave both phases possible, at best N-|Q1|-|Q2|+(fz+1)(fn+1).
func TestZoneQuorumsFaultFigures(t *testing.T) {
	c := testGrid(t, 4, 3)
	for _, tc := range []struct {
		spec            string
		fmin, fmax      int
		worst1, worst2  int
		smallQ1, smallQ int
	}{
		{"zones:fz=0,fn=0", 2, 6, 2, 3, 4, 3},
		{"zones:fz=1,fn=1", 3, 6, 3, 5, 6, 4},
	} {
		s := testQuorums(t, c, tc.spec)
		p1, p2, _ := s.Tolerance()
		if p1 != (Tolerance{tc.smallQ1, tc.worst1, 12 - tc.smallQ1}) || p2 != (Tolerance{tc.smallQ, tc.worst2, 12 - tc.smallQ}) {
			t.Errorf("%s: %+v and %+v", tc.spec, p1, p2)
		}
		both := func(acks Set) bool { return s.Phase1(acks) && s.Phase2(acks) }
		if got := dumbTolerance(12, both); got.Worst != tc.fmin || got.Best != tc.fmax || min(p1.Worst, p2.Worst) != tc.fmin {
			t.Errorf("%s: both phases survive %d to %d failures, want %d to %d", tc.spec, got.Worst, got.Best, tc.fmin, tc.fmax)
		}
	}
	for _, zones := range []int{3, 5} {
		for fz := 0; fz+1 <= zones-fz; fz++ {
			for fn := range 2 {
				q1, q2 := (fn+1)*(zones-fz), (3-fn)*(fz+1)
				s := testQuorums(t, testGrid(t, zones, 3), fmt.Sprintf("zones:fz=%d,fn=%d", fz, fn))
				got := dumbTolerance(3*zones, func(acks Set) bool { return s.Phase1(acks) && s.Phase2(acks) })
				if got.Worst != min(q1, q2)-1 || got.Best != 3*zones-q1-q2+(fz+1)*(fn+1) {
					t.Errorf("%dx3, %s: both phases survive %d to %d failures", zones, s.Name, got.Worst, got.Best)
				}
			}
		}
	}
}

// A half of an even number accepts: the sizes of the two phases by cluster size.
func TestEvenGain(t *testing.T) {
	for n, want := range map[int][2]int{1: {1, 1}, 2: {2, 1}, 3: {2, 2}, 4: {3, 2}, 5: {3, 3}, 6: {4, 3}} {
		p1, p2, _ := EvenQuorums(testGrid(t, 1, n)).Tolerance()
		if p1.Smallest != want[0] || p2.Smallest != want[1] || p2.Worst != n-want[1] || p1.Worst != n-want[0] {
			t.Errorf("%d members: %+v and %+v, want sizes %v", n, p1, p2, want)
		}
	}
}
