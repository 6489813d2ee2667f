package paxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/reads"
)

// registerReads lends the replica to the reads that take no slot. A heartbeat asks
// whether its receiver still follows.
func (r *Replica) registerReads(n *quorate.Node) {
	r.reads = reads.New(n, reads.Config{
		Requests: r.requests, Apply: r.app.Apply, Retransmit: r.cfg.Retransmit,
		Leader:   func() quorate.ID { return r.leader },
		Executed: func() quorate.Slot { return r.executed }, Frontier: r.states.Frontier,
		Stamp:     func() quorate.Slot { return max(r.log.Committed(), r.lead.barrier) },
		Check:     func() uint64 { r.heartbeat(); return r.lead.round },
		Confirmed: r.confirmed, Leased: r.leased(),
	})
}

// confirmed reports whether a phase-2 quorum still followed in the given round.
func (r *Replica) confirmed(round uint64) bool {
	var yes quorate.Set
	for i, p := range r.lead.peers {
		if p.round >= round {
			yes = yes.Add(i)
		}
	}
	return r.cfg.Quorums.Phase2(yes)
}
