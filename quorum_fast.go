package quorate

import (
	"fmt"
	"strconv"
)

// EPaxosQuorums is the system of counts for EPaxos with up to f failed members,
// e of them on the fast path: n-f members for the slow path and for recovery,
// n-e for the fast path, the coordinator included. It refuses e > f and
// n < max(2e+f-1, 2f+1), the bound that is both needed and enough. With e = 1
// the fast quorum is that of basic EPaxos, with e = (f+1)/2, rounded up, that
// of the optimised one.
//
// In terms of sets: slow quorums meet; and two fast quorums, neither of which
// has the other's coordinator, share a member with every recovery quorum that
// has neither coordinator.
func EPaxosQuorums(c *Cluster, f, e int) (QuorumSystem, error) {
	n, name := c.Size(), named("epaxos", fmt.Sprintf("f=%d", f), fmt.Sprintf("e=%d", e))
	if e < 0 || e > f || f >= n {
		return QuorumSystem{}, fmt.Errorf("quorum system %s: want 0 <= e <= f < %d", name, n)
	}
	s, err := counted(c, name, n-f, n-f)
	if err != nil {
		return QuorumSystem{}, fmt.Errorf("%w: want 2f+1 <= %d", err, n)
	}
	s.fast = one(c.All(), n-e).rule()
	if 2*e+f-1 > n {
		return QuorumSystem{}, fmt.Errorf("quorum system %s: %w, nor is a fast quorum's coordinator (%v, %v) in another set: want 2e+f-1 <= %d",
			name, apart(c, f, e), c.ID(0), c.ID(1), n)
	}
	return s.proven(fmt.Sprintf("%d >= max(2e+f-1 = %d, 2f+1 = %d)", n, 2*e+f-1, 2*f+1))
}

// EPaxosFaults returns the f and e for [EPaxosQuorums] that n members tolerate
// at most.
func EPaxosFaults(n int) (f, e int) {
	f = (n - 1) / 2
	return f, min(f, (n-f+1)/2)
}

// apart is the evidence against 2e+f-1 > n: a recovery quorum without members 0
// and 1, and fast quorums of member 0 and of member 1, without each other. What
// else each may leave out is dealt such that everybody is left out once.
func apart(c *Cluster, f, e int) *DisjointError {
	all := c.All()
	next := 2
	deal := func(s Set, spare int) Set {
		for ; spare > 0 && next < c.Size(); spare-- {
			s = s.Remove(next)
			next++
		}
		return s
	}
	fast0 := deal(all.Remove(1), e-1)
	fast1 := deal(all.Remove(0), e-1)
	recovery := deal(all.Remove(0).Remove(1), f-2)
	slow, fast := one(all, c.Size()-f).quorum(), one(all, c.Size()-e).quorum()
	return disjointFast(c, slow, recovery, fast, fast0, fast1)
}

// FastQuorums is the system of counts for Fast Paxos (Lamport, 2006) with
// flexible quorums: any q1 members recover, any q2 accept in a classic round,
// any fast members accept in a fast one. It refuses q1+q2 <= n, and
// q1+2*fast <= 2n, since a phase 1 quorum must share a member with every two
// fast quorums at once.
func FastQuorums(c *Cluster, q1, q2, fast int) (QuorumSystem, error) {
	n, name := c.Size(), named("fast", strconv.Itoa(q1), strconv.Itoa(q2), strconv.Itoa(fast))
	if err := inRange(c, name, q1, q2, fast); err != nil {
		return QuorumSystem{}, err
	}
	s, err := counted(c, name, q1, q2)
	if err != nil {
		return QuorumSystem{}, fmt.Errorf("%w: want q1+q2 > %d", err, n)
	}
	s.fast = one(c.All(), fast).rule()
	if q1+2*fast <= 2*n {
		return QuorumSystem{}, fmt.Errorf("quorum system %s: %w: want q1+2*fast > %d", name, scattered(c, s.phase1.quorum, q1, s.fast.quorum, fast), 2*n)
	}
	return s.proven(fmt.Sprintf("%s, and %d+2*%d > 2*%d", s.Proof, q1, fast, n))
}

// FastCounts returns the counts for [FastQuorums] of n members with majorities
// and the smallest fast quorum that they allow.
func FastCounts(n int) (q1, q2, fast int) {
	q1 = n/2 + 1
	return q1, q1, (2*n-q1)/2 + 1
}

// scattered is the evidence against q1+2*fast > 2n: each set leaves out members
// that the others have, until everybody is left out once.
func scattered(c *Cluster, phase1 Quorum, q1 int, fast Quorum, f int) *DisjointError {
	n := c.Size()
	without := func(from, count int) Set {
		s := c.All()
		for i := from; i < min(from+count, n); i++ {
			s = s.Remove(i)
		}
		return s
	}
	return disjointFast(c, phase1, without(2*(n-f), n-q1), fast, without(0, n-f), without(n-f, n-f))
}
