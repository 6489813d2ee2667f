package core

import (
	"fmt"

	"github.com/quorate/quorate"
)

// Entry is what one replica knows of one slot.
type Entry struct {
	Slot     quorate.Slot
	Ballot   quorate.Ballot // at which the value was accepted here; zero if it was only learnt
	Chosen   bool           // the value is final
	Commands []quorate.Command
}

func (e *Entry) empty() bool { return e.Ballot == 0 && !e.Chosen }

// Span bounds how far beyond the first slot that is not known chosen a log
// keeps entries. It bounds memory against a log with a hole; a leader's window
// must be smaller.
const Span = 1 << 16

// Log is the state of one replica for one Paxos log: acceptor and learner. The
// zero value is an empty log that promised nothing.
//
// Slots below Base are chosen, executed and trimmed; slots below Committed are
// chosen.
type Log struct {
	promised  quorate.Ballot
	base      quorate.Slot
	committed quorate.Slot
	known     quorate.Slot // what is restored below is chosen
	entries   []Entry      // of the slots from base on; trimmed by Trim
	bytes     int          // of their commands
}

// Promised returns the highest ballot this replica has promised: it accepts
// nothing below.
func (l *Log) Promised() quorate.Ballot { return l.promised }

// Base returns the first slot that is not trimmed.
func (l *Log) Base() quorate.Slot { return l.base }

// Committed returns the first slot that is not known to be chosen.
func (l *Log) Committed() quorate.Slot { return l.committed }

// End returns the slot after the last one with an entry.
func (l *Log) End() quorate.Slot { return l.base + quorate.Slot(len(l.entries)) }

// Len returns the number of slots retained.
func (l *Log) Len() int { return len(l.entries) }

// Bytes returns about how many bytes they take.
func (l *Log) Bytes() int { return l.bytes }

// Promise raises the promise to b and reports whether b is promised now: not if
// a higher one is. The caller persists the promise before it answers.
func (l *Log) Promise(b quorate.Ballot) bool {
	if b < l.promised {
		return false
	}
	l.promised = b
	return true
}

// Verdict is an acceptor's answer to an accept request.
type Verdict uint8

// The verdicts.
const (
	Refused  Verdict = iota // a higher ballot is promised
	Accepted                // the value is stored and must be persisted
	Known                   // the slot is chosen here, or was accepted under this very ballot; the vote counts, nothing needs storing
	Beyond                  // the slot is too far ahead to be stored; no vote, but no refusal either
)

// Accept decides on an accept request (phase 2a) for slot s under ballot b. A
// vote under b is a promise for b as well: otherwise an acceptor that was not
// asked in phase 1 could later accept a lower ballot over this one.
func (l *Log) Accept(b quorate.Ballot, s quorate.Slot, commands []quorate.Command) Verdict {
	if b < l.promised {
		return Refused
	}
	if s >= l.committed+Span {
		return Beyond
	}
	l.promised = b
	if s < l.committed || l.at(s).Chosen {
		return Known
	}
	e := l.at(s)
	if e.Ballot == b {
		if !sameCommands(e.Commands, commands) {
			panic(fmt.Sprintf("paxos: ballot %v proposed two values for slot %v: %v and %v", b, s, e.Commands, commands))
		}
		return Known
	}
	l.put(e, Entry{Slot: s, Ballot: b, Commands: commands})
	return Accepted
}

// put replaces what is known of a slot.
func (l *Log) put(e *Entry, by Entry) {
	l.bytes += Size(by.Commands) - Size(e.Commands)
	*e = by
}

// at returns the entry of slot s, not below base and within Span, growing the
// log as needed.
func (l *Log) at(s quorate.Slot) *Entry {
	for l.End() <= s {
		l.entries = append(l.entries, Entry{Slot: l.End()})
	}
	return &l.entries[s-l.base]
}

// Entry returns what is known of slot s; false if nothing is retained.
func (l *Log) Entry(s quorate.Slot) (Entry, bool) {
	if s < l.base || s >= l.End() || l.entries[s-l.base].empty() {
		return Entry{}, false
	}
	return l.entries[s-l.base], true
}

