package quorate

import (
	"fmt"
	"slices"
	"strconv"
)

// maxWeight bounds one member's weight, so that no sum overflows.
const maxWeight = 1 << 20

// WeightedQuorums is the system in which members whose weights sum up to q1 are
// a phase 1 quorum, and to q2 a phase 2 quorum. A member that weights does not
// name weighs 1; weight 0 makes a learner, which never counts. If q1+q2 is not
// above the sum of all weights the phases may still meet, by the way the
// weights fall: up to 20 members every set is looked at, beyond them such a
// system is refused.
func WeightedQuorums(c *Cluster, weights map[ID]int, q1, q2 int) (QuorumSystem, error) {
	w, err := weigh(c, weights)
	if err != nil {
		return QuorumSystem{}, fmt.Errorf("quorum system weighted: %w", err)
	}
	args := []string{fmt.Sprintf("q1=%d", q1), fmt.Sprintf("q2=%d", q2)}
	for i, id := range c.IDs() {
		args = append(args, id.String()+"="+strconv.Itoa(w[i]))
	}
	s := QuorumSystem{Name: named("weighted", args...), Cluster: c, phase1: weighted(w, q1), phase2: weighted(w, q2)}
	total, proof := 0, ""
	for _, weight := range w {
		total += weight
	}
	if q1 < 1 || q1 > total || q2 < 1 || q2 > total {
		return QuorumSystem{}, fmt.Errorf("quorum system %s: want q1 and q2 from 1 to %d, the sum of the weights", s.Name, total)
	}
	if q1+q2 > total {
		proof = fmt.Sprintf("%d+%d > %d, the sum of the weights", q1, q2, total)
	}
	s, err = s.proven(proof)
	if err != nil {
		return QuorumSystem{}, fmt.Errorf("%w: want q1+q2 > %d, the sum of the weights", err, total)
	}
	return s, nil
}

// weigh lists the members' weights by index.
func weigh(c *Cluster, weights map[ID]int) ([]int, error) {
	w := make([]int, c.Size())
	named := 0
	for i, id := range c.IDs() {
		weight, ok := weights[id]
		if !ok {
			weight = 1
		} else {
			named++
		}
		if weight < 0 || weight > maxWeight {
			return nil, fmt.Errorf("weight %d of member %v: want 0 to %d", weight, id, maxWeight)
		}
		w[i] = weight
	}
	if named < len(weights) {
		var strangers []ID
		for id := range weights { // unordered: sorted below
			if !c.Has(id) {
				strangers = append(strangers, id)
			}
		}
		return nil, fmt.Errorf("weight of %v, which is no member of %v", slices.Min(strangers), c)
	}
	return w, nil
}

func weighted(w []int, need int) rule {
	heavy := slices.Sorted(slices.Values(w))
	slices.Reverse(heavy)
	left, r := 0, rule{}
	for _, weight := range heavy {
		left += weight
	}
	for sum := 0; r.least < len(heavy) && sum < need; r.least++ {
		sum += heavy[r.least]
	}
	for ; r.cut < len(heavy) && left >= need; r.cut++ {
		left -= heavy[r.cut]
	}
	var weights [MaxMembers]int
	copy(weights[:], w)
	r.quorum = tabulated(Set(1)<<len(w)-1, func(acks Set) bool {
		sum := 0
		for ; acks != 0; acks &= acks - 1 {
			sum += weights[acks.Lowest()]
		}
		return sum >= need
	})
	return r
}
