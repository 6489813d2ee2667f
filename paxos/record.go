package paxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// The durable state of a replica. A vote implies the promise of its ballot, so
// that one record is written for each vote.

// Promise is the highest ballot promised.
type Promise struct{ Ballot quorate.Ballot }

// Accepted is one slot of the log.
type Accepted struct{ Entry core.Entry }

// Trimmed says that the log starts at Base; what lies below is in the states of the keys,
// see [quorate.States].
type Trimmed struct{ Base quorate.Slot }

// RecordKey implements [quorate.Record]: there is one.
func (Promise) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

// RecordKey implements [quorate.Record]: one for each slot.
func (a Accepted) RecordKey() quorate.RecordKey {
	return quorate.RecordKey{Number: uint64(a.Entry.Slot)}
}

// RecordKey implements [quorate.Record]: there is one.
func (Trimmed) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

// registerRecords replays the records into the replica. They come in the order
// of their type names: the log's entries first, its base after them, so nothing
// here may depend on what a later record says.
func (r *Replica) registerRecords(n *quorate.Node) {
	quorate.Recover(n, func(rec Promise) { r.log.Promise(max(rec.Ballot, r.log.Promised())) })
	quorate.Recover(n, func(rec Accepted) { r.recovered = append(r.recovered, rec.Entry) })
	quorate.Recover(n, func(rec Trimmed) { r.log.Trim(rec.Base) })
}

// restoreLog puts the recovered entries back once the log's base is known.
func (r *Replica) restoreLog() {
	for _, e := range r.recovered {
		r.log.Restore(e)
	}
	r.recovered = nil
	r.executed = r.log.Base()
	r.seen = r.log.Promised()
}
