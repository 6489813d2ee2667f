package epaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
)

// proposing is what an owner keeps.
type proposing struct {
	decide.Proposals
	fill *quorate.Timer // proposes what is queued, at the end of a batch of steps
	fast *quorate.Timer // gives up the fast path

	epoch quorate.Ballot // marks the requests that are in the queue or in an own instance
	next  uint64         // the number of the next own instance
	queue *quorate.Queue // commands not yet proposed
}

func (r *Replica) initProposing() {
	r.propose.epoch = 1
	r.propose.queue = quorate.NewQueue(r.requests, r.cfg.Batch, r.cfg.BatchBytes)
	r.propose.fill = r.env.NewTimer("fill", r.fill)
	r.propose.fast = r.env.NewTimer("fast", r.giveUpFast)
}

// enqueue takes a request into the next instance, which is filled at the end of
// the batch of steps.
func (r *Replica) enqueue(p *quorate.Admitted) {
	if p.Mark == r.propose.epoch {
		return
	}
	p.Mark = r.propose.epoch
	r.propose.queue.Push(p)
	r.propose.fill.Reset(0)
}

// fill proposes what is queued. While own proposals are on their way to the disk it
// gathers more: what it began now would have to wait for that sync and the next one,
// in instances that are the smaller.
func (r *Replica) fill() {
	if r.propose.Unsynced() {
		return
	}
	for r.propose.queue.Len() > 0 && r.mayBegin() {
		contended := func(c *quorate.Command) bool { return r.table.Contended(c, r.self) }
		for _, b := range decide.Apart(r.propose.queue, r.propose.Room(r.cfg.Window-1, r.cfg.Backlog-1), contended) {
			r.begin(b.Commands, b.Requests)
		}
	}
}

// mayBegin bounds the own instances, see [decide.Proposals]. A learner has none.
func (r *Replica) mayBegin() bool {
	return r.env.Voter() && r.propose.Room(r.cfg.Window, r.cfg.Backlog)
}

// begin proposes commands in the next own instance. Its number is used once: the
// message leaves when the record is durable.
func (r *Replica) begin(commands []quorate.Command, requests []*quorate.Admitted) {
	i := r.nextOwn()
	if i == nil {
		return // far beyond what others could store; the window does not allow it
	}
	deps := r.table.Deps(commands)
	p := decide.NewProposal(r.quorums, r.self, i.ID, core.Value{Commands: commands, Deps: deps})
	p.Requests, p.Sent, p.Begun, p.Asked = requests, r.env.Now(), r.env.Now(), r.asked(r.system.Fast)
	p.Told = p.Asked
	r.table.PreAccept(i, commands, deps)
	r.store(i)
	r.sendTo(p.Asked.Remove(r.self), PreAccept{i.ID, commands, deps})
	r.env.Send(r.env.ID(), PreAcceptReply{ID: i.ID, OK: true, Deps: i.Deps})
	r.propose.Add(p, i)
	r.changed()
}

// nextOwn returns an own instance that nobody has touched. Others may have
// recovered one of which they heard before this replica forgot it in a crash.
func (r *Replica) nextOwn() *core.Instance {
	for {
		i := r.table.Open(core.ID{Row: uint8(r.self), Number: r.propose.next})
		if i == nil {
			return nil
		}
		r.propose.next++
		if i.Phase == core.None && i.Promised == 0 {
			return i
		}
	}
}

// asked returns whom to ask: all, or when thrifty a smallest quorum with this
// replica, the nearest members first and the slow ones last.
func (r *Replica) asked(q quorate.Quorum) quorate.Set {
	if !r.cfg.Thrifty {
		return r.env.Cluster().All()
	}
	return quorate.Nearest(r.env.Cluster(), q, r.env.ID(), r.pace.Slow)
}

// own returns an own instance's proposal; nil if it is decided, or taken over.
func (r *Replica) own(id core.ID) (*decide.Proposal, *core.Instance) {
	if p := r.propose.Get(id); p != nil {
		return p, r.table.Get(id)
	}
	return nil, nil
}

func (r *Replica) onPreAcceptReply(from quorate.ID, m PreAcceptReply) {
	if r.propose.queue.Len() > 0 && from == r.env.ID() {
		r.propose.fill.Reset(0)
	}
	p, i := r.own(m.ID)
	if p == nil || !r.table.Fits(m.Deps) {
		return
	}
	r.pace.Answered(r.index(from), p.Begun, r.env.Now())
	// A refusal says that somebody recovers the instance. So does the promise of
	// this replica: it may decide nothing under the zero ballot any more.
	if !m.OK || i.Promised > 0 {
		p.Dead = i.Promised > 0
		return
	}
	r.proceed(p, i, p.PreAccepted(r.index(from), m.Deps))
}

