package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// The messages, in the order of the protocol; each is about one key. Every reply
// echoes the ballot of the request it answers, says yes or no in OK, and reports in
// Promised the highest ballot its sender has promised for the key.

// HandOver hints that the receiver should own the key, whose owner has Ballot.
type HandOver struct {
	Key    string
	Ballot quorate.Ballot
}

// P1a asks for a promise to accept nothing below Ballot, and for what the receiver
// knows of the key's slots from From on.
type P1a struct {
	Key    string
	Ballot quorate.Ballot
	From   quorate.Slot
}

// P1b is the promise, or its refusal. If the sender has trimmed slots that were
// asked for, State is the key's state, which includes all slots below Upto, and the
// promise begins there. A state that is too long for a message is left out, and
// must be fetched. A long promise comes in parts, which are asked for by another P1a.
type P1b struct {
	Key      string
	Ballot   quorate.Ballot
	OK       bool
	Promised quorate.Ballot
	Promise  core.Promise
	Upto     quorate.Slot `text:"omitzero"`
	State    []byte
}

// P2a asks the receiver to accept Commands in Slot under Ballot. The slots below
// Commit are chosen.
type P2a struct {
	Key      string
	Ballot   quorate.Ballot
	Slot     quorate.Slot
	Commands []quorate.Command
	Commit   quorate.Slot
}

// P2b is the vote for Slot under Ballot, or its refusal.
type P2b struct {
	Key      string
	Ballot   quorate.Ballot
	Slot     quorate.Slot
	OK       bool
	Promised quorate.Ballot
}

// P3 is from the owner under Ballot: the slots below Commit are chosen. Entries are
// for those that were not asked to accept them.
type P3 struct {
	Key     string
	Ballot  quorate.Ballot
	Commit  quorate.Slot
	Entries []core.Entry
}
