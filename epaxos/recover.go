package epaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/decide"
	"github.com/quorate/quorate/epaxos/open"
)

// startRecovery begins to decide an instance in its owner's place, under a ballot
// that nobody has used.
func (r *Replica) startRecovery(o open.Entry) {
	i := o.Instance
	b := max(i.Promised, o.Heard).Next(r.env.ID())
	if b == 0 || r.table.Promise(i, b) != core.Stored {
		return
	}
	r.store(i)
	c := decide.NewRecovery(r.quorums, i.ID, b)
	c.Sent, c.Began, c.Wait = r.env.Now(), r.env.Now(), r.patience()<<min(o.Again(), 4)
	r.recoveries.Begin(c)
	r.recovers(c, quorate.StagePromises)
	r.env.Send(quorate.Others, Recover{b, i.ID})
	r.env.Send(r.env.ID(), RecoverReply{Ballot: b, ID: i.ID, OK: true, Promised: b, State: i.State()})
}

// recovery returns the recovery that a reply belongs to, nil if it says no or is
// of another one. Who promised more than this recovery's ballot has ended it; who
// has more patience than others lets them finish.
func (r *Replica) recovery(id core.ID, b quorate.Ballot, ok bool, promised quorate.Ballot) *decide.Recovery {
	c := r.recoveries.Get(id)
	if c == nil || c.Ballot != b {
		return nil
	}
	if !ok {
		if promised > b {
			r.outdone(id, promised)
		}
		return nil
	}
	return c
}

// outdone gives up a recovery in favour of one with a higher ballot.
func (r *Replica) outdone(id core.ID, promised quorate.Ballot) {
	r.recoveries.End(id)
	r.open.BackOff(id, promised, r.env.Now())
}

func (r *Replica) onRecover(from quorate.ID, m Recover) {
	if m.Ballot.Owner() != from {
		return
	}
	i := r.votes(m.ID, nil)
	if i == nil {
		return
	}
	reply := RecoverReply{Ballot: m.Ballot, ID: m.ID}
	switch r.table.Promise(i, m.Ballot) {
	case core.Final:
		r.tell(from, i)
		return
	case core.Stored:
		r.store(i)
		r.outdone(i.ID, m.Ballot) // let that one try
		fallthrough
	case core.Known:
		reply.OK, reply.State = true, i.State()
	}
	reply.Promised = i.Promised
	r.env.Send(from, reply)
	r.changed()
}

func (r *Replica) onRecoverReply(from quorate.ID, m RecoverReply) {
	if m.State.Value.Short || !r.table.Fits(m.State.Value.Deps) || !r.table.Fits(m.State.InitDeps) {
		return
	}
	if c := r.recovery(m.ID, m.Ballot, m.OK, m.Promised); c != nil {
		r.advance(c, c.Promised(r.index(from), m.State))
	}
}

func (r *Replica) onValidate(from quorate.ID, m Validate) {
	if m.Ballot.Owner() != from {
		return
	}
	i := r.votes(m.ID, m.Deps)
	if i == nil {
		return
	}
	reply := ValidateReply{Ballot: m.Ballot, ID: m.ID}
	found, verdict := r.table.Validate(i, m.Ballot, m.Commands, m.Deps)
	switch verdict {
	case core.Final:
		r.tell(from, i)
		return
	case core.Stored:
		r.store(i)
		fallthrough
	case core.Known:
		reply.OK, reply.Conflicts = true, found
	}
	reply.Promised = i.Promised
	r.env.Send(from, reply)
	r.changed()
}

func (r *Replica) onValidateReply(from quorate.ID, m ValidateReply) {
	if c := r.recovery(m.ID, m.Ballot, m.OK, m.Promised); c != nil {
		r.advance(c, c.Validated(r.index(from), m.Conflicts))
	}
}

func (r *Replica) onWaiting(_ quorate.ID, m Waiting) {
	if i := r.at(m.ID, nil); i != nil {
		i.Waited = max(i.Waited, int(m.Same))
		r.resolve()
		r.changed()
	}
}

// resolve looks whether recoveries that wait can go on.
func (r *Replica) resolve() {
	r.recoveries.Each(func(c *decide.Recovery) {
		if c.Waits() {
			r.advance(c, c.Resolve(r.table.Get))
		}
	})
}

// advance does what a recovery asks for.
func (r *Replica) advance(c *decide.Recovery, step decide.Step) {
	if step == decide.Nothing {
		return
	}
	i := r.table.Get(c.ID)
	c.Sent, c.Resent = r.env.Now(), 0
	switch step {
	case decide.DoCommit:
		r.env.SendNow(quorate.Others, Commit{i.ID, c.Value})
		r.commit(i, c.Value, quorate.PathRecovered)
	case decide.DoAccept:
		if i.Phase == core.Committed || i.Promised != c.Ballot {
			return // it ends by itself
		}
		r.recovers(c, quorate.StageVotes)
		r.table.Accept(i, c.Ballot, c.Value)
		r.store(i)
		r.env.Send(quorate.Others, Accept{c.Ballot, i.ID, c.Value})
		r.env.Send(r.env.ID(), AcceptReply{Ballot: c.Ballot, ID: i.ID, OK: true, Promised: c.Ballot})
		r.changed()
	case decide.DoValidate:
		r.recovers(c, quorate.StageValidation)
		r.sendTo(c.Missing(), Validate{c.Ballot, i.ID, c.Value.Commands, c.Value.Deps})
	case decide.DoWait:
		r.recovers(c, quorate.StageOthers)
		r.env.Send(quorate.Others, Waiting{i.ID, uint8(c.Same())})
		for _, conflict := range c.Conflicts() {
			if j := r.table.Open(conflict.ID); j != nil {
				r.changed()
				r.open.Hurry(j.ID, r.env.Now())
			}
		}
		r.changed()
		r.advance(c, c.Resolve(r.table.Get)) // what they wait for may be decided here
	}
}

func (r *Replica) recovers(c *decide.Recovery, s quorate.Stage) {
	r.env.Observe(quorate.Recovering{Log: r.log(c.ID.Row), Slot: quorate.Slot(c.ID.Number), Ballot: c.Ballot, Stage: s})
}

// resendRecoveries repeats what is not answered. One that takes too long begins
// anew under a higher ballot: somebody of those it asked may be gone.
func (r *Replica) resendRecoveries() {
	now := r.env.Now()
	r.recoveries.Each(func(c *decide.Recovery) {
		id := c.ID
		if now-c.Began >= 10*c.Wait {
			r.outdone(id, 0)
			return
		}
		if !r.recoveries.Repeat(c, now) {
			return
		}
		missing := c.Missing()
		switch {
		case c.Validating():
			r.sendTo(missing, Validate{c.Ballot, id, c.Value.Commands, c.Value.Deps})
		case c.Accepting():
			r.sendTo(missing.Remove(r.self), Accept{c.Ballot, id, c.Value})
		default:
			r.sendTo(missing.Remove(r.self), Recover{c.Ballot, id})
		}
		if c.Waits() {
			r.env.Send(quorate.Others, Waiting{id, uint8(c.Same())})
		}
	})
}
