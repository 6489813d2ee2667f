package core

import "github.com/quorate/quorate"

// backDown makes the member a follower, because of the higher ballot by or by
// itself. What it promised and accepted stays. If it has led, its open proposals
// are given up. The message that was the reason is answered all the same.
func (n *node) backDown(by quorate.Ballot) {
	switch n.role {
	case Follower:
		return
	case Leader:
		n.out.SteppedDown = n.epoch
		n.failures++
	case Recoverer:
		n.failures++
	}
	if n.led {
		n.release()
		n.led, n.out.Abdicated = false, true
		if by > n.epoch {
			n.out.By = by
		}
	}
	if n.leader == n.cfg.Self {
		n.leader, n.follows = 0, 0
	}
	n.role, n.epoch = Follower, 0
	n.open.clear()
	n.idle()
	n.deadline = n.patience()
}

// idle stops what only a leader has to do.
func (n *node) idle() {
	n.resendAt, n.commitAt, n.beatAt, n.checkAt = never, never, never, never
}

// resend repeats to the silent what they have not answered, under the same
// ballot, and each time later: the silence may be of its making. If somebody is
// known to have promised more, the same ballot may never win, and only phase 1
// makes another one good.
func (n *node) resend() {
	if n.resendAt = never; n.open.n == 0 {
		return
	}
	n.resendAt = n.now + n.cfg.Retransmit/2
	late := n.overdue(preparing)
	if len(late) == 0 {
		if late = n.overdue(accepting); len(late) > 0 && n.seen > n.epoch {
			n.promote()
			return
		}
	}
	for _, s := range late {
		n.repeat(s)
	}
}

// resends bounds how many slots are repeated at once.
const resends = 64

// overdue returns slots of a phase that have waited too long. Promises are
// wanted before anything is accepted: they give way more easily.
func (n *node) overdue(p phase) []quorate.Slot {
	var late []quorate.Slot
	for s := n.open.first; s < n.open.next() && len(late) < resends; s++ {
		if o := n.open.at(s); o.phase == p && n.now >= o.due {
			late = append(late, s)
		}
	}
	return late
}

func (n *node) repeat(s quorate.Slot) {
	o := n.open.at(s)
	silent := o.tally.Silent()
	o.resent, o.due = o.resent+1, n.now+n.cfg.Retransmit<<min(o.resent+1, 3)
	n.counters.Retries++
	if o.phase == preparing {
		m := Prepare{n.epoch, s}
		n.sendTo(silent.Remove(n.self), false, m)
		if silent.Has(n.self) {
			n.send(n.cfg.Self, n.prepareReply(m, ReasonNone))
		}
		return
	}
	n.counters.Retransmitted++
	n.sendTo(silent.Remove(n.self), true, Accept{n.epoch, s, o.commands, n.log.Committed()})
	if silent.Has(n.self) {
		n.voteSelf(s)
	}
}

// disown forgets what a member said before it lost its disk. Promises are of one
// piece: a recovery begins anew. A leader only forgets votes.
func (n *node) disown(member int) {
	n.rounds[member] = 0
	if n.role != Leader {
		n.backDown(0)
		return
	}
	for s := n.open.first; s < n.open.next(); s++ {
		o := n.open.at(s)
		if yes := o.tally.Yes(); o.phase == accepting && yes.Has(member) {
			no := o.tally.No()
			o.tally = quorate.NewTally(n.cfg.Quorums.Phase2, n.cluster.All())
			for i := range n.cluster.Size() {
				if i != member && (yes.Has(i) || no.Has(i)) {
					o.tally.Vote(i, yes.Has(i))
				}
			}
		}
	}
}
