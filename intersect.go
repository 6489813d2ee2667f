package quorate

import (
	"errors"
	"fmt"
	"strings"
)

// Up to so many members the intersection of quorums is decided by looking at
// every set. Two quorums cost 2^20 evaluations, some milliseconds; a quorum and
// two fast ones cost up to 10^7.
const (
	maxEnumerated     = 20
	maxEnumeratedFast = 16
)

// ErrNotEnumerable is wrapped by the refusal to decide about quorums over too
// many members. The constructors of counts, zones, grids and weights prove
// intersection by arithmetic instead and have no such limit.
var ErrNotEnumerable = errors.New("too many members to look at every set")

// DisjointError says that quorums that must share a member need not. It carries
// the evidence: sets that satisfy their predicates and have no common member,
// none of which can spare a member.
type DisjointError struct {
	Cluster *Cluster
	Phases  []string // what each set is a quorum of, for example "phase 1"
	Sets    []Set
}

// Error names the sets, for example "phase 1 {1.1, 1.2} and phase 2 {1.3, 1.4} share no member".
func (e *DisjointError) Error() string {
	var names []string
	for i, s := range e.Sets {
		names = append(names, e.Phases[i]+" "+e.Cluster.Names(s))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last] + " share no member"
}

// Intersect returns nil if every quorum of q1 shares a member with every quorum
// of q2, and a [*DisjointError] otherwise. The answer is exact for monotone
// predicates: it looks at every set of members and its complement. Beyond 20
// members it returns an error that wraps [ErrNotEnumerable].
func Intersect(c *Cluster, q1, q2 Quorum) error {
	if c.Size() > maxEnumerated {
		return fmt.Errorf("intersect quorums over %d members: %w: want at most %d", c.Size(), ErrNotEnumerable, maxEnumerated)
	}
	all := c.All()
	for s := Set(0); s <= all; s++ {
		if q1(s) && q2(all&^s) {
			return disjoint(c, q1, s, q2, all&^s)
		}
	}
	return nil
}

// IntersectFast returns nil if every quorum of q1 and every two fast quorums
// have a member common to all three, so that whoever collects a quorum of q1
// can tell which of two competing values may have been chosen by a fast one
// (Lamport, Fast Paxos, 2006). Otherwise it returns a [*DisjointError] with
// three sets. It is exact for monotone predicates; beyond 16 members it returns
// an error that wraps [ErrNotEnumerable].
func IntersectFast(c *Cluster, q1, fast Quorum) error {
	if c.Size() > maxEnumeratedFast {
		return fmt.Errorf("intersect fast quorums over %d members: %w: want at most %d", c.Size(), ErrNotEnumerable, maxEnumeratedFast)
	}
	all := c.All()
	for s := Set(0); s <= all; s++ {
		if !q1(s) || shrink(q1, s) != s {
			continue // larger sets meet whatever a minimal one meets
		}
		// The two fast quorums split s between them and have all the rest.
		for part := s; ; part = (part - 1) & s {
			if fast(all&^part) && fast(all&^s|part) {
				return disjointFast(c, q1, s, fast, all&^part, all&^s|part)
			}
			if part == 0 {
				break
			}
		}
	}
	return nil
}

// CheckMonotone returns an error that names two sets if a larger set is no
// quorum although a smaller one is. Beyond 20 members it returns an error that
// wraps [ErrNotEnumerable].
func CheckMonotone(c *Cluster, q Quorum) error {
	if c.Size() > maxEnumerated {
		return fmt.Errorf("check quorum over %d members: %w: want at most %d", c.Size(), ErrNotEnumerable, maxEnumerated)
	}
	all := c.All()
	holds := make([]bool, all+1)
	for s := Set(0); s <= all; s++ {
		holds[s] = q(s)
		for rest := s; rest != 0 && !holds[s]; rest &= rest - 1 {
			if less := s.Remove(rest.Lowest()); holds[less] {
				return fmt.Errorf("%s is a quorum and the larger %s is not: a quorum must be monotone", c.Names(less), c.Names(s))
			}
		}
	}
	return nil
}

// shrink returns a subset of s that satisfies q and of which every member is
// needed. It drops the members with the highest index first, so that evidence
// reads from the start of the membership.
func shrink(q Quorum, s Set) Set {
	for i := MaxMembers - 1; i >= 0; i-- {
		if s.Has(i) && q(s.Remove(i)) {
			s = s.Remove(i)
		}
	}
	return s
}

func disjoint(c *Cluster, q1 Quorum, s1 Set, q2 Quorum, s2 Set) *DisjointError {
	return &DisjointError{c, []string{"phase 1", "phase 2"}, []Set{shrink(q1, s1), shrink(q2, s2)}}
}

func disjointFast(c *Cluster, q1 Quorum, s1 Set, fast Quorum, s2, s3 Set) *DisjointError {
	return &DisjointError{c, []string{"phase 1", "fast", "fast"}, []Set{shrink(q1, s1), shrink(fast, s2), shrink(fast, s3)}}
}
