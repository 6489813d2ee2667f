package quorate

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func testCluster(t testing.TB, ids ...string) *Cluster {
	t.Helper()
	var members []ID
	for _, text := range ids {
		id, err := ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, id)
	}
	c, err := NewCluster(members...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func testQuorums(t testing.TB, c *Cluster, spec string) QuorumSystem {
	t.Helper()
	s, err := ParseQuorums(c, spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// byZone counts members per zone, from their names.
func byZone(ids []ID) map[int]int {
	count := map[int]int{}
	for _, id := range ids {
		count[id.Zone()]++
	}
	return count
}

// zonesWith counts the zones that have at least need(size) of their members in ids.
func zonesWith(c *Cluster, ids []ID, need func(size int) int) int {
	size, have, n := byZone(c.IDs()), byZone(ids), 0
	for z, l := range size {
		if have[z] >= need(l) {
			n++
		}
	}
	return n
}

// dumb restates the definitions of the systems over lists of names.
func dumb(c *Cluster, spec string) (q1, q2, fast func(ids []ID) bool) {
	atLeast := func(k int) func(ids []ID) bool { return func(ids []ID) bool { return len(ids) >= k } }
	inZones := func(k int, need func(l int) int) func(ids []ID) bool {
		return func(ids []ID) bool { return zonesWith(c, ids, need) >= k }
	}
	n, z := c.Size(), len(c.Zones())
	switch spec {
	case "majority":
		return atLeast(n/2 + 1), atLeast(n/2 + 1), nil
	case "even":
		return atLeast(n/2 + 1), atLeast((n + 1) / 2), nil
	case "all":
		return atLeast(n), atLeast(n), nil
	case "write-one":
		return atLeast(n), atLeast(1), nil
	case "zone-majority":
		q := inZones(z/2+1, func(l int) int { return l/2 + 1 })
		return q, q, nil
	case "count:6,2":
		return atLeast(6), atLeast(2), nil
	case "zones:fz=0,fn=0":
		return inZones(z, func(int) int { return 1 }), inZones(1, func(l int) int { return l }), nil
	case "zones:fz=1,fn=1":
		return inZones(z-1, func(int) int { return 2 }), inZones(2, func(l int) int { return l - 1 }), nil
	case "weighted:q1=5,q2=4,1.1=3,2.1=0":
		weigh := func(need int) func(ids []ID) bool {
			return func(ids []ID) bool {
				sum := 0
				for _, id := range ids {
					switch id.String() {
					case "1.1":
						sum += 3
					case "2.1":
					default:
						sum++
					}
				}
				return sum >= need
			}
		}
		return weigh(5), weigh(4), nil
	case "epaxos:f=2,e=1":
		return atLeast(n - 2), atLeast(n - 2), atLeast(n - 1)
	case "fast:5,3,6":
		return atLeast(5), atLeast(3), atLeast(6)
	case "grid":
		column := func(ids []ID) bool {
			rank := map[int]int{} // nodes are numbered from 1 in every zone here
			for _, id := range ids {
				rank[id.Node()]++
			}
			for _, k := range rank {
				if k == z {
					return true
				}
			}
			return false
		}
		return inZones(1, func(l int) int { return l }), column, nil
	}
	panic("no definition of " + spec)
}

func TestSystemsEqualTheirDefinitions(t *testing.T) {
	even := testGrid(t, 2, 3)
	uneven := testCluster(t, "1.1", "1.2", "2.1", "2.2", "2.3", "3.1", "3.2")
	for _, tc := range []struct {
		c     *Cluster
		specs []string
	}{
		{even, []string{"majority", "even", "grid", "zones:fz=1,fn=1", "zones:fz=0,fn=0", "zone-majority", "all", "write-one"}},
		{uneven, []string{"majority", "even", "count:6,2", "zones:fz=0,fn=0", "zones:fz=1,fn=1", "zone-majority",
			"weighted:q1=5,q2=4,1.1=3,2.1=0", "epaxos:f=2,e=1", "fast:5,3,6", "all", "write-one"}},
		{testGrid(t, 3, 2), []string{"grid", "zone-majority"}},
	} {
		for _, spec := range tc.specs {
			s := testQuorums(t, tc.c, spec)
			q1, q2, fast := dumb(tc.c, spec)
			for set := range tc.c.All() + 1 {
				ids := tc.c.Members(set)
				stranger := set | 1<<tc.c.Size() | 1<<63
				if s.Phase1(set) != q1(ids) || s.Phase2(set) != q2(ids) || (fast != nil && s.Fast(set) != fast(ids)) {
					t.Errorf("%s over %v: %s is judged otherwise by the definition", spec, tc.c, tc.c.Names(set))
				}
				if s.Phase1(stranger) != q1(ids) || s.Phase2(stranger) != q2(ids) {
					t.Errorf("%s over %v: strangers count beside %s", spec, tc.c, tc.c.Names(set))
				}
			}
			if (fast != nil) != (s.Fast != nil) || s.Proof == "" || s.IsZero() || s.Cluster != tc.c {
				t.Errorf("%s over %v: fast %v, proof %q", spec, tc.c, s.Fast != nil, s.Proof)
			}
		}
	}
	if !(QuorumSystem{}).IsZero() {
		t.Error("the zero system does not say so")
	}
}

// TestProofsEqualBruteForce draws parameters that make sense and that do not:
// what arithmetic accepts meets, and what it refuses does not.
func TestProofsEqualBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCluster(t)
		n := c.Size()
		q1, q2 := rapid.IntRange(1, n).Draw(t, "q1"), rapid.IntRange(1, n).Draw(t, "q2")
		s, err := CountQuorums(c, q1, q2)
		verify(t, c, s, err, one(c.All(), q1).quorum(), one(c.All(), q2).quorum())

		fz, fn := rapid.IntRange(0, len(c.Zones())-1).Draw(t, "fz"), rapid.IntRange(0, 2).Draw(t, "fn")
		if s, err := ZoneQuorums(c, fz, fn); err == nil {
			verify(t, c, s, err, s.Phase1, s.Phase2)
		}
		for _, s := range []QuorumSystem{MajorityQuorums(c), EvenQuorums(c), AllQuorums(c), WriteOneQuorums(c), ZoneMajorityQuorums(c)} {
			verify(t, c, s, nil, s.Phase1, s.Phase2)
		}
		if s, err := GridQuorums(c); err == nil {
			verify(t, c, s, err, s.Phase1, s.Phase2)
		}
		weights, w, total := map[ID]int{}, []int(nil), 0
		for _, id := range c.IDs() {
			weights[id] = rapid.IntRange(0, 3).Draw(t, "weight")
			w, total = append(w, weights[id]), total+weights[id]
		}
		if total > 0 {
			q1, q2 := rapid.IntRange(1, total).Draw(t, "w1"), rapid.IntRange(1, total).Draw(t, "w2")
			s, err := WeightedQuorums(c, weights, q1, q2)
			verify(t, c, s, err, weighted(w, q1).quorum, weighted(w, q2).quorum)
		}
	})
}

