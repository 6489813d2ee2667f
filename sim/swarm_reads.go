package sim

import "math/rand/v2"

// drawReads lets the clients of some worlds read at whichever member: by hand-off,
// in their own timeline, or what a follower has.
func drawReads(rng *rand.Rand, spec *Spec) {
	m := &spec.Clients.Mix
	on, which, share, reads := often(rng, 0.5), rng.IntN(4), pick(rng, 0.4, 0.7, 1), 0.4+0.4*rng.Float64()
	if !on || m.Lease > 0.5 { // those that are about leases
		return
	}
	rest := 1 - share
	m.Index, m.Local, m.Lease = rest*m.Index, rest*m.Local, rest*m.Lease
	switch which {
	case 0:
		m.Handoff = share
	case 1:
		m.Timeline = share
	case 2:
		m.Handoff, m.Timeline = share/2, share/2
	default:
		m.Handoff, m.Timeline, m.Follower = share/2, share/4, share/4
	}
	m.Reads = max(m.Reads, reads)
	m.Conditional = min(m.Conditional, 1-m.Reads)
}
