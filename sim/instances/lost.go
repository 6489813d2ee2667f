package instances

// A disk that is lost takes its owner's promises, votes and knowledge along. What
// others made of them stays.

// Lost says that the disk of node is gone, with all that was on it.
func (s *State) Lost(node int) {
	s.members[node] = newMember(len(s.ids))
	s.members[node].lost = true
	for _, row := range s.rows {
		for _, i := range row {
			p := &i.parts[node]
			*p = part{acked: p.bound(), accepted: p.accepted, deps: p.deps}
			i.told = i.told.Remove(node)
		}
	}
}

// Fenced says that nobody counts what node said before it lost its disk.
func (s *State) Fenced(int) {}

// Admitted says that node has it on its disk that it may vote again.
func (s *State) Admitted(node int) error {
	s.members[node].lost = false
	return nil
}
