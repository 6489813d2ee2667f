package paxos

import "github.com/quorate/quorate"

// With leases, each round of heartbeats asks for one: see [core.Lease] and
// [core.Grant]. A quorum that has answered it elects nobody else for a while, and
// meanwhile its leader alone knows what is chosen.

// answered takes what the latest answers to heartbeats allow.
func (r *Replica) answered() {
	r.lead.lease.Granted(r.confirmed)
	r.serveReads()
}

// leased reports whether a read may be answered at once: nobody else can have
// had anything chosen, and all that was chosen before is executed here. At first
// a new leader may not know all of that; it knows when its barrier is executed. A
// read that finds no lease goes the way of an index read, whose round asks for
// the next lease.
func (r *Replica) leased() bool {
	l := &r.lead
	return l.lease.Holds(r.env.Now()) && r.executed >= max(l.barrier, r.log.Committed())
}

// release lets others be elected at once when this replica no longer leads.
func (r *Replica) release() {
	if r.cfg.Lease > 0 {
		r.env.SendNow(quorate.Others, Release{r.lead.proposals.Ballot()})
	}
}

func (r *Replica) onRelease(from quorate.ID, m Release) {
	if m.Ballot.Owner() == from {
		r.grant.Release(m.Ballot)
	}
}
