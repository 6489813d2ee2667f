package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos/objects"
)

const (
	maxCut   = 64   // objects trimmed in one step, at most
	maxTrims = 1024 // idle outcome tables emptied at once, at most
)

// considerTrim trims the logs once in a while, or if there is much to trim. A little is
// not trimmed where the states are large.
func (r *Replica) considerTrim() {
	slots, bytes := r.objects.Weight()
	waited := r.env.Now() - r.rested
	due := waited >= r.cfg.Rest && bytes >= r.states.Cost()/64 || waited >= 8*r.cfg.Rest
	if due || slots >= r.cfg.LogLimit || bytes >= r.cfg.LogBytes {
		r.trim(nil)
	}
}

// trim writes the states of the keys that changed and drops their logs then. It
// calls then, unless nil, when all that is executed now is on its way to disk. It
// does nothing, and returns false, while the logs are being trimmed already.
func (r *Replica) trim(then func()) bool {
	if r.states.Saving() || len(r.cutting) > 0 {
		return false
	}
	r.rested = r.env.Now()
	keys := r.objects.Warmed()
	if len(keys) == 0 && then == nil {
		return true
	}
	r.states.Save(func() {
		r.cutting, r.cut = keys, then
		r.cuts.Reset(0)
	})
	return true
}

// cutSome drops the logs of some objects, in memory and on disk.
func (r *Replica) cutSome() {
	n := min(len(r.cutting), maxCut)
	for _, k := range r.cutting[:n] {
		r.drop(k)
	}
	r.cutting = r.cutting[n:]
	switch {
	case len(r.cutting) > 0:
		r.cuts.Reset(r.cfg.Retransmit / 100)
	case r.cut != nil:
		r.cut()
	}
}

// drop drops the slots that were executed when the states were written. A state that
// came from elsewhere since is not on disk yet, so the log there does not begin with
// it. What is promised goes on disk with it, since the votes that go may be all that
// told of it.
func (r *Replica) drop(k *objects.Key) {
	o := k.Open
	if from, upto := r.objects.Cut(k); from < upto {
		r.env.Forget(Accepted{Key: k.Name}, uint64(from), uint64(upto))
		r.env.Persist(Trimmed{k.Name, upto, o.Promised()})
		r.env.Forget(Promise{Key: k.Name}, 0, 1)
	}
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
			r.steal(k) // it was owned before a restart
		}
	}
}
