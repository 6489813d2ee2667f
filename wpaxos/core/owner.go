package core

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// Steal begins phase 1 under b, which is above the promise. It is this replica's
// promise, too, and is to be persisted before anybody hears of b: after a crash
// the same ballot must not be used again for other values.
func (o *Object) Steal(c *quorate.Cluster, phase1 quorate.Quorum, b quorate.Ballot) {
	o.Raise(b)
	o.recovery = core.NewRecovery(c, phase1, b, o.log.Committed())
}

// Add takes a part of a member's promise, see [core.Recovery.Add]. It may begin
// below what this replica wants of that member, since more has become known
// meanwhile: then what is wanted of it counts.
func (o *Object) Add(member int, p core.Promise) bool {
	return o.recovery.Add(member, clip(p, o.recovery.Wanted(member)))
}

// clip cuts off what a part of a promise says of the slots below from.
func clip(p core.Promise, from quorate.Slot) core.Promise {
	if p.From >= from {
		return p
	}
	for len(p.Entries) > 0 && p.Entries[0].Slot < from {
		p.Entries = p.Entries[1:]
	}
	p.From, p.Next = from, max(p.Next, from)
	return p
}

// Win ends phase 1, which a quorum has answered. It calls propose for each value
// that must be proposed again, before any other; what was reported as chosen is
// learnt. Reads and writes of this owner come after all of them.
func (o *Object) Win(c *quorate.Cluster, phase2 quorate.Quorum, propose func(commands []quorate.Command)) {
	rec := o.recovery
	o.recovery, o.owns = nil, true
	o.proposals = core.NewProposals(c, phase2, rec.Ballot(), rec.From())
	for _, e := range rec.Values() {
		if !e.Chosen {
			propose(e.Commands)
			continue
		}
		o.log.Learn(e.Slot, e.Ballot, e.Commands)
		o.proposals.Skip()
	}
}

// GiveUp ends phase 1 without an owner.
func (o *Object) GiveUp() { o.recovery = nil }

// Propose opens the next slot for commands, with this replica's vote, which is to
// be persisted. It must own the object.
func (o *Object) Propose(c *quorate.Cluster, phase2 quorate.Quorum, commands []quorate.Command, now time.Duration, asked quorate.Set) core.Entry {
	if o.proposals == nil { // it has rested meanwhile
		o.proposals = core.NewProposals(c, phase2, o.Promised(), o.log.Committed())
	}
	s := o.proposals.Propose(commands, now, asked)
	o.log.Accept(o.Promised(), s, commands)
	return core.Entry{Slot: s, Ballot: o.Promised(), Commands: commands}
}

// Open returns how many slots are proposed and not chosen.
func (o *Object) Open() int {
	if o.proposals == nil {
		return 0
	}
	return o.proposals.Open()
}

// Room reports whether another slot may be opened.
func (o *Object) Room(window int) bool {
	return o.proposals == nil || o.proposals.Room(window, MaxHole)
}

// Count takes a vote, and reports whether it made the slot chosen.
func (o *Object) Count(member int, b quorate.Ballot, s quorate.Slot) bool {
	if o.proposals == nil || !o.proposals.Vote(member, b, s) {
		return false
	}
	o.log.Choose(s)
	return true
}

// Proposals calls f for every proposal that is not chosen: see
// [core.Proposals.Each].
func (o *Object) Proposals(f func(*core.Proposal) bool) {
	if o.proposals != nil {
		o.proposals.Each(f)
	}
}
