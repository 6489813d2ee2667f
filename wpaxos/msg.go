package wpaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/post"
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

// Phase 2 is in package post: messages of many keys travel together.
type (
	// P2a asks the receiver to accept commands in a slot.
	P2a = post.P2a
	// P2b is the vote for it, or its refusal.
	P2b = post.P2b
	// P3 tells how far slots are chosen.
	P3 = post.P3
	// Parcel holds several of these, each as if it came alone.
	Parcel = post.Parcel
)
