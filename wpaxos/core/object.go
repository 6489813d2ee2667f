package core

import (
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// Idle is an object at rest: every slot that anything is known of is executed,
// and trimmed.
type Idle struct {
	Promised quorate.Ballot // nothing below is accepted; its owner owns the object, as far as is known here
	Base     quorate.Slot   // the first slot that is not in the key's state
	Owns     bool           // phase 1 of Promised was won here, and nothing has ended that since
}

// Wake returns the object with room for work.
func (i Idle) Wake() Object {
	o := Object{owns: i.Owns, executed: i.Base, disk: i.Base}
	o.log.Trim(i.Base)
	o.log.Promise(i.Promised)
	return o
}

// MaxHole bounds how far behind the last slot known a replica takes another. The
// log of one object is short; a replica that lacks more gets the key's state.
const MaxHole = 64

// Object is a key at one replica, while something goes on.
type Object struct {
	log      core.Log
	executed quorate.Slot // the first slot that is not in the state machine's state
	disk     quorate.Slot // entries of slots from here on may be on disk

	recovery  *core.Recovery  // phase 1, of a thief
	proposals *core.Proposals // phase 2, of an owner; made when it proposes
	owns      bool
}

// Promised returns the highest ballot promised.
func (o *Object) Promised() quorate.Ballot { return o.log.Promised() }

// Base returns the first slot that is not trimmed.
func (o *Object) Base() quorate.Slot { return o.log.Base() }

// Committed returns the first slot that is not known to be chosen.
func (o *Object) Committed() quorate.Slot { return o.log.Committed() }

// Executed returns the first slot that is not executed.
func (o *Object) Executed() quorate.Slot { return o.executed }

// Len returns how many slots are retained, and Bytes about how many bytes they take.
func (o *Object) Len() int { return o.log.Len() }

// Bytes returns about how many bytes the slots take that are retained.
func (o *Object) Bytes() int { return o.log.Bytes() }

// Owns reports whether this replica may propose.
func (o *Object) Owns() bool { return o.owns }

// Recovery returns phase 1 while it is under way here, else nil.
func (o *Object) Recovery() *core.Recovery { return o.recovery }

// Stands reports whether this replica owns the object, or is about to.
func (o *Object) Stands() bool { return o.owns || o.recovery != nil }

// Dangles reports whether a value was accepted here of which it is not known
// whether it is chosen, and it is not for this replica to say.
func (o *Object) Dangles() bool { return !o.Stands() && o.log.End() > o.log.Committed() }

// Rest returns the object without its work; false if there is some.
func (o *Object) Rest() (Idle, bool) {
	rests := o.recovery == nil && o.Open() == 0 && o.log.Len() == 0 && o.executed == o.log.Committed()
	return Idle{o.Promised(), o.Base(), o.owns}, rests
}

// Raise makes b the highest ballot promised, and reports whether that is news,
// which must be persisted. A replica that stood under a lower one does so no more.
func (o *Object) Raise(b quorate.Ballot) bool {
	if b <= o.Promised() {
		return false
	}
	o.log.Promise(b)
	o.yield()
	return true
}

func (o *Object) yield() { o.recovery, o.proposals, o.owns = nil, nil, false }

// Far reports whether a state that came from another replica, and is not on disk,
// reaches so far that no vote behind it may go to disk: a restart would find the vote
// and not the state, and a log that reaches from one to the other. A trim ends it.
func (o *Object) Far() bool { return o.log.Base() > o.disk+core.Span }

// Vote is phase 2b, as [core.Log.Accept]. What lies too far ahead is Beyond.
func (o *Object) Vote(b quorate.Ballot, s quorate.Slot, commands []quorate.Command) core.Verdict {
	if b >= o.Promised() && (s > o.log.End()+MaxHole || o.Far()) {
		return core.Beyond
	}
	o.Raise(b)
	return o.log.Accept(b, s, commands)
}

// Report is phase 1b: see [core.Log.PromisePart].
func (o *Object) Report(from quorate.Slot, limit int) core.Promise {
	return o.log.PromisePart(from, limit)
}

// Chosen returns the entries from the given slot on that are chosen: see
// [core.Log.Entries].
func (o *Object) Chosen(from quorate.Slot, limit int) []core.Entry {
	entries, _ := o.log.Entries(from, o.log.Committed(), limit)
	return entries
}

// Learn takes an entry that is chosen. It reports whether it was of use: not if
// the slot is known, or lies too far ahead. An owner that learns from others what
// it has not chosen itself owns no more.
func (o *Object) Learn(e core.Entry) bool {
	if e.Slot < o.log.Committed() || e.Slot > o.log.End()+MaxHole {
		return false
	}
	if o.owns {
		o.yield()
	}
	o.log.Learn(e.Slot, e.Ballot, e.Commands)
	o.follow()
	return true
}

// CommitTo takes the word of the owner under b that the slots below to are
// chosen. It returns the first slot that must be fetched, to if none.
func (o *Object) CommitTo(b quorate.Ballot, to quorate.Slot) quorate.Slot {
	reached := o.log.CommitTo(b, to)
	o.follow()
	return reached
}

// follow lets phase 1 ask only for what is not known meanwhile.
func (o *Object) follow() {
	if o.recovery != nil {
		o.recovery.Advance(o.log.Committed())
	}
}

// Install says that the state machine now has the key's state with the slots
// below upto, which came from another replica.
func (o *Object) Install(upto quorate.Slot) {
	if o.owns {
		o.yield()
	}
	o.log.Trim(upto)
	o.executed = upto
	o.follow()
}

// Execute returns the entry that is to be executed next, and counts it as executed;
// false if there is none.
func (o *Object) Execute() (core.Entry, bool) {
	if o.executed >= o.log.Committed() {
		return core.Entry{}, false
	}
	e, ok := o.log.Entry(o.executed)
	if !ok {
		panic(fmt.Sprintf("wpaxos: slot %v is committed and neither executed nor known", o.executed))
	}
	o.executed++
	return e, true
}

// Trim drops the slots below to, whose effect is on disk in the key's state. It
// returns the range of slots that may be on disk.
func (o *Object) Trim(to quorate.Slot) (from, upto quorate.Slot) {
	to = min(to, o.executed)
	from, o.disk = o.disk, max(o.disk, to)
	o.log.Trim(to)
	return from, max(from, to)
}

// Restore puts an entry back that was persisted.
func (o *Object) Restore(e core.Entry) { o.log.Restore(e) }
