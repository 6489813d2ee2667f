package model

// System is a protocol as section 6 of the paper sees it: how many members lead, and
// of how many a phase-2 quorum is.
type System struct {
	Leaders, Quorum int
	Conflicts       float64 // share of commands that take a second round
	Locality        float64 // share of requests whose leader is near
}

// Load is how many messages the busiest member handles for a command, when all
// leaders lead alike: L = (1+c)(Q+L−2)/L, its own rounds and its part in the others'.
// It counts messages, not what they cost; those of clients, commits and batches are
// left out.
func (s System) Load() float64 {
	l := float64(s.Leaders)
	return (1+s.Conflicts)*float64(s.Quorum-1)/l + (1-1/l)*(1+s.Conflicts)
}

// Capacity is its inverse, relative to that of one message for a command. It is
// infinite if nobody else is asked.
func (s System) Capacity() float64 { return 1 / s.Load() }

// Latency is the mean in the unit of the round trips: from clients to a leader that is
// not near, and from a leader to its quorum.
func (s System) Latency(leader, quorum float64) float64 {
	return (1 + s.Conflicts) * ((1-s.Locality)*(leader+quorum) + s.Locality*quorum)
}
