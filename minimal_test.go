package quorate

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestMinimalAsksTheNearestQuorum(t *testing.T) {
	c := testGrid(t, 3, 3)
	count, err := CountQuorums(testGrid(t, 1, 5), 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	zones, err := ZoneQuorums(c, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	grid, err := GridQuorums(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		rule   string
		q      Quorum
		prefer []int
		self   int
		want   Set
	}{
		{"q2=2 of 5 asks one peer", count.Phase2, []int{3, 1, 2, 4}, 0, SetOf(0, 3)},
		{"self may be in the list", count.Phase2, []int{0, 3, 1}, 0, SetOf(0, 3)},
		{"indexes out of range are ignored", count.Phase2, []int{-1, 64, 3}, 0, SetOf(0, 3)},
		{"a zone quorum stays in the zone", zones.Phase2, NearestFirst(c, c.ID(4)), 4, SetOf(4, 5)},
		{"who is met on the way and not needed is dropped", grid.Phase2, []int{1, 2, 3, 6}, 0, SetOf(0, 3, 6)},
		{"self stays although another column is nearer", grid.Phase2, []int{1, 4, 7, 3, 6}, 0, SetOf(0, 1, 4, 7)},
		{"self alone", WriteOneQuorums(c).Phase2, NearestFirst(c, c.ID(0)), 0, SetOf(0)},
	} {
		if got, ok := Minimal(tc.q, tc.prefer, tc.self); !ok || got != tc.want {
			t.Errorf("%s: %s (%v), want %s", tc.rule, c.Names(got), ok, c.Names(tc.want))
		}
	}
	if got, ok := Minimal(count.Phase1, []int{1, 2}, 0); ok {
		t.Errorf("three members are no phase 1 quorum of four, got %s", c.Names(got))
	}
}

func TestMinimalEqualsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		q := drawMonotone(t, "q", n)
		self := rapid.IntRange(0, n-1).Draw(t, "self")
		order := rapid.Permutation(slices.Collect(seq(n))).Draw(t, "order")
		order = order[:rapid.IntRange(0, n).Draw(t, "known")]
		reach := append([]int{self}, order...)

		nearest := -1 // the shortest prefix of reach that contains a quorum
		for k := 1; k <= len(reach) && nearest < 0; k++ {
			if q(SetOf(reach[:k]...)) {
				nearest = k
			}
		}
		got, ok := Minimal(q, order, self)
		if ok != (nearest > 0) {
			t.Fatalf("found %v, brute force %d", ok, nearest)
		}
		if !ok {
			return
		}
		if !q(got) || !got.Has(self) || got&^SetOf(reach[:nearest]...) != 0 {
			t.Fatalf("%b: want a quorum with %d among %v", got, self, reach[:nearest])
		}
		for i := range n {
			if i != self && got.Has(i) && q(got.Remove(i)) {
				t.Fatalf("%b can spare %d", got, i)
			}
		}
	})
}

func seq(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestNearestFirst(t *testing.T) {
	c := testGrid(t, 3, 2)
	if got, want := NearestFirst(c, c.ID(3)), []int{2, 4, 5, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("from 2.2: %v, want own zone first, then on round the membership: %v", got, want)
	}
	if got := NearestFirst(testGrid(t, 1, 1), 1<<16|1); len(got) != 0 {
		t.Errorf("a single node has no peers, got %v", got)
	}
}

func BenchmarkMinimal(b *testing.B) {
	c := testGrid(b, 3, 3)
	q := MajorityQuorums(c).Phase2
	order := NearestFirst(c, c.ID(0))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Minimal(q, order, 0); !ok {
			b.Fatal("no quorum")
		}
	}
}
