package core

import (
	"time"

	"github.com/quorate/quorate"
)

// probe is what a member has heard since it began to doubt its leader.
type probe struct {
	number quorate.Slot  // of the probe, repeated by the answers
	votes  quorate.Set   // who has answered
	larger quorate.Set   // who has heard the leader since this member did
	beat   Heartbeat     // the latest among them
	end    quorate.Slot  // nothing was accepted from here on, as far as was heard
	lease  time.Duration // for so long a lease binds some of them
}

// suspect asks everybody for the last sign of life of the leader. A member that
// alone does not hear it must not depose it.
func (n *node) suspect() {
	n.deadline = n.patience()
	if wait := n.bound(n.cfg.Self); wait > 0 {
		n.deadline = n.await(wait)
	}
	if n.barred() {
		return
	}
	if n.role == Follower {
		n.role = Probing
		n.probe = probe{number: n.probe.number + 1, votes: quorate.SetOf(n.self)}
	}
	n.counters.Probes++
	n.sendNow(quorate.Others, Prepare{Slot: n.probe.number})
	n.judge()
}

// answerProbe tells the leader's last sign of life, and promises nothing.
func (n *node) answerProbe(from int, m Prepare) {
	reply := n.prepareReply(m, ReasonProbe)
	reply.Leased = n.bound(n.cluster.ID(from))
	n.sendNow(n.cluster.ID(from), reply)
}

// countProbe takes the answer of a member.
func (n *node) countProbe(from int, m PrepareReply) {
	p := &n.probe
	if n.behind(from, m.Progress.Committed) {
		return
	}
	p.votes = p.votes.Add(from)
	p.end = max(p.end, m.End)
	// A leadership of this member's own is over, whoever remembers it.
	// Whom a lease binds would refuse, however old its news are.
	p.lease = max(p.lease, m.Leased)
	if n.beat.before(m.Heartbeat) && m.Heartbeat.Ballot.Owner() != n.cfg.Self || m.Leased > 0 {
		p.larger = p.larger.Add(from)
		if p.beat.before(m.Heartbeat) {
			p.beat = m.Heartbeat
		}
	}
	n.judge()
}

// judge decides once a promise quorum has answered. It stays put only if those
// with fresher news of the leader make a promise quorum together with the leader
// itself, which need not be heard here: they work, and would only be disturbed.
// With less evidence a duel is better than a halt.
func (n *node) judge() {
	p := &n.probe
	if !n.cfg.Quorums.Phase1(p.votes) {
		return
	}
	lively := p.larger
	if leader := n.cluster.Index(p.beat.Ballot.Owner()); leader >= 0 {
		if lively.Has(leader) {
			lively = lively.Add(n.self) // it hears the leader, too
		}
		lively = lively.Add(leader)
	}
	if !n.cfg.Quorums.Phase1(lively) {
		n.promote()
		return
	}
	// If the leader died just after that sign of life, the next probe will see
	// nothing newer.
	n.counters.Stays++
	if n.beat.before(p.beat) {
		n.beat = p.beat
	}
	n.role = Follower
	n.deadline = n.patience()
	if p.lease > 0 {
		n.deadline = n.await(p.lease)
	}
}

func (h Heartbeat) before(other Heartbeat) bool {
	return h.Ballot < other.Ballot || h.Ballot == other.Ballot && h.Seq < other.Seq
}

// stubborn is how many attempts a member gives up because another one knows more
// slots to be chosen. If it gets to know them no better, it goes on without that
// one: a promise quorum of others knows enough.
const stubborn = 4

// behind deals with a member that knows the slots below committed to be chosen.
// If that is more than is known here, this member catches up instead of going on:
// it would use those slots again. It reports whether it gave up its attempt.
func (n *node) behind(from int, committed quorate.Slot) bool {
	if committed <= n.log.Committed() {
		return false
	}
	n.fetch(from, committed, 0)
	if n.failures >= stubborn {
		return false
	}
	if n.role == Probing {
		n.failures++
	}
	n.backDown(0)
	return true
}
