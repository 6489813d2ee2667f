package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/objects"
	"github.com/quorate/quorate/wpaxos/readmit"
)

// registerReadmission lends the replica to the admission of a member that lost its
// disk: this one, or another.
func (r *Replica) registerReadmission(n *quorate.Node) {
	readmit.New(n, readmit.Config{
		Quorums: r.cfg.Quorums, Objects: r.objects, ChunkBytes: r.cfg.ChunkBytes, Pause: r.cfg.Retransmit / 10,
		Seek: r.fetch.Seek, Raise: r.raise, Hold: r.hold, Save: r.trims.Begin, Disown: r.disown,
	})
}

// hold takes over what this replica may have voted for.
func (r *Replica) hold(k *objects.Key, e core.Entry) bool {
	o := r.objects.Wake(k)
	committed := o.Committed()
	held, store, ok := o.Hold(e)
	if store {
		r.store(k, held)
	}
	r.advanced(k, committed)
	return ok
}

// disown gives up what is not decided yet and counts on a member's earlier
// incarnation. A thief begins anew, an owner only forgets votes.
func (r *Replica) disown(id quorate.ID) {
	r.objects.Walk(func(k *objects.Key) bool {
		if o := k.Open; o.Disown(r.index(id)) {
			o.Want, o.Next = true, r.env.Now()
		}
		return true
	})
}
