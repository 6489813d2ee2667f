package epaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
)

// forgetRecords drops what is on disk of a part of a row.
func (r *Replica) forgetRecords(row uint8, from, to uint64) {
	r.env.Forget(Origin{ID: core.ID{Row: row}}, from, to)
	r.env.Forget(Vote{ID: core.ID{Row: row}}, from, to)
}

// installed goes on from the states of another: what is below base is done. Who
// waits for an own instance below it is answered by another one: the outcome is in
// the states.
func (r *Replica) installed(base core.Deps) {
	q := &r.propose
	q.next = max(q.next, base.At(r.self))
	for _, p := range q.Open() {
		if base.Covers(p.ID) {
			q.Take(p.ID)
		}
	}
	r.recoveries.Each(func(c *decide.Recovery) {
		if base.Covers(c.ID) {
			r.recoveries.End(c.ID)
		}
	})
	q.epoch++
	q.queue.Clear()
	r.requests.RouteAll()
}

// disown gives up what counts on a member's earlier incarnation. Recoveries begin
// anew.
func (r *Replica) disown(id quorate.ID) {
	r.recoveries.Each(func(c *decide.Recovery) { r.outdone(c.ID, 0) })
	for _, p := range r.propose.Open() {
		p.Disown(r.index(id))
	}
	r.keep.Trimmer.Forget(r.index(id))
}

// adopt makes this replica a voter on instances that nobody knew of: all others are
// executed.
func (r *Replica) adopt(ends core.Deps) {
	r.keep.Trimmer.Raise(r.table, ends)
	r.storeBase()
	r.propose.next = max(r.table.End(r.self), ends.At(r.self))
}
