package quorate

// Tolerance says how many members may fail before a phase cannot be won.
type Tolerance struct {
	// Smallest is the number of members in the smallest quorum.
	Smallest int
	// Worst is the number of failures that are survived wherever they strike.
	Worst int
	// Best is the number of failures that are survived where they strike best:
	// all members but those of one smallest quorum.
	Best int
}

// Tolerance returns the figures of the two phases and of the fast path, zero
// without one. Systems of the caller's own predicates are counted out, which
// takes some milliseconds with 20 members.
func (s QuorumSystem) Tolerance() (phase1, phase2, fast Tolerance) {
	phase1, phase2 = s.tolerance(s.phase1), s.tolerance(s.phase2)
	if s.Fast != nil {
		fast = s.tolerance(s.fast)
	}
	return phase1, phase2, fast
}

func (s QuorumSystem) tolerance(r rule) Tolerance {
	if r.least == 0 {
		r.least, r.cut = figures(s.Cluster, r.quorum)
	}
	return Tolerance{Smallest: r.least, Worst: r.cut - 1, Best: s.Cluster.Size() - r.least}
}

// figures looks at every set for the smallest quorum and the smallest set that
// meets every quorum.
func figures(c *Cluster, q Quorum) (least, cut int) {
	all := c.All()
	least, cut = c.Size(), c.Size()
	for s := Set(0); s <= all; s++ {
		if k := s.Len(); k < least && q(s) {
			least = k
		} else if k < cut && !q(all&^s) {
			cut = k
		}
	}
	return least, cut
}
