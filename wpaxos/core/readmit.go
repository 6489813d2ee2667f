package core

import "github.com/quorate/quorate/paxos/core"

// Disown gives up what counts on a member's earlier incarnation, which has lost its
// disk, and is not decided: its votes, and phase 1 altogether, since its promises are
// one answer. It reports whether phase 1 was under way.
func (o *Object) Disown(member int) bool {
	if o.proposals != nil {
		o.proposals.Disown(member)
	}
	stood := o.recovery != nil
	o.recovery = nil
	return stood
}

// Hold takes an entry that another member accepted, or knows to be chosen, in place
// of what this replica may have voted for and forgot. It returns the entry that is to
// be persisted, if store. It is not ok if the slot lies too far ahead to be held
// before others are known, or on disk.
//
// What is known to be chosen is persisted as such, though that is no news: the disk
// may have a value under a lower ballot, of an admission that was begun before.
func (o *Object) Hold(e core.Entry) (held core.Entry, store, ok bool) {
	own, _ := o.log.Entry(e.Slot)
	switch {
	case e.Slot < o.log.Committed():
		return own, false, true
	case e.Slot >= o.log.Committed()+core.Span, o.Far():
		return own, false, false
	case own.Chosen:
		return own, true, true
	case e.Chosen:
		o.log.Learn(e.Slot, e.Ballot, e.Commands)
		o.follow()
		return e, true, true
	case e.Ballot > own.Ballot:
		o.log.Restore(e)
		return e, true, true
	}
	return own, false, true
}
