package core

import (
	"fmt"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

func (n *node) room() bool {
	return n.role == Leader && n.accepting < n.cfg.Window && n.open.n < paxos.Span
}

// propose gives a client's commands the next slot.
func (n *node) propose(commands []quorate.Command) {
	if !n.room() {
		return
	}
	s := n.open.next()
	n.open.extend(s + 1)
	n.open.at(s).mine = true
	n.out.Slot, n.out.Taken = s, true
	n.accept(s, commands)
}

// accept runs phase 2 for slot s. The request may leave before this member's own
// vote is on disk, since the ballot is.
func (n *node) accept(s quorate.Slot, commands []quorate.Command) {
	o := n.open.at(s)
	o.phase, o.commands, o.best = accepting, commands, paxos.Entry{}
	o.tally = quorate.NewTally(n.cfg.Quorums.Phase2, n.cluster.All())
	o.due, o.resent = n.now+n.cfg.Retransmit, 0
	n.accepting++
	switch n.log.Accept(n.epoch, s, commands) {
	case paxos.Accepted:
		n.out.Store = append(n.out.Store, paxos.Entry{Slot: s, Ballot: n.epoch, Commands: commands})
	case paxos.Known: // chosen, and it is what phase 1 found
	default:
		panic(fmt.Sprintf("trex: broken invariant: %v cannot accept what it proposes itself, slot %v under %v; it promised %v", n.cfg.Self, s, n.epoch, n.log.Promised()))
	}
	n.sendNow(quorate.Others, Accept{n.epoch, s, commands, n.log.Committed()})
	n.voteSelf(s)
	n.commitAt = never
	n.resendAt = min(n.resendAt, o.due)
}

// voteSelf sends this member's own vote to itself: it comes back, and counts,
// when it is on disk.
func (n *node) voteSelf(s quorate.Slot) {
	n.send(n.cfg.Self, AcceptReply{Ballot: n.epoch, Slot: s, OK: true, Progress: n.progress()})
}

// receive votes. The vote waits for the disk, and is a promise as well.
func (m Accept) receive(n *node, from int) {
	if !n.owns(from, m.Ballot) {
		return
	}
	n.see(m.Ballot)
	before := n.log.Promised()
	reply := AcceptReply{Ballot: m.Ballot, Slot: m.Slot}
	known, _ := n.log.Entry(m.Slot)
	switch {
	case m.Ballot < before:
		reply.Reason = ReasonBallot
	case n.learner:
		n.follow(from, m.Ballot)
		n.commitTo(from, m.Ballot, m.Committed)
		return // it learns the value once it is chosen
	case m.Slot < n.log.Committed() && known.Ballot != m.Ballot:
		reply.Reason = ReasonCommitted
	case m.Slot >= n.log.Committed()+paxos.Span:
		n.fetch(from, m.Committed, n.cfg.CommitDelay)
		return // no vote, but no refusal either
	default:
		reply.OK = true
		n.vote(from, m, before)
	}
	reply.Progress = n.progress()
	n.send(n.cluster.ID(from), reply)
}

func (n *node) vote(from int, m Accept, before quorate.Ballot) {
	if m.Ballot > before {
		n.backDown(m.Ballot)
	}
	switch n.log.Accept(m.Ballot, m.Slot, m.Commands) {
	case paxos.Accepted:
		n.out.Store = append(n.out.Store, paxos.Entry{Slot: m.Slot, Ballot: m.Ballot, Commands: m.Commands})
	case paxos.Known:
		if m.Ballot > before {
			n.out.Promise = m.Ballot
		}
	}
	n.follow(from, m.Ballot)
	n.commitTo(from, m.Ballot, m.Committed)
}

// receive counts a vote for the very ballot and slot that is proposed.
func (m AcceptReply) receive(n *node, from int) {
	n.see(m.Progress.Promised)
	if n.role != Recoverer && n.role != Leader || m.Ballot != n.epoch {
		return
	}
	n.heard[from] = n.now
	if n.behind(from, m.Progress.Committed) {
		return
	}
	o := n.open.at(m.Slot)
	if o == nil || o.phase != accepting {
		return
	}
	switch o.tally.Vote(from, m.OK) {
	case quorate.Won:
		o.phase = chosen
		n.accepting--
		n.log.Choose(m.Slot)
		n.progressed()
	case quorate.Lost:
		n.backDown(n.seen)
	}
}

// progressed closes the slots that became known chosen, and has the others told.
func (n *node) progressed() {
	committed := n.log.Committed()
	if n.open.first == committed {
		return
	}
	for s := n.open.first; s < min(committed, n.open.next()); s++ {
		switch n.open.at(s).phase { // it was known before this member proposed it
		case preparing:
			n.preparing--
		case accepting:
			n.accepting--
		}
	}
	n.open.drop(committed)
	n.prepareAt, n.recoverTo = max(n.prepareAt, committed), max(n.recoverTo, committed)
	n.failures = 0
	n.commitAt = min(n.commitAt, n.now+n.cfg.CommitDelay)
	if n.role == Recoverer {
		n.prepareMore()
	}
}
