package quorate

import "slices"

// Minimal chooses whom to ask when only one quorum is asked (thrifty sending).
// Of self and the members in prefer, nearest first, it drops, farthest first,
// whoever a quorum of q can spare. So the farthest member asked is as near as a
// quorum allows, and no member but self is superfluous. Self is always in the
// set, although a grid may give its vote no weight.
//
// Leave members out of prefer to avoid them; indexes that are no members of any
// cluster are ignored. False means that prefer and self contain no quorum.
func Minimal(q Quorum, prefer []int, self int) (Set, bool) {
	chosen := SetOf(self)
	for _, i := range prefer {
		if i >= 0 && i < MaxMembers {
			chosen = chosen.Add(i)
		}
	}
	if !q(chosen) {
		return 0, false
	}
	for _, i := range slices.Backward(prefer) {
		if i != self && i >= 0 && i < MaxMembers && q(chosen.Remove(i)) {
			chosen = chosen.Remove(i)
		}
	}
	return chosen, true
}

// Nearest is [Minimal] with the nearest members, those in late last: whom to ask
// first for a quorum of q. It returns all members if they contain none.
func Nearest(c *Cluster, q Quorum, self ID, late Set) Set {
	var prompt, last []int
	for _, i := range NearestFirst(c, self) {
		if late.Has(i) {
			last = append(last, i)
		} else {
			prompt = append(prompt, i)
		}
	}
	if chosen, ok := Minimal(q, append(prompt, last...), c.Index(self)); ok {
		return chosen
	}
	return c.All()
}

// NearestFirst orders the other members for [Minimal] when nothing is known of
// distances: own zone first, then the zones and nodes that follow, round the
// membership. Different nodes so prefer different peers and share the load.
func NearestFirst(c *Cluster, self ID) []int {
	n, at := c.Size(), c.Index(self)
	var near, far []int
	for step := 1; step < n; step++ {
		i := (at + step + n) % n
		if c.ID(i).Zone() == self.Zone() {
			near = append(near, i)
		} else {
			far = append(far, i)
		}
	}
	return slices.Concat(near, far)
}
