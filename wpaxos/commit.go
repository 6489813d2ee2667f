package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/objects"
)

// onTell tells of commits: how far, and, where not all were asked to accept, what.
func (r *Replica) onTell() {
	keys := r.telling
	r.telling = nil
	for _, k := range keys {
		o := k.Open
		o.Tells = false
		if !o.Owns() || o.Told >= o.Committed() {
			continue
		}
		m := P3{Key: k.Name, Ballot: o.Promised(), Commit: o.Committed()}
		near, all := r.members.Near(), r.env.Cluster().All()
		r.post.Tell(near, m)
		if near != all {
			m.Entries = o.Chosen(o.Told, r.cfg.ChunkBytes)
			r.post.Tell(all&^near, m)
		}
		o.Told = o.Committed()
		r.fetch.Told(k)
	}
}

// onP3 learns what an owner has chosen.
func (r *Replica) onP3(from quorate.ID, m P3) {
	if m.Ballot.Owner() != from {
		return
	}
	k := r.objects.Put(m.Key)
	r.objects.Wake(k)
	r.raise(k, m.Ballot) // whoever owns an object has it from a quorum; where P1a got lost, this tells of it
	for _, e := range m.Entries {
		r.learn(k, e)
	}
	r.commitTo(k, from, m.Ballot, m.Commit)
}

// learn takes an entry that is known to be chosen.
func (r *Replica) learn(k *objects.Key, e core.Entry) {
	o := k.Open
	committed, before := o.Committed(), standingOf(o)
	if o.Learn(e) {
		r.settle(k, before)
		r.advanced(k, committed)
	}
}

// commitTo takes the word of the owner under b that all slots below to are chosen.
// What was not accepted here under b must be fetched.
func (r *Replica) commitTo(k *objects.Key, from quorate.ID, b quorate.Ballot, to quorate.Slot) {
	committed := k.Open.Committed()
	reached := k.Open.CommitTo(b, to)
	r.advanced(k, committed)
	if reached < to {
		r.fetch.Seek(k, from, to)
	}
}

// install puts a key's state in place, which includes the slots below upto. An older
// one must not come back.
func (r *Replica) install(k *objects.Key, upto quorate.Slot, state []byte) {
	o := k.Open
	if upto <= o.Committed() || r.app.Restore(k.Name, state) != nil {
		return
	}
	before := standingOf(o)
	r.executed += upto - o.Executed()
	o.Install(upto)
	if o.Far() {
		r.trims.Hurry()
	}
	r.objects.Warm(k)
	r.states.Changed(&quorate.Command{Op: quorate.OpPut, Key: k.Name})
	r.env.Observe(quorate.Installed{Log: k.Name, Upto: upto})
	r.settle(k, before)
	r.advanced(k, upto)
}

// advanced executes what has become committed since the given slot, strictly in the
// order of the key's slots.
func (r *Replica) advanced(k *objects.Key, since quorate.Slot) {
	o := k.Open
	if o.Committed() > since {
		o.Stuck = 0
		r.objects.Warm(k)
		if !o.Stands() {
			o.Tries, o.Next, o.Look = 0, 0, 0
		}
		if r.env.Watched() {
			for _, e := range o.Chosen(since, 1<<30) {
				r.env.Observe(quorate.Chosen{Log: k.Name, Slot: e.Slot, Ballot: e.Ballot, Commands: e.Commands})
			}
		}
	}
	for {
		e, ok := o.Execute()
		if !ok {
			return
		}
		r.execute(k, e)
	}
}

func (r *Replica) execute(k *objects.Key, e core.Entry) {
	for i := range e.Commands {
		c := e.Commands[i]
		if c.Op == quorate.OpNop {
			continue
		}
		c.Key = k.Name // so that its key is in memory once
		result := r.app.Apply(c)
		r.states.Changed(&c)
		r.requests.Executed(c.ID(), result, 0)
	}
	r.executed++
	if r.env.Watched() {
		r.env.Observe(quorate.Executed{Log: k.Name, Slot: e.Slot, Commands: e.Commands})
	}
}
