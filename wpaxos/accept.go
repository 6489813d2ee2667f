package wpaxos

import (
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/objects"
)

// onFill ends a batch of steps: it proposes what waits, as the windows allow, and
// sends what has gathered.
func (r *Replica) onFill() {
	keys := r.filling
	r.filling = nil
	for _, k := range keys {
		o := k.Open
		o.Filled = false
		for o.Owns() && o.Queue.Len() > 0 && o.Room(r.cfg.Window) {
			commands, requests := o.Queue.Batch()
			if len(commands) == 0 {
				break
			}
			if len(o.Proposed) > 2*r.cfg.Window*r.cfg.Batch {
				o.Proposed = slices.DeleteFunc(o.Proposed, (*quorate.Admitted).Done)
			}
			o.Proposed = append(o.Proposed, requests...)
			r.propose(k, commands)
		}
	}
	r.post.Post()
	r.fill.Stop() // it was armed by what has left now
}

// soon has onFill run at the end of the batch of steps.
func (r *Replica) soon() {
	if !r.fill.Armed() {
		r.fill.Reset(0)
	}
}

// propose runs phase 2a for the next slot. The request may leave before this
// replica's own vote is on disk, since the ballot is: the votes are what counts.
func (r *Replica) propose(k *objects.Key, commands []quorate.Command) {
	o := k.Open
	e := o.Propose(r.env.Cluster(), r.cfg.Quorums.Phase2, commands, r.env.Now(), r.members.Near())
	r.store(k, e)
	r.post.Ask(r.members.Near(), P2a{Key: k.Name, Ballot: e.Ballot, Slot: e.Slot, Commands: commands, Commit: o.Committed()})
	r.post.Vote(r.env.ID(), P2b{Key: k.Name, Ballot: e.Ballot, Slot: e.Slot, OK: true, Promised: e.Ballot})
}

// resend repeats P2a to all that have not voted. Here also those are asked that are
// not near: a zone that lost too many members so borrows votes of another, if the
// quorums allow it.
func (r *Replica) resend(k *objects.Key) {
	o, now := k.Open, r.env.Now()
	left, again := r.cfg.Window, r.members.Phase2()
	o.Proposals(func(p *core.Proposal) bool {
		if now-p.Sent >= again<<min(p.Resent, 3) {
			p.Sent, p.Asked, p.Resent = now, r.env.Cluster().All(), p.Resent+1
			r.post.Ask(r.env.Cluster().All()&^p.Voted(), P2a{Key: k.Name, Ballot: o.Promised(), Slot: p.Slot, Commands: p.Commands, Commit: o.Committed()})
			r.env.Observe(quorate.Retransmitted{Log: k.Name, Slots: 1})
			left--
		}
		return left > 0
	})
}

// onP2a votes in phase 2. The vote waits for the disk.
func (r *Replica) onP2a(from quorate.ID, m P2a) {
	if m.Ballot.Owner() != from || !r.env.Voter() {
		return
	}
	k := r.objects.Put(m.Key)
	o := r.objects.Wake(k)
	before := standingOf(o)
	verdict := o.Vote(m.Ballot, m.Slot, m.Commands)
	r.settle(k, before)
	reply := P2b{Key: m.Key, Ballot: m.Ballot, Slot: m.Slot, OK: true, Promised: o.Promised()}
	switch verdict {
	case core.Refused:
		reply.OK = false
		r.post.Vote(from, reply)
		return
	case core.Beyond:
		r.fetch.Seek(k, from, m.Commit)
		return
	case core.Accepted:
		r.store(k, core.Entry{Slot: m.Slot, Ballot: m.Ballot, Commands: m.Commands})
	}
	r.commitTo(k, from, m.Ballot, m.Commit)
	r.post.Vote(from, reply)
}

// onP2b counts a vote. A refusal under a higher promise ends the ownership.
func (r *Replica) onP2b(from quorate.ID, m P2b) {
	k := r.objects.Get(m.Key)
	if k == nil || k.Open == nil || !k.Open.Owns() || m.Ballot != k.Open.Promised() {
		return
	}
	o := k.Open
	if !m.OK {
		r.raise(k, m.Promised)
		return
	}
	committed := o.Committed()
	if !o.Count(r.index(from), m.Ballot, m.Slot) {
		return
	}
	r.advanced(k, committed)
	if o.Open() == 0 {
		clear(o.Proposed)
		o.Proposed = o.Proposed[:0]
	}
	r.fillSoon(k)
	if !o.Tells {
		o.Tells = true
		r.telling = append(r.telling, k)
	}
	if !r.tell.Armed() {
		r.tell.Reset(r.cfg.Tell)
	}
}
