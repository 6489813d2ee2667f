package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos/objects"
)

const maxTrims = 1024 // idle outcome tables emptied at once, at most

// cut drops the slots of an object that are in its state. One that came from elsewhere
// since is not on disk yet, so the log there does not begin with that. What is
// promised goes on disk with it, since the votes that go may be all that told of it.
func (r *Replica) cut(k *objects.Key, from, upto quorate.Slot) {
	r.env.Forget(Accepted{Key: k.Name}, uint64(from), uint64(upto))
	r.env.Persist(Trimmed{k.Name, upto, k.Promised()})
	r.env.Forget(Promise{Key: k.Name}, 0, 1)
}

// trimIdle empties the outcome tables of keys that nobody writes any more, by a
// command like others: each owner for its own.
func (r *Replica) trimIdle() {
	now := r.env.Now()
	if now-r.trimmed < r.app.Horizon()/4 {
		return
	}
	r.trimmed = now
	for _, c := range r.app.Trims(now, maxTrims) {
		k := r.objects.Put(c.Key)
		switch {
		case k.Owns():
			if o := r.objects.Wake(k); o.Room(r.cfg.Window) {
				r.propose(k, []quorate.Command{c})
			}
		case k.Promised().Owner() == r.env.ID():
			r.steal(k, quorate.CauseOwn) // it was owned before a restart
		}
	}
}
