package epaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// at returns an instance that a message names; nil if there can be none, or its
// dependencies are not those of this cluster.
func (r *Replica) at(id core.ID, deps core.Deps) *core.Instance {
	if !r.table.Fits(deps) {
		return nil
	}
	return r.table.Open(id)
}

// votes is at for what asks for a vote. A learner casts none, also none that would
// be told of later.
func (r *Replica) votes(id core.ID, deps core.Deps) *core.Instance {
	if !r.env.Voter() {
		return nil
	}
	return r.at(id, deps)
}

// tell answers with the value of an instance that is committed.
func (r *Replica) tell(to quorate.ID, i *core.Instance) {
	r.env.Send(to, Commit{i.ID, i.Value()})
}

func (r *Replica) onPreAccept(from quorate.ID, m PreAccept) {
	if !r.proposes(from, 0, m.ID) || len(m.Commands) == 0 {
		return
	}
	i := r.votes(m.ID, m.Deps)
	if i == nil {
		return
	}
	switch r.table.PreAccept(i, m.Commands, m.Deps) {
	case core.Final:
		r.tell(from, i)
	case core.Refused:
		r.env.Send(from, PreAcceptReply{ID: m.ID, Promised: i.Promised})
	case core.Stored:
		r.store(i)
		fallthrough
	case core.Known:
		r.env.Send(from, PreAcceptReply{ID: m.ID, OK: true, Promised: i.Promised, Deps: i.Deps})
	}
	r.changed()
}

func (r *Replica) onAccept(from quorate.ID, m Accept) {
	if !r.proposes(from, m.Ballot, m.ID) {
		return
	}
	i := r.votes(m.ID, m.Value.Deps)
	if i == nil {
		return
	}
	v, ok := i.Whole(m.Value)
	if !ok {
		r.changed()
		return
	}
	switch r.table.Accept(i, m.Ballot, v) {
	case core.Final:
		r.tell(from, i)
	case core.Refused:
		r.env.Send(from, AcceptReply{Ballot: m.Ballot, ID: m.ID, Promised: i.Promised})
	case core.Stored:
		r.store(i)
		fallthrough
	case core.Known:
		r.env.Send(from, AcceptReply{Ballot: m.Ballot, ID: m.ID, OK: true, Promised: i.Promised})
	}
	r.changed()
}

// proposes reports whether a member may propose under a ballot: the zero one is
// the owner's.
func (r *Replica) proposes(member quorate.ID, b quorate.Ballot, id core.ID) bool {
	if b == 0 {
		return r.index(member) == int(id.Row)
	}
	return b.Owner() == member
}

func (r *Replica) onAcceptReply(from quorate.ID, m AcceptReply) {
	if m.Ballot == 0 {
		if p, i := r.own(m.ID); p != nil && m.OK {
			r.pace.Answered(r.index(from), p.Slowed, r.env.Now())
			r.proceed(p, i, p.Accepted(r.index(from)))
		}
		return
	}
	if c := r.recovery(m.ID, m.Ballot, m.OK, m.Promised); c != nil {
		r.advance(c, c.Accepted(r.index(from)))
	}
}

// onCommit learns a value. From this replica itself it comes back when the fast
// path's decision is on disk.
func (r *Replica) onCommit(from quorate.ID, m Commit) {
	if i := r.at(m.ID, m.Value.Deps); i != nil {
		path := quorate.PathNone
		if from == r.env.ID() {
			path = quorate.PathFast
		}
		v, ok := i.Whole(m.Value)
		if !ok {
			r.env.SendNow(from, Ask{[]core.ID{m.ID}})
			r.changed()
			return
		}
		r.commit(i, v, path)
	}
}

// commit makes a value final that others know to be so, and goes on from there.
func (r *Replica) commit(i *core.Instance, v core.Value, path quorate.Path) {
	if r.table.Commit(i, v) {
		r.later(i)
	}
	if !i.Node().Committed() {
		r.table.Order(i)
		r.open.Committed(i, r.env.Now())
		r.env.Observe(quorate.Chosen{Log: r.log(i.ID.Row), Slot: quorate.Slot(i.ID.Number), Ballot: i.Voted, Commands: i.Value().Commands, Path: path})
		if int(i.ID.Row) == r.self {
			r.settled(i)
		}
		r.recoveries.Decided(i.ID)
		r.resolve()
	}
	r.changed()
}

// onAsk tells what is committed. What is not known here is from now on: a learner that
// heard of it, maybe from one that forgot it since, cannot recover it itself.
func (r *Replica) onAsk(from quorate.ID, m Ask) {
	for _, id := range m.IDs[:min(len(m.IDs), maxAsked)] {
		if i := r.table.Open(id); i != nil && i.Phase == core.Committed {
			r.tell(from, i)
		}
	}
	r.changed()
}
