package trex

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/paxos/readmit"
	trex "github.com/quorate/quorate/trex/core"
)

// registerReadmission lends the replica to the admission of a member that lost
// its disk: this one, or another.
func (r *Replica) registerReadmission(n *quorate.Node) {
	readmit.New(n, readmit.Config{
		Quorums: r.cfg.Quorums, ChunkBytes: r.cfg.ChunkBytes, Log: r.log(),
		Fetch: func(from quorate.ID, upto quorate.Slot) {
			r.step(trex.Event{Kind: trex.Missed, From: from, Upto: upto})
		},
		Learn: r.learn, Store: r.store,
		Promised: func() {
			r.persist(r.log().Committed())
			r.step(trex.Event{Kind: trex.Readmitted})
		},
		Disown: func(id quorate.ID) { r.step(trex.Event{Kind: trex.Disowned, From: id}) },
	})
}

// learn takes an entry that is known to be chosen. If it replaces a vote, that may
// be all that told of a promise, which is persisted in the same step: see
// readmit.Config. A step without an event finds out what is known chosen by that.
func (r *Replica) learn(e core.Entry) {
	if r.log().Learn(e.Slot, e.Ballot, e.Commands) {
		r.store(e)
	}
	r.step(trex.Event{Kind: trex.Timeout})
}
