package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wire"
)

// The durable state of a replica: for each key what it voted for and promised. The
// states of the keys are records of [quorate.States]. What is merely learnt is not
// written: those who voted for it have it on disk.

// Promise is the highest ballot promised for a key, since it was trimmed last.
type Promise struct {
	Key    string
	Ballot quorate.Ballot
}

// Accepted is one slot of a key's log.
type Accepted struct {
	Key   string
	Entry core.Entry
}

// Trimmed says that the log of a key starts at Base, and what is promised. Slots
// below are in the key's state.
type Trimmed struct {
	Key    string
	Base   quorate.Slot
	Ballot quorate.Ballot
}

// RecordKey implements [quorate.Record]: there is one for each key.
func (p Promise) RecordKey() quorate.RecordKey { return quorate.RecordKey{Scope: p.Key} }

// RecordKey implements [quorate.Record]: there is one for each slot of each key.
func (a Accepted) RecordKey() quorate.RecordKey {
	return quorate.RecordKey{Scope: a.Key, Number: uint64(a.Entry.Slot)}
}

// RecordKey implements [quorate.Record]: there is one for each key.
func (t Trimmed) RecordKey() quorate.RecordKey { return quorate.RecordKey{Scope: t.Key} }

// AppendBinary implements [encoding.BinaryAppender]: there is one of these records for
// each vote.
func (a *Accepted) AppendBinary(dst []byte) ([]byte, error) {
	return a.Entry.Append(wire.AppendString(dst, a.Key)), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (a *Accepted) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	a.Key = r.String()
	a.Entry.Read(&r)
	return r.Close()
}

// registerRecords replays the records into the objects. Entries come before the
// base of their log, in the order of the types' names.
func (r *Replica) registerRecords(n *quorate.Node) {
	quorate.Recover(n, func(rec Accepted) { r.recovered = append(r.recovered, rec) })
	quorate.Recover(n, func(rec Promise) {
		k := r.objects.Put(rec.Key)
		k.Idle.Promised = max(k.Idle.Promised, rec.Ballot)
	})
	quorate.Recover(n, func(rec Trimmed) {
		k := r.objects.Put(rec.Key)
		k.Idle.Promised, k.Idle.Base = max(k.Idle.Promised, rec.Ballot), rec.Base
		r.executed += rec.Base
	})
}

// restore puts the entries back once the bases of the logs are known. Whether they
// are chosen is not, but for some that were read of others: somebody else knows, or
// finds out.
func (r *Replica) restore() {
	for _, rec := range r.recovered {
		k := r.objects.Put(rec.Key)
		o := r.objects.Wake(k)
		committed := o.Committed()
		o.Restore(rec.Entry)
		r.objects.Warm(k)
		r.advanced(k, committed)
	}
	r.recovered = nil
}
