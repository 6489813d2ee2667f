package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/objects"
)

// onWalk goes through all objects with open work: it sends again what was not
// answered, and sees to slots that nobody seems to see to. The others may rest.
func (r *Replica) onWalk() {
	more := r.objects.Walk(func(k *objects.Key) bool {
		o := k.Open
		r.resend(k)
		switch {
		case o.Recovery() != nil || o.Want:
			r.goOn(k)
		case o.Dangles():
			r.finish(k)
		}
		lacks, waits := r.fetch.Walk(k), o.Waiting() || o.Stuck != 0 && r.env.Now()-o.Stuck < 4*r.members.Patience()
		return lacks || waits || o.Recovery() != nil || o.Want || o.Open() > 0 || o.Dangles()
	})
	if more {
		r.walk.Reset(r.cfg.Retransmit / 2)
	}
}

// woken starts the walk.
func (r *Replica) woken() {
	if !r.walk.Armed() {
		r.walk.Reset(r.cfg.Retransmit / 2)
	}
}

// standing is what a step may end.
type standing struct {
	promised     quorate.Ballot
	stands, owns bool
}

func standingOf(o *objects.Open) standing { return standing{o.Promised(), o.Stands(), o.Owns()} }

// raise makes b what is promised, if it is higher than that, and persists it.
func (r *Replica) raise(k *objects.Key, b quorate.Ballot) {
	if b > k.Promised() {
		o := r.objects.Wake(k)
		before := standingOf(o)
		o.Raise(b)
		r.settle(k, before)
	}
}

// settle follows every step by which another's ballot, or what others have chosen,
// may have ended this replica's.
func (r *Replica) settle(k *objects.Key, before standing) {
	o := k.Open
	higher := o.Promised() != before.promised
	if higher {
		r.post.Post() // votes under the lower ballot are from before
		r.env.Persist(Promise{k.Name, o.Promised()})
		r.env.Observe(quorate.Promised{Log: k.Name, Ballot: o.Promised(), Before: before.promised})
		k.Since, o.Stuck, o.Want = r.env.Now(), 0, false
	}
	if higher || before.stands && !o.Stands() {
		r.yielded(k, before)
	}
}

// yielded sends the requests of an object to another owner. The one that was
// overtaken lets that one work for a while before it tries again.
func (r *Replica) yielded(k *objects.Key, before standing) {
	o := k.Open
	if before.stands {
		o.Next = r.env.Now() + r.jitter(r.members.Backoff()<<min(o.Tries, 4))
		o.Tries++
		r.env.Observe(quorate.SteppedDown{Log: k.Name, Ballot: before.promised, By: o.Promised(), Owned: before.owns})
	}
	k.Hits, o.Begun = nil, 0
	waiting := append(o.Proposed, o.Drain()...)
	o.Proposed = nil
	for _, p := range waiting {
		if !p.Done() {
			p.Mark = 0
			r.route(p)
		}
	}
}

// enqueue takes a request into the next free slot, once this replica owns the object.
// It is filled at the end of the batch of steps.
func (r *Replica) enqueue(k *objects.Key, p *quorate.Admitted) {
	o := r.objects.Wake(k)
	if p.Mark == here {
		return
	}
	if o.Owns() && r.origin.zone >= 0 {
		r.hit(k)
	}
	p.Mark = here
	if o.Queue == nil {
		o.Queue = quorate.NewQueue(r.requests, r.cfg.Batch, r.cfg.BatchBytes)
	}
	o.Queue.Push(p)
	r.fillSoon(k)
}

// here marks a request that waits or is proposed here. One that was forwarded has
// the ballot of the owner it went to.
const here = ^quorate.Ballot(0)

func (r *Replica) fillSoon(k *objects.Key) {
	if o := k.Open; !o.Filled && o.Owns() && o.Waiting() {
		o.Filled = true
		r.filling = append(r.filling, k)
		r.soon()
	}
}

// store persists an entry.
func (r *Replica) store(k *objects.Key, e core.Entry) {
	r.objects.Warm(k)
	r.env.Persist(Accepted{k.Name, e})
}
