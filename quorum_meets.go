package quorate

import "fmt"

// Meets returns nil if every quorum of every phase has a member among these.
// Otherwise the error names a quorum that has none. It is the question before a
// member that lost its disk may vote again: those whose state was read must have
// been part of whatever it was part of.
func (s QuorumSystem) Meets(members Set) error {
	rest := s.Cluster.All() &^ members
	for _, p := range s.phases() {
		if !Blocking(s.Cluster.All(), p.quorum)(members) {
			return fmt.Errorf("%s is a quorum of %s without any of %s", s.Cluster.Names(shrink(p.quorum, rest)), p.name, s.Cluster.Names(members))
		}
	}
	return nil
}
