package epaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// Origin is the record of what an instance's owner proposed, and of what this replica
// had voted by then. It is written once, as a rule.
type Origin struct {
	ID     core.ID
	Origin core.Origin
	Vote   core.Vote
}

// Vote is the record of what this replica promised and voted for, if that changed
// alone: it counts, not what the Origin says. So it is recovered later, since its name
// is.
type Vote struct {
	ID   core.ID
	Vote core.Vote
}

// Base is the record of what was dropped: in each row the instances below. What
// they did is in the states of their keys, see [quorate.States]. Floor and Ends are
// what package trim calls so. It is recovered first, since its name is.
type Base struct{ Below, Floor, Ends core.Deps }

// RecordKey implements [quorate.Record]: there is one.
func (Base) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }

// RecordKey implements [quorate.Record]: one for each instance.
func (o Origin) RecordKey() quorate.RecordKey { return o.ID.RecordKey() }

// RecordKey implements [quorate.Record]: one for each instance.
func (v Vote) RecordKey() quorate.RecordKey { return v.ID.RecordKey() }

// AppendBinary implements [encoding.BinaryAppender]: the general codec takes several
// times as long.
func (o *Origin) AppendBinary(dst []byte) ([]byte, error) {
	return o.Vote.Append(o.Origin.Append(o.ID.Append(dst))), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (o *Origin) UnmarshalBinary(data []byte) error {
	return core.Whole(data, o.ID.Read, o.Origin.Read, o.Vote.Read)
}

// AppendBinary implements [encoding.BinaryAppender].
func (v *Vote) AppendBinary(dst []byte) ([]byte, error) { return v.Vote.Append(v.ID.Append(dst)), nil }

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (v *Vote) UnmarshalBinary(data []byte) error { return core.Whole(data, v.ID.Read, v.Vote.Read) }

func (r *Replica) registerRecords(n *quorate.Node) {
	quorate.Recover(n, func(rec Base) {
		r.table.RestoreBase(rec.Below, rec.Floor)
		r.keep.Trimmer.Restore(rec.Floor, rec.Ends)
	})
	quorate.Recover(n, func(rec Origin) { r.table.RestoreOrigin(rec.ID, rec.Origin, rec.Vote) })
	quorate.Recover(n, func(rec Vote) { r.table.RestoreVote(rec.ID, rec.Vote) })
}

// storeBase persists what is dropped, and the floor. All that was executed by then
// is on disk, too: others count on it.
func (r *Replica) storeBase() {
	r.storeLate()
	own := r.keep.Trimmer.Report(r.table)
	r.env.Persist(Base{r.table.Base(), own.Floor, own.Ends})
}

// store persists what changed of an instance, and what was left for later: it
// shares the sync.
func (r *Replica) store(i *core.Instance) {
	r.persist(i)
	r.storeLate()
}

func (r *Replica) persist(i *core.Instance) {
	o, origin, vote := i.News()
	if origin {
		r.env.Persist(Origin{i.ID, o, i.Vote()})
	}
	if vote {
		r.env.Persist(Vote{i.ID, i.Vote()})
	}
}

// later leaves the commit of an instance to the next sync that there is, at the
// latest that of the next Progress, which tells of it. The value is final without
// this replica's disk: one that forgets it in a crash is as one that the Commit has
// not reached yet, and votes for nothing that it had not voted for before.
func (r *Replica) later(i *core.Instance) {
	if r.late.Add(i) {
		r.storeLate()
	}
}

func (r *Replica) storeLate() { r.late.Take(r.table, r.persist) }
