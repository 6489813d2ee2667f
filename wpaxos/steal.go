package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos/objects"
	"github.com/quorate/quorate/wpaxos/steal"
)

// takes reports whether the policy is to take at once what another zone owns. An
// object that has just been taken is left alone for a while, and so is one that
// was taken from here.
func (r *Replica) takes(k *objects.Key, owner quorate.ID) bool {
	now := r.env.Now()
	return r.cfg.Policy.Kind == steal.Immediate && zoneOf(r.env.Cluster(), owner) != r.zone &&
		(k.Since == 0 || now-k.Since >= r.cfg.Residence)
}

// maxStay bounds, in residences, for how long an object is expected to stay where it
// is to move.
const maxStay = 30

// hit counts where an own object is asked for, and hints to another zone that it
// should take it.
func (r *Replica) hit(k *objects.Key) {
	r.env.Observe(quorate.Asked{Log: k.Name, Zone: r.origin.zone})
	p, zone, now := r.cfg.Policy, r.origin.zone, r.env.Now()
	if !p.Counts() || k.Hits == nil && zone == r.zone {
		return
	}
	if k.Hits == nil {
		k.Hits = steal.NewHits(p, r.zone, len(r.env.Cluster().Zones()))
	}
	k.Hits.Last = now
	stayed := now - k.Since // and may stay for as long again
	to := p.Hit(k.Hits, zone, r.zone, r.members.Places(), min(max(stayed, r.cfg.Residence), maxStay*r.cfg.Residence))
	if k.Hits.Settled(p, r.zone) {
		k.Hits = nil
	}
	if to != r.zone && stayed >= r.cfg.Residence {
		k.Since = now // a hint is given once in a while
		thief := r.members.In(to)
		if to == zone {
			thief = r.origin.via
		}
		r.env.SendNow(thief, HandOver{k.Name, k.Promised()})
		r.env.Observe(quorate.Hinted{Log: k.Name, Ballot: k.Promised(), To: thief})
	}
}

// forget drops the hits of objects that nobody asks for any more, a few at a time.
func (r *Replica) forget() {
	for range min(64, r.objects.Count()) {
		r.cursor = (r.cursor + 1) % r.objects.Count()
		if k := r.objects.At(r.cursor); k.Hits != nil && r.env.Now()-k.Hits.Last > 60*r.cfg.Residence {
			k.Hits = nil
		}
	}
}

// onHandOver takes an object, if its owner is still who gives the hint.
func (r *Replica) onHandOver(from quorate.ID, m HandOver) {
	k := r.objects.Get(m.Key)
	if k != nil && m.Ballot.Owner() == from && k.Promised() == m.Ballot && !k.Stands() {
		r.steal(k, quorate.CauseHinted)
	}
}

// steal begins phase 1, at once or when this replica has backed off for long enough.
func (r *Replica) steal(k *objects.Key, cause quorate.Cause) {
	o, now := r.objects.Wake(k), r.env.Now()
	if o.Stands() || !r.env.Voter() {
		return
	}
	if o.Begun == 0 {
		o.Begun, o.Cause = now, cause
	}
	if o.Want = now < o.Next; o.Want {
		return
	}
	b := o.Promised().Next(r.env.ID())
	if b == 0 {
		return // ballots are exhausted
	}
	o.Steal(r.env.Cluster(), r.cfg.Quorums.Phase1, b)
	o.Next, o.Resent, o.Stuck = now+r.members.Phase1(), 0, 0
	k.Since = now
	r.env.Observe(quorate.Stood{Log: k.Name, Ballot: b, Cause: o.Cause})
	r.env.Persist(Promise{k.Name, b})
	m := P1a{Key: k.Name, Ballot: b, From: o.Committed()}
	r.env.Send(quorate.Others, m)
	r.env.Send(r.env.ID(), r.promise(k, m))
}

// goOn asks again for promises, or begins phase 1 when it is time. What cannot be
// taken for too long is given up, and its requests are refused; soon, if it is known
// that too few members are alive.
func (r *Replica) goOn(k *objects.Key) {
	o, now := k.Open, r.env.Now()
	switch {
	case now-o.Begun >= r.members.GiveUp(), now-o.Begun >= 2*r.members.Phase1() && r.members.Vain(1):
		for _, p := range o.Drain() {
			r.requests.GiveUp(p, quorate.ReasonNoLeader)
		}
		if !o.Want { // what was not begun is to be some time
			o.Next = now + r.jitter(r.members.Backoff()<<min(o.Tries, 4))
			o.Tries++
			r.env.Observe(quorate.GaveUp{Log: k.Name, Ballot: o.Promised()})
		}
		o.GiveUp()
		o.Want, o.Begun = false, 0
	case now < o.Next:
	case o.Want:
		r.steal(k, o.Cause)
	default:
		o.Resent++
		o.Next = now + r.members.Phase1()<<min(o.Resent, 3) // the silence may be of our making
		for i, id := range r.env.Cluster().IDs() {
			if !o.Recovery().Promised(i) {
				r.askAgain(k, id, i)
			}
		}
	}
}

