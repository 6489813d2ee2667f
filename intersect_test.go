package quorate

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// quorumsOf lists every set that satisfies q.
func quorumsOf(n int, q Quorum) []Set {
	var sets []Set
	for s := range Set(1) << n {
		if q(s) {
			sets = append(sets, s)
		}
	}
	return sets
}

// alwaysMeet is the dumb intersection: every pair of quorums, member by member.
func alwaysMeet(n int, q1, q2 Quorum) bool {
	for _, a := range quorumsOf(n, q1) {
		for _, b := range quorumsOf(n, q2) {
			common := false
			for i := range n {
				common = common || a.Has(i) && b.Has(i)
			}
			if !common {
				return false
			}
		}
	}
	return true
}

// alwaysMeetFast is the same with every two fast quorums.
func alwaysMeetFast(n int, q1, fast Quorum) bool {
	for _, a := range quorumsOf(n, q1) {
		for _, b := range quorumsOf(n, fast) {
			for _, c := range quorumsOf(n, fast) {
				if a&b&c == 0 {
					return false
				}
			}
		}
	}
	return true
}

// checkEvidence verifies that err carries sets that satisfy the predicates,
// have no common member, can spare nobody, and are named in the message.
func checkEvidence(t interface {
	Helper()
	Errorf(string, ...any)
}, err error, phases ...Quorum) {
	t.Helper()
	var d *DisjointError
	if !errors.As(err, &d) {
		t.Errorf("got %v, want a DisjointError", err)
		return
	}
	if len(d.Sets) != len(phases) {
		t.Errorf("%v has %d sets, want %d", err, len(d.Sets), len(phases))
		return
	}
	common := d.Cluster.All()
	for i, s := range d.Sets {
		common &= s
		if !phases[i](s) {
			t.Errorf("%v: %s is no quorum", err, d.Cluster.Names(s))
		}
		for j := range MaxMembers {
			if s.Has(j) && phases[i](s.Remove(j)) {
				t.Errorf("%v: %s can spare a member", err, d.Cluster.Names(s))
			}
		}
		if !strings.Contains(err.Error(), d.Cluster.Names(s)) {
			t.Errorf("%v does not name %s", err, d.Cluster.Names(s))
		}
	}
	if common != 0 {
		t.Errorf("%v: the sets share %s", err, d.Cluster.Names(common))
	}
}

func TestIntersectEqualsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		c, _ := Grid(1, n)
		q1, q2 := drawMonotone(t, "q1", n), drawMonotone(t, "q2", n)
		err := Intersect(c, q1, q2)
		if alwaysMeet(n, q1, q2) != (err == nil) {
			t.Fatalf("Intersect says %v, brute force %v", err, alwaysMeet(n, q1, q2))
		}
		if err != nil {
			checkEvidence(t, err, q1, q2)
		}
	})
}

func TestIntersectFastEqualsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "n")
		c, _ := Grid(1, n)
		q1, fast := drawMonotone(t, "q1", n), drawMonotone(t, "fast", n)
		err := IntersectFast(c, q1, fast)
		if alwaysMeetFast(n, q1, fast) != (err == nil) {
			t.Fatalf("IntersectFast says %v, brute force %v", err, alwaysMeetFast(n, q1, fast))
		}
		if err != nil {
			checkEvidence(t, err, q1, fast, fast)
		}
	})
}

func TestCheckMonotoneEqualsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "n")
		c, _ := Grid(1, n)
		table := rapid.Uint64().Draw(t, "table")
		q := func(s Set) bool { return table>>s&1 == 1 }
		monotone := true
		for a := range Set(1) << n {
			for b := range Set(1) << n {
				monotone = monotone && !(a&^b == 0 && q(a) && !q(b))
			}
		}
		if err := CheckMonotone(c, q); monotone != (err == nil) {
			t.Fatalf("CheckMonotone says %v, brute force %v", err, monotone)
		}
	})
}

func TestCheckMonotoneNamesTheSets(t *testing.T) {
	err := CheckMonotone(testGrid(t, 1, 3), func(s Set) bool { return s.Len() == 2 })
	want := "{1.2, 1.3} is a quorum and the larger {1.1, 1.2, 1.3} is not"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestEnumerationIsBounded(t *testing.T) {
	q := func(s Set) bool { return s.Len() > 40 }
	c := testGrid(t, 8, 8)
	small := testGrid(t, 1, 17)
	_, errCustom := NewQuorums(c, "x", q, q, nil)
	_, errUnchecked := UncheckedQuorums(c, "x", q, q, nil)
	for name, err := range map[string]error{
		"Intersect":     Intersect(c, q, q),
		"IntersectFast": IntersectFast(small, q, q),
		"CheckMonotone": CheckMonotone(c, q),
		"custom":        errCustom,
		"unchecked":     errUnchecked,
	} {
		if !errors.Is(err, ErrNotEnumerable) {
			t.Errorf("%s over many members: got %v, want ErrNotEnumerable", name, err)
		}
	}
	if err := Intersect(testGrid(t, 4, 5), q, q); err != nil {
		t.Errorf("20 members can be enumerated: %v", err)
	}
}

func BenchmarkIntersect20(b *testing.B) {
	c := testGrid(b, 4, 5)
	s := MajorityQuorums(c)
	b.ReportAllocs()
	for b.Loop() {
		if err := Intersect(c, s.Phase1, s.Phase2); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIntersectFast16(b *testing.B) {
	c := testGrid(b, 4, 4)
	q1, q2, fast := FastCounts(16)
	s, err := FastQuorums(c, q1, q2, fast)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := IntersectFast(c, s.Phase1, s.Fast); err != nil {
			b.Fatal(err)
		}
	}
}
