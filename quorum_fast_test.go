package quorate

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// The table of sizes: slow quorum F+1, basic fast 2F, optimised fast
// F+(F+1)/2, each a choice of f and e; and Fast Paxos, which needs one more.
func TestFastSizes(t *testing.T) {
	for _, tc := range []struct{ n, f, slow, basic, optimised, e, fastPaxos int }{
		{3, 1, 2, 2, 2, 1, 3},
		{5, 2, 3, 4, 3, 2, 4},
		{7, 3, 4, 6, 5, 2, 6},
		{9, 4, 5, 8, 6, 3, 7},
		{11, 5, 6, 10, 8, 3, 9},
	} {
		c := testGrid(t, 1, tc.n)
		f, e := EPaxosFaults(tc.n)
		if f != tc.f || e != tc.e {
			t.Errorf("n=%d tolerates f=%d, e=%d, want %d and %d", tc.n, f, e, tc.f, tc.e)
		}
		best, errBest := EPaxosQuorums(c, f, e)
		basic, errBasic := EPaxosQuorums(c, f, 1)
		lamport, errLamport := ParseQuorums(c, "fast")
		if err := errors.Join(errBest, errBasic, errLamport); err != nil {
			t.Fatal(err)
		}
		p1, p2, fast := best.Tolerance()
		_, _, fastBasic := basic.Tolerance()
		_, _, fastPaxos := lamport.Tolerance()
		got := []int{p1.Smallest, p2.Smallest, fast.Smallest, fastBasic.Smallest, fastPaxos.Smallest}
		for i, want := range []int{tc.slow, tc.slow, tc.optimised, tc.basic, tc.fastPaxos} {
			if got[i] != want {
				t.Errorf("n=%d: slow, slow, fast, basic fast, Fast Paxos are %v, the %dth should be %d", tc.n, got, i+1, want)
			}
		}
		if fast.Worst != e || p1.Worst != f {
			t.Errorf("n=%d: tolerates %d and %d, want %d and %d", tc.n, p1.Worst, fast.Worst, f, e)
		}
		if e < f {
			if _, err := EPaxosQuorums(c, f, e+1); err == nil {
				t.Errorf("n=%d: a fast quorum one smaller was accepted", tc.n)
			}
		}
	}
}

// ambiguous is the dumb search for what makes EPaxos recovery ambiguous: two
// fast quorums without each other's coordinator, and a recovery quorum with
// neither, that share no member.
func ambiguous(n int, slow, fast Quorum) bool {
	for _, a := range quorumsOf(n, fast) {
		for _, b := range quorumsOf(n, fast) {
			for _, q := range quorumsOf(n, slow) {
				if a&b&q == 0 && a&^b&^q != 0 && b&^a&^q != 0 {
					return true
				}
			}
		}
	}
	return false
}

func TestEPaxosBoundEqualsBruteForce(t *testing.T) {
	for n := 1; n <= 7; n++ {
		c := testGrid(t, 1, n)
		for f := range n {
			for e := range f + 1 {
				slow, fast := one(c.All(), n-f).quorum(), one(c.All(), n-e).quorum()
				s, err := EPaxosQuorums(c, f, e)
				good := alwaysMeet(n, slow, slow) && !ambiguous(n, slow, fast)
				if good != (err == nil) {
					t.Errorf("n=%d f=%d e=%d: got %v, brute force %v", n, f, e, err, good)
				}
				if err == nil && !alwaysMeet(n, s.Phase1, s.Fast) {
					t.Errorf("n=%d f=%d e=%d: recovery misses a fast quorum", n, f, e)
				}
				var d *DisjointError
				if errors.As(err, &d) && len(d.Sets) == 3 {
					checkEvidence(t, err, slow, fast, fast)
					if q, a, b := d.Sets[0], d.Sets[1], d.Sets[2]; !a.Has(0) || b.Has(0) || q.Has(0) || !b.Has(1) || a.Has(1) || q.Has(1) {
						t.Errorf("n=%d f=%d e=%d: %v: a coordinator is in the wrong set", n, f, e, err)
					}
				} else if err != nil {
					checkEvidence(t, err, slow, slow)
				}
			}
		}
	}
	c := testGrid(t, 1, 5)
	for _, fe := range [][2]int{{1, 2}, {-1, -1}, {2, -1}, {5, 0}} {
		if _, err := EPaxosQuorums(c, fe[0], fe[1]); err == nil || errors.As(err, new(*DisjointError)) {
			t.Errorf("f=%d e=%d: got %v, want a refusal that says the range", fe[0], fe[1], err)
		}
	}
}

func TestFastPaxosBoundEqualsBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		c, _ := Grid(1, n)
		k := rapid.IntRange(1, n)
		n1, n2, nf := k.Draw(t, "q1"), k.Draw(t, "q2"), k.Draw(t, "fast")
		q1, q2, fast := one(c.All(), n1).quorum(), one(c.All(), n2).quorum(), one(c.All(), nf).quorum()
		_, err := FastQuorums(c, n1, n2, nf)
		if !alwaysMeet(n, q1, q2) {
			checkEvidence(t, err, q1, q2)
			return
		}
		meet := alwaysMeetFast(n, q1, fast)
		if meet != (err == nil) || meet != (IntersectFast(c, q1, fast) == nil) {
			t.Fatalf("%d,%d,%d of %d: got %v, brute force %v", n1, n2, nf, n, err, meet)
		}
		if err != nil {
			checkEvidence(t, err, q1, fast, fast)
		}
	})
}

func TestFastCountsAreTheSmallest(t *testing.T) {
	for n := 1; n <= 64; n++ {
		c := testGrid(t, (n+7)/8, 8)
		n := c.Size()
		q1, q2, fast := FastCounts(n)
		if _, err := FastQuorums(c, q1, q2, fast); err != nil {
			t.Errorf("n=%d: %v", n, err)
		}
		if _, err := FastQuorums(c, q1, q2, fast-1); err == nil {
			t.Errorf("n=%d: a fast quorum of %d is enough, not %d", n, fast-1, fast)
		}
	}
}
