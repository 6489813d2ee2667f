package core

import (
	"slices"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

// promote begins phase 1 under a ballot above all that were heard of, for every
// slot that may hold a value, and one more: so that something is always chosen
// under the new ballot. Proposals that are open stay so, but under the new ballot
// nothing is accepted before a promise quorum for it has been asked about the slot.
//
// The ballot is on disk before anybody hears of it: after a crash it must not be
// used again, for other values.
func (n *node) promote() {
	b := max(n.seen, n.log.Promised()).Next(n.cfg.Self)
	if b == 0 || n.barred() { // the first: ballots are exhausted
		n.backDown(0)
		return
	}
	if n.role == Leader {
		n.out.SteppedDown, n.out.By = n.epoch, n.seen
	}
	n.idle()
	n.counters.Ballots++
	n.log.Promise(b)
	n.out.Promise = b
	n.role, n.epoch, n.seen = Recoverer, b, b
	n.leader, n.follows = 0, 0
	committed := n.log.Committed()
	if n.open.n == 0 {
		n.open.first = committed
	}
	n.open.extend(committed + 1)
	for s := n.open.first; s < n.open.next(); s++ {
		o := n.open.at(s)
		*o = slot{mine: o.mine, commands: o.commands}
	}
	n.preparing, n.accepting = 0, 0
	n.prepareAt, n.recoverTo = committed, committed
	n.widen(max(n.log.End(), n.probe.end, n.open.next()-1) + 1)
	for i := range n.heard {
		n.heard[i] = n.now
	}
	n.deadline = n.patience()
	n.resendAt = n.now + n.cfg.Retransmit
	n.prepareMore()
}

// widen makes the recovery go up to slot to. No log holds a value further away
// than Span.
func (n *node) widen(to quorate.Slot) {
	n.recoverTo = max(n.recoverTo, min(to, n.log.Committed()+paxos.Span))
	n.open.extend(n.recoverTo)
}

// prepareMore asks about the next slots, as many as may be asked about at once.
func (n *node) prepareMore() {
	for ; n.prepareAt < n.recoverTo && n.preparing < n.cfg.Prepares; n.prepareAt++ {
		o := n.open.at(n.prepareAt)
		o.phase = preparing
		o.tally = quorate.NewTally(n.cfg.Quorums.Phase1, n.cluster.All())
		o.due = n.now + n.cfg.Retransmit
		n.preparing++
		m := Prepare{n.epoch, n.prepareAt}
		n.send(quorate.Others, m)
		n.send(n.cfg.Self, n.prepareReply(m, ReasonNone))
	}
}

// receive gives a promise, for all slots, and reports on one.
func (m Prepare) receive(n *node, from int) {
	if m.Ballot == 0 && from != n.self {
		n.answerProbe(from, m)
		return
	}
	if !n.owns(from, m.Ballot) {
		return
	}
	n.see(m.Ballot)
	reason, wait := ReasonNone, n.bound(m.Ballot.Owner())
	switch before := n.log.Promised(); {
	case m.Ballot < before:
		reason = ReasonBallot
	case n.learner:
		reason = ReasonLearner
	case wait > 0:
		reason = ReasonLease
	case m.Slot < n.log.Committed():
		reason = ReasonCommitted // what is chosen there is known: nobody shall propose for it again
	case m.Ballot > before:
		n.backDown(m.Ballot)
		n.log.Promise(m.Ballot)
		n.out.Promise = m.Ballot
		n.leader, n.follows = 0, 0
		n.asked = m.Slot
		n.deadline = n.patience()
	case m.Slot > n.asked: // a recovery that goes on is left in peace
		n.backDown(m.Ballot)
		n.asked = m.Slot
		n.deadline = n.patience()
	}
	reply := n.prepareReply(m, reason)
	reply.Leased = wait
	n.send(n.cluster.ID(from), reply)
}

// prepareReply answers a Prepare: with a promise if there is no reason against it.
func (n *node) prepareReply(m Prepare, reason Reason) PrepareReply {
	reply := PrepareReply{
		Ballot: m.Ballot, Slot: m.Slot, OK: reason == ReasonNone, Reason: reason,
		Progress: n.progress(), CommitBallot: n.commitBallot(), End: max(n.log.End(), n.log.Committed()), Heartbeat: n.beat,
	}
	if reply.OK {
		reply.Accepted, _ = n.log.Entry(m.Slot)
	}
	return reply
}

// plausible reports whether a member can have said so.
func (m *PrepareReply) plausible() bool {
	e := &m.Accepted
	return m.End-m.Progress.Committed <= paxos.Span && // that it is not below, too
		(!m.OK || m.Progress.Promised == m.Ballot && (blank(e) || e.Slot == m.Slot && (e.Chosen || e.Ballot < m.Ballot)))
}

func blank(e *paxos.Entry) bool { return e.Ballot == 0 && !e.Chosen }

// receive counts a promise for the very ballot and slot that is asked about.
func (m PrepareReply) receive(n *node, from int) {
	if !m.plausible() {
		return
	}
	n.see(max(m.Progress.Promised, m.CommitBallot, m.Heartbeat.Ballot))
	if m.Ballot == 0 {
		if n.role == Probing && m.Slot == n.probe.number && from != n.self {
			n.countProbe(from, m)
		}
		return
	}
	if n.role != Recoverer || m.Ballot != n.epoch {
		return
	}
	n.heard[from] = n.now
	if n.behind(from, m.Progress.Committed) {
		return
	}
	o := n.open.at(m.Slot)
	if o == nil || o.phase != preparing {
		return
	}
	if m.OK {
		if e := m.Accepted; !blank(&e) && !o.best.Chosen && (e.Chosen || e.Ballot > o.best.Ballot) {
			o.best = e
		}
		// A member that has promised accepts nothing under a lower ballot any more.
		// So what may have been chosen lies below the ends of any promise quorum.
		n.widen(m.End)
		o = n.open.at(m.Slot)
	}
	if !m.OK && m.Reason == ReasonLease { // it is asked again when that has ended
		o.due, o.resent = n.await(m.Leased), 0
		n.resendAt = min(n.resendAt, o.due)
		n.deadline = max(n.deadline, o.due+n.cfg.TimeoutMin)
		return
	}
	switch o.tally.Vote(from, m.OK) {
	case quorate.Won:
		n.recovered(m.Slot)
	case quorate.Lost:
		n.backDown(n.seen)
	}
}

// recovered goes on to phase 2 with the value that phase 1 found in slot s, or
// with a no-op. With the last one this member leads.
func (n *node) recovered(s quorate.Slot) {
	n.preparing--
	n.prepareMore()
	o := n.open.at(s)
	value := o.best.Commands
	if blank(&o.best) {
		value = paxos.NoOp()
	}
	if o.mine && !same(o.commands, value) {
		o.mine = false
		n.out.Replaced = append(n.out.Replaced, s)
	}
	n.accept(s, value)
	n.lead()
}

func same(a, b []quorate.Command) bool {
	return slices.EqualFunc(a, b, func(x, y quorate.Command) bool { return x.Equal(&y) })
}

// reconsider is for a recovery that takes long. Against a higher ballot that
// somebody has promised only a higher one helps. One that nobody answers waits
// as a follower, which may hear of another leader.
func (n *node) reconsider() {
	switch {
	case n.seen > n.epoch:
		n.promote()
	case !n.answered(n.cfg.Quorums.Phase1):
		n.backDown(0)
	default:
		n.deadline = n.patience()
	}
}