// why says which members a request waits for in vain, if there are too few.
func (r *Replica) why(p *quorate.Admitted) (quorate.Reason, string) {
	if k := r.objects.Get(p.Command.Key); k != nil && !k.Owns() && (p.Mark == here || p.Mark == 0) {
		return r.members.Why(1)
	}
	return r.members.Why(2)
}

func (r *Replica) askAgain(k *objects.Key, to quorate.ID, member int) {
	r.env.Send(to, P1a{Key: k.Name, Ballot: k.Open.Recovery().Ballot(), From: k.Open.Recovery().Wanted(member)})
}

// onP1a answers phase 1 with what is accepted or chosen of the key.
func (r *Replica) onP1a(from quorate.ID, m P1a) {
	if m.Ballot.Owner() != from || !r.env.Voter() {
		return
	}
	k := r.objects.Put(m.Key)
	o := r.objects.Wake(k)
	r.raise(k, m.Ballot)
	if m.Ballot < o.Promised() {
		r.env.Send(from, P1b{Key: m.Key, Ballot: m.Ballot, Promised: o.Promised()})
		return
	}
	r.env.Send(from, r.promise(k, m))
}

// promise reports from the slot that is asked for, or the key's state if that slot
// is trimmed.
func (r *Replica) promise(k *objects.Key, m P1a) P1b {
	o, at := k.Open, m.From
	reply := P1b{Key: k.Name, Ballot: m.Ballot, OK: true, Promised: o.Promised()}
	if at < o.Base() {
		at = o.Executed()
		if state := r.app.Snapshot(nil, k.Name); len(state) <= r.cfg.ChunkBytes {
			reply.Upto, reply.State = at, state
		}
	}
	reply.Promise = o.Report(at, r.cfg.ChunkBytes)
	return reply
}

// onP1b counts a promise, and takes what it reports as chosen.
func (r *Replica) onP1b(from quorate.ID, m P1b) {
	k, i := r.objects.Get(m.Key), r.index(from)
	if k == nil || k.Open == nil || k.Open.Recovery() == nil || m.Ballot != k.Open.Recovery().Ballot() {
		return
	}
	o := k.Open
	if !m.OK {
		r.raise(k, m.Promised)
		return
	}
	if o.Resent == 0 && o.Recovery().Wanted(i) == o.Recovery().From() { // a first answer to a first question
		r.members.Took(from, r.env.Now()-k.Since)
	}
	if m.Upto > 0 {
		r.install(k, m.Upto, m.State)
	}
	rec := o.Recovery()
	switch {
	case m.Promise.Base > rec.From():
		r.fetch.Seek(k, from, m.Promise.Base) // phase 1 goes on when they are here
	case o.Far(): // an owner votes: it is asked again when that may go to disk
	case o.Add(i, m.Promise):
		if rec.Outcome() == quorate.Won {
			r.won(k)
		}
	case !rec.Promised(i) && m.Promise.More && rec.Wanted(i) == m.Promise.Next:
		r.askAgain(k, from, i)
	}
}

// won begins phase 2: what phase 1 has found is proposed again, and then what waits.
func (r *Replica) won(k *objects.Key) {
	o := k.Open
	o.Tries = 0
	o.Told = o.Committed()
	r.env.Observe(quorate.Elected{Log: k.Name, Ballot: o.Promised(), Cause: o.Cause})
	o.Win(r.env.Cluster(), r.cfg.Quorums.Phase2, func(commands []quorate.Command) { r.propose(k, commands) })
	r.advanced(k, o.Told)
	r.fillSoon(k)
}

// finish sees to a slot of which nobody says what became of it: the news may be
// lost, and then whoever has it is asked; or its owner is, and then somebody takes
// the object. Each waits a different time before it does.
func (r *Replica) finish(k *objects.Key) {
	o, now, owner := k.Open, r.env.Now(), k.Promised().Owner()
	switch {
	case o.Look == 0:
		o.Look = now + r.jitter(r.members.Patience())
	case now < o.Look:
	case owner == r.env.ID(), o.Tries > 0 && !r.members.Alive(owner), o.Tries > 2:
		r.steal(k, steal.Cause(o.Promised(), r.env.ID(), false))
	default:
		o.Tries++
		o.Look = now + r.jitter(r.members.Patience()<<o.Tries)
		if r.members.Alive(owner) {
			r.fetch.Ask(k, owner)
		}
	}
}
