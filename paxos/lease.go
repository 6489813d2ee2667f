package paxos

import "github.com/quorate/quorate"

// With leases, each round of heartbeats asks for one: see [core.Lease] and
// [core.Grant]. A quorum that has answered it elects nobody else for a while, and
// meanwhile its leader alone knows what is chosen.

// answered takes what the latest answers to heartbeats allow.
func (r *Replica) answered() {
	r.lead.lease.Granted(r.confirmed)
	r.reads.Serve()
}

// leased returns what says whether a read needs no round: nobody else can have had
// anything chosen since this leader asked for the lease. A read that finds none goes
// the way of an index read, whose round asks for the next lease.
func (r *Replica) leased() func() bool {
	if r.cfg.Lease == 0 {
		return nil
	}
	return func() bool { return r.lead.lease.Holds(r.env.Now()) }
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
