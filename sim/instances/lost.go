package instances

import "slices"

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

// Admitted says that node has it on its disk that it may vote again. What was only on
// the disk that it lost never was: nobody takes the messages that told of it any more,
// and node may use the number again.
func (s *State) Admitted(node int) error {
	s.members[node].lost = false
	for _, i := range s.rows[node] {
		heard := func(p part) bool { return p.known > 0 || p.promised > 0 }
		if i.isChosen || len(i.rounds) > 0 || slices.ContainsFunc(i.parts, heard) {
			continue
		}
		for _, a := range i.touches {
			list := s.keys[a.key][node]
			at, _ := entry(list, i.number)
			s.keys[a.key][node] = slices.Delete(list, at, at+1)
		}
		*i = instance{state: s, row: i.row, number: i.number, parts: make([]part, len(s.ids))}
	}
	return nil
}
