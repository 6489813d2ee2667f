package trex

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	trex "github.com/quorate/quorate/trex/core"
)

// The durable state of a replica. A vote implies the promise of its ballot, so
// that one record is written for each vote.

// Progress is the highest ballot promised. All slots below Committed are chosen,
// with the values that are on disk; more may be.
type Progress struct {
	Promised  quorate.Ballot
	Committed quorate.Slot
}

// Accepted is one slot of the log.
type Accepted struct{ Entry core.Entry }

// Trimmed says that the log starts at Base; what lies below is in the states of the keys,
// see [quorate.States].
type Trimmed struct{ Base quorate.Slot }

// RecordKey implements [quorate.Record]: there is one.
func (Progress) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

// RecordKey implements [quorate.Record]: one for each slot.
func (a Accepted) RecordKey() quorate.RecordKey {
	return quorate.RecordKey{Number: uint64(a.Entry.Slot)}
}

// RecordKey implements [quorate.Record]: there is one.
func (Trimmed) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

// recovered is what a restart reads before the log's base is known.
type recovered struct {
	entries  []core.Entry
	progress Progress
}

// registerRecords replays the records into the replica. They come in the order
// of their type names: the log's entries first, its base after them, so nothing
// here may depend on what a later record says.
func (r *Replica) registerRecords(n *quorate.Node) {
	quorate.Recover(n, func(rec Progress) { r.recovered.progress = rec })
	quorate.Recover(n, func(rec Accepted) { r.recovered.entries = append(r.recovered.entries, rec.Entry) })
	quorate.Recover(n, func(rec Trimmed) { r.log().Trim(rec.Base) })
}

// restoreLog puts back what was recovered once the log's base is known. The
// promise is the highest that a record or a vote tells of. No leadership goes on.
func (r *Replica) restoreLog() {
	progress := r.recovered.progress
	r.log().Promise(max(progress.Promised, r.log().Promised()))
	r.log().Know(progress.Committed)
	for _, e := range r.recovered.entries {
		r.log().Restore(e)
	}
	r.recovered, r.written = recovered{}, progress.Committed
}

func (r *Replica) store(e core.Entry) { r.env.Persist(Accepted{e}) }

func (r *Replica) persist(committed quorate.Slot) {
	r.written = committed
	r.env.Persist(Progress{r.log().Promised(), committed})
}

// lag is how many slots may be known chosen before that is worth a record of its
// own. After a restart what the disk does not say is asked for.
const lag = 64

// persistProgress writes a promise at once. How far the log is chosen is written
// only with something else: nothing depends on it but the time after a restart.
func (r *Replica) persistProgress(out *trex.Effects) {
	committed := r.log().Committed()
	if out.Promise != 0 || len(out.Store) > 0 && committed >= r.written+lag {
		r.persist(committed)
	}
}