// TestThresholdProofIsSound draws thresholds that no constructor makes: where
// the proof holds, the quorums meet; over one size of zone it misses nothing.
func TestThresholdProofIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, l := rapid.IntRange(1, 3).Draw(t, "zones"), rapid.IntRange(1, 2).Draw(t, "nodes")
		c, _ := Grid(z, l)
		draw := func() tiers {
			need := rapid.IntRange(1, l).Draw(t, "need")
			return zoned(c, rapid.IntRange(1, z).Draw(t, "want"), func(int) int { return need })
		}
		a, b := draw(), draw()
		if meet := alwaysMeet(c.Size(), a.quorum(), b.quorum()); a.meets(b) != meet {
			t.Fatalf("%+v and %+v: proof %v, brute force %v", a, b, a.meets(b), meet)
		}
	})
}

// drawCluster draws up to three zones of one to three members.
func drawCluster(t *rapid.T) *Cluster {
	var members []ID
	for z, l := range rapid.SliceOfN(rapid.IntRange(1, 3), 1, 3).Draw(t, "zones") {
		for n := range l {
			id, _ := NewID(z+1, n+1)
			members = append(members, id)
		}
	}
	c, err := NewCluster(members...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verify compares a constructor's answer for two predicates with brute force:
// whether they meet, whether they are monotone, and the fault figures.
func verify(t *rapid.T, c *Cluster, s QuorumSystem, err error, q1, q2 Quorum) {
	t.Helper()
	if meet := alwaysMeet(c.Size(), q1, q2); meet != (err == nil) {
		t.Fatalf("%s: refused with %v, but brute force says %v", s.Name, err, meet)
	}
	if err != nil {
		checkEvidence(t, err, q1, q2)
		return
	}
	for _, q := range []Quorum{q1, q2} {
		if err := CheckMonotone(c, q); err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
	}
	phase1, phase2, _ := s.Tolerance()
	for i, p := range []struct {
		got Tolerance
		q   Quorum
	}{{phase1, q1}, {phase2, q2}} {
		if want := dumbTolerance(c.Size(), p.q); p.got != want {
			t.Fatalf("%s over %v: phase %d tolerates %+v, brute force %+v", s.Name, c, i+1, p.got, want)
		}
	}
}

// dumbTolerance lets every set of members fail and looks what is left.
func dumbTolerance(n int, q Quorum) Tolerance {
	worst, best := n, 0
	for failed := range Set(1) << n {
		k, left := failed.Len(), (Set(1)<<n-1)&^failed
		if q(left) {
			best = max(best, k)
		} else {
			worst = min(worst, k-1)
		}
	}
	return Tolerance{Smallest: n - best, Worst: worst, Best: best}
}

func TestBeyondEnumerationArithmeticProves(t *testing.T) {
	c, random := testGrid(t, 8, 8), rand.New(rand.NewPCG(1, 2))
	for _, spec := range []string{"majority", "even", "count:60,5", "grid", "zones:fz=2,fn=3", "zone-majority", "weighted:q1=40,q2=25",
		"epaxos", "fast", "all", "write-one"} {
		s := testQuorums(t, c, spec)
		for range 100 { // what a minimal quorum of one phase leaves over holds none of the other
			order := random.Perm(64)
			elect, ok1 := Minimal(s.Phase1, order[1:], order[0])
			accept, ok2 := Minimal(s.Phase2, order[1:], order[0])
			if !ok1 || !ok2 || s.Phase2(c.All()&^elect) || s.Phase1(c.All()&^accept) {
				t.Errorf("%s: disjoint quorums beside %s or %s", spec, c.Names(elect), c.Names(accept))
			}
		}
	}
	for _, spec := range []string{"count:40,24", "fast:33,33,47", "epaxos:f=31,e=20", "weighted:q1=40,q2=24"} {
		if _, err := ParseQuorums(c, spec); !errors.As(err, new(*DisjointError)) {
			t.Errorf("%s: got %v, want a refusal with evidence", spec, err)
		}
	}
	// 33 members and 32 members meet, but 65+63 of 128 does not show it.
	twos := map[ID]int{}
	for _, id := range c.IDs() {
		twos[id] = 2
	}
	if _, err := WeightedQuorums(c, twos, 65, 63); !errors.Is(err, ErrNotEnumerable) {
		t.Errorf("got %v, want a refusal for want of a proof", err)
	}
}

func TestCustomQuorums(t *testing.T) {
	c := testGrid(t, 2, 2)
	count := func(k int) Quorum { return func(s Set) bool { return s.Len() >= k } }
	s, err := NewQuorums(c, "mine", count(3), count(2), nil)
	if err != nil || s.Name != "custom:mine" || s.String() != s.Name || s.Fast != nil || s.Proof != "all 16 sets were looked at" {
		t.Errorf("got %+v, %v", s, err)
	}
	if p1, p2, fast := s.Tolerance(); p1 != (Tolerance{3, 1, 1}) || p2 != (Tolerance{2, 2, 2}) || fast != (Tolerance{}) {
		t.Errorf("tolerance %v, %v, %v", p1, p2, fast)
	}
	_, err = NewQuorums(c, "mine", count(2), count(2), nil)
	checkEvidence(t, err, count(2), count(2))
	_, err = NewQuorums(c, "mine", count(3), count(2), count(2))
	checkEvidence(t, err, count(3), count(2), count(2))
	for want, q := range map[string][3]Quorum{
		"phase 1 accepts the empty set":                                         {count(0), count(4), nil},
		"phase 2 has no quorum in {1.1, 1.2, 2.1, 2.2}":                         {count(3), count(5), nil},
		"phase 2 has no predicate":                                              {count(3), nil, nil},
		"fast accepts the empty set":                                            {count(3), count(4), count(0)},
		"phase 2: {1.2, 2.1} is a quorum and the larger {1.1, 1.2, 2.1} is not": {count(4), func(s Set) bool { return s.Len() == 2 || s.Len() == 4 }, nil},
	} {
		if _, err := NewQuorums(c, "mine", q[0], q[1], q[2]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestUncheckedQuorums(t *testing.T) {
	c := testGrid(t, 1, 4)
	two := func(s Set) bool { return s.Len() >= 2 }
	s, err := UncheckedQuorums(c, "split", two, two, nil)
	if err != nil || s.Name != "unchecked:split" || s.Proof != "none, unchecked" || !s.Phase1(SetOf(0, 1)) || !s.Phase2(SetOf(2, 3)) {
		t.Errorf("got %+v, %v", s, err)
	}
	if p1, _, _ := s.Tolerance(); p1 != (Tolerance{2, 2, 2}) {
		t.Errorf("tolerance %v", p1)
	}
}

func TestBlockingMeetsEveryQuorum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		q := drawMonotone(t, "q", n)
		blocking := Blocking(Set(1)<<n-1, q)
		for s := range Set(1) << n {
			meets := true
			for _, quorum := range quorumsOf(n, q) {
				meets = meets && quorum&s != 0
			}
			if blocking(s) != meets {
				t.Fatalf("%b blocks: %v, brute force %v", s, blocking(s), meets)
			}
		}
	})
}
