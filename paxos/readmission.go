package paxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/readmit"
)

// registerReadmission lends the replica to the admission of a member that lost
// its disk: this one, or another.
func (r *Replica) registerReadmission(n *quorate.Node) {
	readmit.New(n, readmit.Config{
		Quorums: r.cfg.Quorums, ChunkBytes: r.cfg.ChunkBytes, Log: &r.log,
		Fetch: r.fetch, Learn: r.learn, Store: r.store, Promised: r.promised, Disown: r.disown,
	})
}

// promised persists the highest promise that this replica may have given before
// it lost its disk.
func (r *Replica) promised() {
	r.env.Persist(Promise{r.log.Promised()})
	r.seen = max(r.seen, r.log.Promised())
	r.grant.Forgotten(r.env.Now()) // of the earlier incarnation, which no longer counts
}

// disown gives up what is not decided yet and counts on a member's earlier
// incarnation. A candidate begins anew: its promises are one answer. A leader only
// forgets votes.
func (r *Replica) disown(id quorate.ID) {
	switch r.role {
	case probing, candidate:
		r.abandon()
	case leader:
		r.lead.proposals.Disown(r.index(id))
		r.lead.peers[r.index(id)] = peer{}
	}
}
