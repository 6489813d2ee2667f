package core

import (
	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/internal/planted/trex/paxos/core"
)

// mistakes is what planted bugs of more than a few lines keep. This file is written
// by hand, the others are copies of the protocol.
type mistakes struct {
	old quorate.Set // of old-promises: whose promises came under ballots that were given up
}

// keep remembers the promises of a ballot that is given up.
func (n *node) keep() {
	for s := n.open.first; s < n.open.next(); s++ {
		if o := n.open.at(s); o.phase == preparing {
			n.old |= o.tally.Yes().Remove(n.self)
		}
	}
}

// countOld counts them for a slot that is prepared under another one.
func (n *node) countOld(o *slot) {
	for i := range n.cluster.Size() {
		if n.old.Has(i) {
			o.tally.Vote(i, true)
		}
	}
}

// believe takes a value for chosen that nobody was asked to accept.
func (n *node) believe(s quorate.Slot, value []quorate.Command) {
	n.learn(paxos.Entry{Slot: s, Ballot: n.epoch, Chosen: true, Commands: value})
	if o := n.open.at(s); o != nil {
		o.phase = chosen
	}
	n.progressed()
	if n.role == Recoverer {
		n.lead()
	}
}

// raise goes on under a higher ballot, as if all had promised it.
func (n *node) raise() {
	n.seen = max(n.seen, n.log.Promised()).Next(n.cfg.Self)
	n.epoch, n.follows = n.seen, n.seen
	n.log.Promise(n.epoch)
	n.out.Promise = n.epoch
}

// goHigher raises the ballot and sends what is proposed again under it. It leaves
// when the ballot is on disk.
func (n *node) goHigher() {
	n.raise()
	for s := n.open.first; s < n.open.next(); s++ {
		o := n.open.at(s)
		if o.phase != accepting {
			continue
		}
		o.tally = quorate.NewTally(n.cfg.Quorums.Phase2, n.cluster.All())
		o.due = n.now + n.cfg.Retransmit
		if n.log.Accept(n.epoch, s, o.commands) == paxos.Accepted {
			n.out.Store = append(n.out.Store, paxos.Entry{Slot: s, Ballot: n.epoch, Commands: o.commands})
		}
		n.send(quorate.Others, Accept{n.epoch, s, o.commands, n.log.Committed()})
		n.voteSelf(s)
	}
}
