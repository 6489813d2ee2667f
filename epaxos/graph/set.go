package graph

// set is all that is known to wait for one node, the blocker. Sets are joined
// when a blocker turns out to wait for another one: a forest with path halving,
// the smaller list of members appended to the larger.
type set[T any] struct {
	parent  *set[T]    // nil for a root
	blocker *Node[T]   // of a root; nil once its members were released
	members []*Node[T] // of a root
}

func (s *set[T]) root() *set[T] {
	for s.parent != nil {
		if s.parent.parent != nil {
			s.parent = s.parent.parent
		}
		s = s.parent
	}
	return s
}

// join makes one set of two roots, that of s's blocker, and returns it.
func (s *set[T]) join(other *set[T]) *set[T] {
	into, from := s, other
	if len(from.members) > len(into.members) {
		into, from = from, into
	}
	into.blocker = s.blocker
	into.blocker.holds = into
	into.members = append(into.members, from.members...)
	from.parent, from.members, from.blocker = into, nil, nil
	return into
}

// blocker returns the node, not committed, that n is known to wait for; nil if
// none is known.
func (n *Node[T]) blocker() *Node[T] {
	if n.waits == nil {
		return nil
	}
	if z := n.waits.root().blocker; z != nil && z.phase == open {
		return z
	}
	return nil
}