// Learn records that commands are the chosen value of slot s. It reports
// whether this is news that must be persisted, because no accepted entry on
// disk says the same. Two values chosen in one slot break the protocol's
// central invariant: Learn panics with both.
func (l *Log) Learn(s quorate.Slot, b quorate.Ballot, commands []quorate.Command) bool {
	if s < l.base || s >= l.committed+Span {
		return false
	}
	e := l.at(s)
	if e.Chosen {
		if !sameCommands(e.Commands, commands) {
			panic(fmt.Sprintf("paxos: two values chosen in slot %v: %v and, at %v, %v", s, e.Commands, b, commands))
		}
		return false
	}
	news := e.empty() || !sameCommands(e.Commands, commands)
	if news {
		l.put(e, Entry{Slot: s, Ballot: b, Commands: commands})
	}
	e.Chosen = true
	l.advance()
	return news
}

// Choose marks the value accepted here for slot s as chosen: its proposer
// counted a phase-2 quorum.
func (l *Log) Choose(s quorate.Slot) {
	if s < l.committed {
		return
	}
	l.at(s).Chosen = true
	l.advance()
}

// CommitTo takes a leader's word that all slots below to are chosen. It may
// mark only entries accepted under that leader's ballot b: an entry from an
// older ballot may have lost (the leader chose another value, or none of its
// own). It returns the first slot below to that it could not mark; what is
// chosen there must be fetched.
func (l *Log) CommitTo(b quorate.Ballot, to quorate.Slot) quorate.Slot {
	for s := l.committed; s < min(to, l.End()); s++ {
		if e := &l.entries[s-l.base]; !e.Chosen {
			if e.Ballot != b {
				break
			}
			e.Chosen = true
		}
		l.committed = s + 1
	}
	return l.committed
}

func (l *Log) advance() {
	for l.committed < l.End() && l.entries[l.committed-l.base].Chosen {
		l.committed++
	}
}

// Trim drops the slots below to, which must be chosen and executed.
func (l *Log) Trim(to quorate.Slot) {
	if to <= l.base {
		return
	}
	n := int(min(to-l.base, quorate.Slot(len(l.entries))))
	for i := range l.entries[:n] {
		l.bytes -= Size(l.entries[i].Commands)
	}
	clear(l.entries[:n]) // the array behind the slice lives on
	l.entries = l.entries[n:]
	l.base = to
	l.committed = max(l.committed, to)
	l.advance()
}

// Know says, after a restart and before entries are restored, that those of the
// slots below upto are chosen, whatever they say themselves.
func (l *Log) Know(upto quorate.Slot) { l.known = upto }

// Restore puts an entry back that was persisted, after a restart. It knows no
// Span: to drop it would be to forget a vote.
func (l *Log) Restore(e Entry) {
	if e.Slot < l.base {
		return
	}
	e.Chosen = e.Chosen || e.Slot < l.known
	l.put(l.at(e.Slot), e)
	l.promised = max(l.promised, e.Ballot)
	l.advance()
}

// Entries returns the entries of the slots in [from, to) that have a value, in
// order, stopping before their commands exceed limit bytes, but not before the
// first. It returns also the slot to go on from.
func (l *Log) Entries(from, to quorate.Slot, limit int) ([]Entry, quorate.Slot) {
	from, to = max(from, l.base), min(to, l.End())
	var found []Entry
	for s := from; s < to; s++ {
		e := l.entries[s-l.base]
		if e.empty() {
			continue
		}
		limit -= Size(e.Commands)
		if limit < 0 && len(found) > 0 {
			return found, s
		}
		found = append(found, e)
	}
	return found, max(from, to)
}

// Size estimates how many bytes the commands take, in memory and on the wire.
func Size(commands []quorate.Command) int {
	size := 0
	for i := range commands {
		size += commands[i].Size()
	}
	return size
}

func sameCommands(a, b []quorate.Command) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) > 0 && &a[0] == &b[0] {
		return true // the same message
	}
	for i := range a {
		if !a[i].Equal(&b[i]) {
			return false
		}
	}
	return true
}
