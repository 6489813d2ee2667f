package quorate

import (
	"fmt"
	"strings"
)

// QuorumSystem is what a cluster means by "enough": the quorums of phase 1
// (election, recovery) and of phase 2 (acceptance), and where a protocol has a
// fast path, of that. Its constructors refuse systems whose phases need not
// meet, with a [*DisjointError] as evidence. It never changes and may be shared
// between goroutines; the zero QuorumSystem is no system, see IsZero.
//
// Only quorums of different phases must meet (Howard, Malkhi, Spiegelman,
// Flexible Paxos, 2016). A phase 1 quorum so meets every set that may have
// accepted: it can also serve a quorum read. A phase 2 quorum meets every set
// that may elect: it can also grant a lease or confirm a leader.
type QuorumSystem struct {
	// Name describes the system completely, given the membership, and is the
	// same on every node: [ParseQuorums] reads it, fingerprints contain it.
	// Systems that were not made from a specification have the prefix "custom:"
	// or "unchecked:", and the name is all that is known of them.
	Name string
	// Cluster is the membership that the quorums are drawn from.
	Cluster *Cluster
	// Phase1 and Phase2 are the quorums of the two phases.
	Phase1, Phase2 Quorum
	// Fast is the quorum of a fast path that skips a phase, nil without one.
	Fast Quorum
	// Proof says how it is known that the phases meet, for example "3+2 > 4".
	Proof string

	phase1, phase2, fast rule
}

// IsZero reports whether s is the zero value, for configurations that default.
func (s QuorumSystem) IsZero() bool { return s.Phase1 == nil }

// String returns the name.
func (s QuorumSystem) String() string { return s.Name }

// NewQuorums returns a system of the caller's own predicates, called
// "custom:name"; fast may be nil. It checks by looking at every set that the
// predicates are monotone, that phases meet, and that phase 1 meets every two
// fast quorums at once. So it takes at most 20 members, with a fast quorum 16.
func NewQuorums(c *Cluster, name string, q1, q2, fast Quorum) (QuorumSystem, error) {
	s := QuorumSystem{Name: "custom:" + name, Cluster: c, phase1: rule{quorum: q1}, phase2: rule{quorum: q2}, fast: rule{quorum: fast}}
	s.Phase1, s.Phase2, s.Fast = q1, q2, fast
	if err := s.possible(); err != nil {
		return QuorumSystem{}, err
	}
	for _, p := range s.phases() {
		if err := CheckMonotone(c, p.quorum); err != nil {
			return QuorumSystem{}, fmt.Errorf("quorum system %s: %s: %w", s.Name, p.name, err)
		}
	}
	if fast != nil {
		if err := IntersectFast(c, q1, fast); err != nil {
			return QuorumSystem{}, fmt.Errorf("quorum system %s: %w", s.Name, err)
		}
	}
	return s.proven("")
}

// UncheckedQuorums returns a system called "unchecked:name" whose phases need
// not meet. It exists for tests of monitors: a cluster that runs on disjoint
// quorums decides two values, and whoever watches must notice. Fast may be nil.
// It takes at most 20 members.
func UncheckedQuorums(c *Cluster, name string, q1, q2, fast Quorum) (QuorumSystem, error) {
	s := QuorumSystem{Name: "unchecked:" + name, Cluster: c, Phase1: q1, Phase2: q2, Fast: fast, Proof: "none, unchecked"}
	if c.Size() > maxEnumerated {
		return QuorumSystem{}, fmt.Errorf("quorum system %s over %d members: %w: want at most %d", s.Name, c.Size(), ErrNotEnumerable, maxEnumerated)
	}
	s.phase1, s.phase2, s.fast = rule{quorum: q1}, rule{quorum: q2}, rule{quorum: fast}
	return s, nil
}

// proven checks the rules of s and completes it. A constructor that has shown
// by arithmetic that phases meet passes that as proof; without one every set is
// looked at.
func (s QuorumSystem) proven(proof string) (QuorumSystem, error) {
	s.Phase1, s.Phase2, s.Fast, s.Proof = s.phase1.quorum, s.phase2.quorum, s.fast.quorum, proof
	if err := s.possible(); err != nil {
		return QuorumSystem{}, err
	}
	if proof != "" {
		return s, nil
	}
	// A greedy guess finds the evidence at any size in the common cases.
	guess := shrink(s.Phase1, s.Cluster.All())
	err := error(disjoint(s.Cluster, s.Phase1, guess, s.Phase2, s.Cluster.All()&^guess))
	if !s.Phase2(s.Cluster.All() &^ guess) {
		err = Intersect(s.Cluster, s.Phase1, s.Phase2)
	}
	if err != nil {
		return QuorumSystem{}, fmt.Errorf("quorum system %s: %w", s.Name, err)
	}
	s.Proof = fmt.Sprintf("all %d sets were looked at", uint64(s.Cluster.All())+1)
	return s, nil
}

// phase is one of the predicates of a system.
type phase struct {
	name   string
	quorum Quorum
}

func (s QuorumSystem) phases() []phase {
	p := []phase{{"phase 1", s.Phase1}, {"phase 2", s.Phase2}}
	if s.Fast != nil {
		p = append(p, phase{"fast", s.Fast})
	}
	return p
}

// possible reports a phase that nobody can win or that needs nobody.
func (s QuorumSystem) possible() error {
	for _, p := range s.phases() {
		switch {
		case p.quorum == nil:
			return fmt.Errorf("quorum system %s: %s has no predicate", s.Name, p.name)
		case p.quorum(0):
			return fmt.Errorf("quorum system %s: %s accepts the empty set", s.Name, p.name)
		case !p.quorum(s.Cluster.All()):
			return fmt.Errorf("quorum system %s: %s has no quorum in %v", s.Name, p.name, s.Cluster)
		}
	}
	return nil
}

// certain unwraps a system that arithmetic makes impossible to refuse.
func certain(s QuorumSystem, err error) QuorumSystem {
	if err != nil {
		panic("quorate: a quorum system that always intersects was refused: " + err.Error())
	}
	return s
}

// named joins a specification from its name and its arguments.
func named(name string, args ...string) string {
	if len(args) == 0 {
		return name
	}
	return name + ":" + strings.Join(args, ",")
}
