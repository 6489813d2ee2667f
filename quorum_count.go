package quorate

import (
	"fmt"
	"strconv"
)

// MajorityQuorums is the system in which more than half of the members are a
// quorum of either phase.
func MajorityQuorums(c *Cluster) QuorumSystem {
	k := c.Size()/2 + 1
	return certain(counted(c, "majority", k, k))
}

// EvenQuorums is the majority, but with half of the members in phase 2 where
// their number is even: four members so commit with two, and survive the loss
// of two until the next election, which needs three. With an odd number it
// equals [MajorityQuorums].
func EvenQuorums(c *Cluster) QuorumSystem {
	n := c.Size()
	return certain(counted(c, "even", n/2+1, n-n/2))
}

// AllQuorums is the system in which both phases need every member.
func AllQuorums(c *Cluster) QuorumSystem {
	return certain(counted(c, "all", c.Size(), c.Size()))
}

// WriteOneQuorums is the system in which any one member accepts and every
// member elects.
func WriteOneQuorums(c *Cluster) QuorumSystem {
	return certain(counted(c, "write-one", c.Size(), 1))
}

// CountQuorums is the system in which any q1 members are a phase 1 quorum and
// any q2 members a phase 2 quorum. It refuses q1+q2 <= n.
func CountQuorums(c *Cluster, q1, q2 int) (QuorumSystem, error) {
	name := named("count", strconv.Itoa(q1), strconv.Itoa(q2))
	if err := inRange(c, name, q1, q2); err != nil {
		return QuorumSystem{}, err
	}
	s, err := counted(c, name, q1, q2)
	if err != nil {
		return QuorumSystem{}, fmt.Errorf("%w: want q1+q2 > %d", err, c.Size())
	}
	return s, nil
}

func inRange(c *Cluster, name string, counts ...int) error {
	for _, k := range counts {
		if k < 1 || k > c.Size() {
			return fmt.Errorf("quorum system %s: a quorum of %d: want 1 to %d members", name, k, c.Size())
		}
	}
	return nil
}

// counted proves q1+q2 > n or finds the evidence against it.
func counted(c *Cluster, name string, q1, q2 int) (QuorumSystem, error) {
	phase1, phase2 := one(c.All(), q1), one(c.All(), q2)
	s := QuorumSystem{Name: name, Cluster: c, phase1: phase1.rule(), phase2: phase2.rule()}
	proof := ""
	if phase1.meets(phase2) {
		proof = fmt.Sprintf("%d+%d > %d", q1, q2, c.Size())
	}
	return s.proven(proof)
}
