package paxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// elected begins phase 2: the values of phase 1 are proposed again under the
// new ballot, and only then new commands.
func (r *Replica) elected() {
	rec := r.election.recovery
	r.become(leader)
	r.election.recovery = nil
	r.election.failures = 0
	r.election.resend.Stop()
	r.election.timer.Stop()
	r.catchup.timer.Stop() // phase 1 has reported all there is to know
	r.states.Drop()
	r.setLeader(r.env.ID(), rec.Ballot())
	r.env.Observe(quorate.Elected{Ballot: rec.Ballot()})
	r.startLeadership(rec)
	for _, e := range rec.Values() {
		if e.Chosen {
			r.learn(e)
			r.lead.proposals.Skip()
			continue
		}
		r.propose(e.Commands)
	}
	if r.lead.proposals.Open() == 0 {
		r.propose(core.NoOp()) // reads wait for a commit under this ballot
	}
	r.lead.barrier = r.lead.proposals.Next()
	r.heartbeat()
	r.requests.RouteAll()
}

// enqueue takes a client's request into the next free slot. It is filled at the end
// of the batch of steps: commands that arrive together share a slot.
func (r *Replica) enqueue(p *quorate.Admitted) {
	if p.Mark == r.lead.proposals.Ballot() {
		return // it is in the queue or in a slot already
	}
	p.Mark = r.lead.proposals.Ballot()
	r.lead.queue.Push(p)
	r.lead.fill.Reset(0)
}

// fill proposes what is queued, as the window allows.
func (r *Replica) fill() {
	if l := &r.lead; r.role == leader {
		if wait := l.queue.Fill(r.env.Now(), r.mayPropose, l.proposals.Open, r.proposeFor); wait > 0 {
			l.fill.Reset(wait)
		}
	}
}

func (r *Replica) proposeFor(commands []quorate.Command, _ []*quorate.Admitted) {
	r.propose(commands)
}

func (r *Replica) mayPropose() bool {
	return r.lead.proposals.Room(r.cfg.Window, max(r.cfg.LogLimit, r.cfg.Window))
}

// propose runs phase 2a for the next slot. The request may leave before this
// replica's own vote is on disk, since the ballot is: the votes are what counts.
func (r *Replica) propose(commands []quorate.Command) {
	asked := r.asked()
	s := r.lead.proposals.Propose(commands, r.env.Now(), asked)
	b := r.lead.proposals.Ballot()
	if r.log.Accept(b, s, commands) == core.Accepted {
		r.store(core.Entry{Slot: s, Ballot: b, Commands: commands})
	}
	r.sendTo(asked.Remove(r.self), r.p2a(s, commands))
	r.env.Send(r.env.ID(), P2b{Ballot: b, Slot: s, OK: true, Promised: b, Executed: r.executed})
	if asked == r.env.Cluster().All() {
		r.lead.announced = r.log.Committed()
	}
}

func (r *Replica) p2a(s quorate.Slot, commands []quorate.Command) P2a {
	return P2a{Ballot: r.lead.proposals.Ballot(), Slot: s, Commands: commands, Commit: r.log.Committed(), Trim: r.lead.trimmable}
}

func (r *Replica) sendTo(members quorate.Set, m any) {
	if members == r.env.Cluster().All().Remove(r.self) {
		r.env.SendNow(quorate.Others, m)
		return
	}
	for ; members != 0; members = members.Remove(members.Lowest()) {
		r.env.SendNow(r.env.Cluster().ID(members.Lowest()), m)
	}
}

// store persists an entry of the log.
func (r *Replica) store(e core.Entry) { r.env.Persist(Accepted{e}) }

// onP2a votes in phase 2. The vote waits for the disk.
func (r *Replica) onP2a(from quorate.ID, m P2a) {
	if m.Ballot.Owner() != from {
		return
	}
	before := r.log.Promised()
	reply := P2b{Ballot: m.Ballot, Slot: m.Slot, Promised: max(before, m.Ballot)}
	switch r.log.Accept(m.Ballot, m.Slot, m.Commands) {
	case core.Refused:
		r.env.Send(from, reply)
		return
	case core.Beyond:
		r.fetch(from, m.Commit)
		return
	case core.Accepted:
		r.store(core.Entry{Slot: m.Slot, Ballot: m.Ballot, Commands: m.Commands})
	case core.Known:
		if m.Ballot > before {
			r.env.Persist(Promise{m.Ballot})
		}
	}
	r.follow(from, m.Ballot)
	r.commitTo(from, m.Ballot, m.Commit)
	r.trimTo(m.Trim)
	reply.OK, reply.Executed = true, r.executed
	r.env.Send(from, reply)
}

// counts reports whether a reply is for this leadership and says yes. A refusal
// under a higher promise ends the leadership.
func (r *Replica) counts(b quorate.Ballot, ok bool, promised quorate.Ballot) bool {
	r.seen = max(r.seen, promised)
	if r.role != leader || b != r.lead.proposals.Ballot() {
		return false
	}
	if !ok && promised > b {
		r.resign(promised)
	}
	return ok
}

// onP2b counts a vote. What it must not count: votes for another ballot,
// refusals, and the same acceptor twice.
func (r *Replica) onP2b(from quorate.ID, m P2b) {
	if !r.counts(m.Ballot, m.OK, m.Promised) {
		return
	}
	i := r.index(from)
	r.lead.saw(i, m.Executed, r.env.Now())
	r.lead.slow = r.lead.slow.Remove(i)
	if !r.lead.proposals.Vote(i, m.Ballot, m.Slot) {
		return
	}
	before := r.log.Committed()
	r.log.Choose(m.Slot)
	r.advanced(before)
	if r.lead.queue.Chosen(r.env.Now(), r.lead.proposals.Open()) {
		r.lead.fill.Reset(0)
	}
	if !r.lead.commit.Armed() {
		r.lead.commit.Reset(r.cfg.CommitDelay)
	}
}

// announce tells of commits that no proposal has carried meanwhile.
func (r *Replica) announce() {
	if r.role == leader && r.lead.announced < r.log.Committed() {
		r.lead.announced = r.log.Committed()
		r.env.SendNow(quorate.Others, P3{r.lead.proposals.Ballot(), r.log.Committed()})
	}
}

// resendAccepts repeats P2a to those that have not voted, under the same
// ballot. With thrifty quorums this is also where the others are asked.
func (r *Replica) resendAccepts() {
	if r.role != leader {
		return
	}
	now, left := r.env.Now(), r.cfg.Window
	r.lead.proposals.Each(func(p *core.Proposal) bool {
		if now-p.Sent >= r.cfg.Retransmit<<min(p.Resent, 3) { // longer each time: the silence may be of our making
			silent := r.env.Cluster().All() &^ p.Voted()
			r.lead.slow |= p.Asked & silent
			p.Sent, p.Asked, p.Resent = now, r.env.Cluster().All(), p.Resent+1
			r.sendTo(silent.Remove(r.self), r.p2a(p.Slot, p.Commands))
			r.env.Observe(quorate.Retransmitted{Slots: 1})
			left--
		}
		return left > 0
	})
	r.lead.resend.Reset(r.cfg.Retransmit / 2)
}