// proceed does what a proposal asks for.
func (r *Replica) proceed(p *decide.Proposal, i *core.Instance, step decide.Step) {
	switch step {
	case decide.DoWait:
		if p.Until == 0 {
			p.Until = r.env.Now() + r.pace.Wait(r.env.Now()-p.Sent, r.quorums.Fast()-1, r.quorums.Slow()-1, r.cfg.FastWait)
			r.propose.fast.Reset(0) // to be set to whatever is due first
		}
	case decide.DoAccept:
		p.Sent, p.Slowed, p.Asked, p.Resent = r.env.Now(), r.env.Now(), r.asked(r.system.Phase2), 0
		if r.table.Accept(i, 0, p.Value) != core.Stored {
			p.Dead = true
			return
		}
		r.store(i)
		// The owner's vote need not be on disk: if it forgets that it proposed this
		// value, it goes on with another ballot, as everybody else would.
		r.tellOf(p, p.Asked, p.Knows(), r.sendNow, func(v core.Value) any { return Accept{0, i.ID, v} })
		r.env.Send(r.env.ID(), AcceptReply{ID: i.ID, OK: true})
	case decide.DoCommit:
		if p.Slow {
			r.commit(i, p.Value, quorate.PathSlow)
			r.tellOf(p, r.env.Cluster().All(), p.Told, r.sendNow, func(v core.Value) any { return Commit{i.ID, v} })
			return
		}
		// On the fast path nobody else knows that the value is final, and a recovery
		// would believe this replica if it forgot: so first to the disk, then to
		// anybody, this replica's own execution too.
		if r.table.Commit(i, p.Value) {
			r.store(i)
		}
		r.tellOf(p, r.env.Cluster().All(), p.Told, r.sendTo, func(v core.Value) any { return Commit{i.ID, v} })
		r.env.Send(r.env.ID(), Commit{i.ID, p.Value})
	}
}

// tellOf sends others a message with the value of a proposal, a short one to those
// who know the commands. Who is asked to vote must know them, who is told what is
// final can ask: there it is enough that they were sent.
func (r *Replica) tellOf(p *decide.Proposal, members, know quorate.Set, send func(quorate.Set, any), message func(core.Value) any) {
	members = members.Remove(r.self)
	if short := members & know; short != 0 {
		send(short, message(core.Value{Deps: p.Value.Deps, Short: true}))
	}
	if rest := members &^ know; rest != 0 {
		send(rest, message(p.Value))
		p.Told |= rest
	}
}

// giveUpFast takes to the slow path what has waited long enough.
func (r *Replica) giveUpFast() {
	due, next := r.propose.Waiting(r.env.Now())
	for _, p := range due {
		r.pace.Slow |= (p.Asked &^ p.Answered()).Remove(r.self)
		r.proceed(p, r.table.Get(p.ID), p.GoSlow())
	}
	if next > 0 {
		r.propose.fast.Reset(next - r.env.Now())
	}
}

// settled follows the commit of an own instance: what became a Nop is proposed
// anew, in another instance.
func (r *Replica) settled(i *core.Instance) {
	p := r.propose.Take(i.ID)
	if p == nil {
		return
	}
	again := 0
	for _, request := range p.Requests {
		if i.Nop && !request.Done() {
			request.Mark = 0
			r.enqueue(request)
			again++
		}
	}
	if again > 0 {
		r.env.Observe(quorate.Displaced{Log: r.log(i.ID.Row), Slot: quorate.Slot(i.ID.Number), Commands: again})
	}
	if r.propose.queue.Len() > 0 {
		r.propose.fill.Reset(0)
	}
}

// resendProposals repeats what is not answered, from now on to all.
func (r *Replica) resendProposals() {
	now, patience := r.env.Now(), r.patience()
	for _, p := range r.propose.Open() {
		if p.Dead || r.table.Get(p.ID).Phase == core.Committed || now-p.Sent < patience<<min(p.Resent, 3) {
			continue
		}
		silent := (r.env.Cluster().All() &^ p.Answered()).Remove(r.self)
		r.pace.Slow |= p.Asked & silent
		r.env.Observe(quorate.Retransmitted{Log: r.log(p.ID.Row), Slots: 1, Wider: p.Asked != r.env.Cluster().All()})
		p.Sent, p.Asked, p.Resent, p.Begun, p.Slowed = now, r.env.Cluster().All(), p.Resent+1, 0, 0
		p.Told |= silent
		if p.Slow {
			r.sendTo(silent, Accept{0, p.ID, p.Value})
		} else {
			r.sendTo(silent, PreAccept{p.ID, p.Value.Commands, p.Value.Deps})
		}
	}
}
