package epaxos

import (
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// Origin is the record of what an instance's owner proposed. It is written once.
type Origin struct {
	ID     core.ID
	Origin core.Origin
}

// Vote is the record of what this replica promised and voted for.
type Vote struct {
	ID   core.ID
	Vote core.Vote
}

// Base is the record of what was dropped: in each row the instances below. What
// they did is in the states of their keys, see [quorate.States]. It is recovered
// first, since its name is.
type Base struct{ Below core.Deps }

// RecordKey implements [quorate.Record]: there is one.
func (Base) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

// RecordKey implements [quorate.Record]: one for each instance.
func (o Origin) RecordKey() quorate.RecordKey { return recordKey(o.ID) }

// RecordKey implements [quorate.Record]: one for each instance.
func (v Vote) RecordKey() quorate.RecordKey { return recordKey(v.ID) }

func recordKey(id core.ID) quorate.RecordKey {
	return quorate.RecordKey{Scope: strconv.Itoa(int(id.Row)), Number: id.Number}
}

func (r *Replica) registerRecords(n *quorate.Node) {
	quorate.Recover(n, func(rec Base) { r.table.RestoreBase(rec.Below) })
	quorate.Recover(n, func(rec Origin) { r.table.RestoreOrigin(rec.ID, rec.Origin) })
	quorate.Recover(n, func(rec Vote) { r.table.RestoreVote(rec.ID, rec.Vote) })
}

// store persists what changed of an instance.
func (r *Replica) store(i *core.Instance) {
	if o, news := i.Origin(); news {
		r.env.Persist(Origin{i.ID, o})
	}
	r.env.Persist(Vote{i.ID, i.Vote()})
}
