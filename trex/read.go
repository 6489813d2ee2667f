package trex

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/reads"
	trex "github.com/quorate/quorate/trex/core"
)

// registerReads lends the replica to the reads that take no slot. Only what the
// leader has recovered, and what was chosen since, may have been acknowledged; a
// LeaderCheck that is sent afterwards proves that nobody else had a command chosen
// before.
func (r *Replica) registerReads(n *quorate.Node) {
	r.reads = reads.New(n, reads.Config{
		Requests: r.requests, Apply: r.app.Apply, Retransmit: r.cfg.Retransmit,
		Leader:   func() quorate.ID { return r.leader },
		Executed: func() quorate.Slot { return r.executed }, Frontier: r.states.Frontier,
		Stamp:     func() quorate.Slot { return max(r.log().Committed(), r.state.Barrier()) },
		Check:     r.check,
		Confirmed: func(round uint64) bool { return round <= r.confirmed },
		Leased:    r.leased(),
	})
}

// leased returns what says whether a read needs no check; nil without leases.
func (r *Replica) leased() func() bool {
	if r.cfg.Lease == 0 {
		return nil
	}
	return func() bool { return r.state.Leased(r.env.Now()) }
}

// check begins a round of checks of this leadership.
func (r *Replica) check() uint64 {
	out := r.decide(trex.Event{Kind: trex.Checked})
	r.do(&out)
	return out.Round
}
