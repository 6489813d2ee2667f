package readmit

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// Recall asks for what the receiver promised and accepted, of the keys from number At
// on, as they are numbered in its Life, and of the first of them from slot From on.
type Recall struct {
	Round quorate.Round
	Life  uint64
	At    uint64
	From  quorate.Slot
}

// Recalled answers a Recall with a part of it, from At and From on, which are zero if
// another Life was asked for. If there is More it goes on at Next and NextFrom. Lost
// says that the sender has nothing to tell, since it lost its disk, too.
type Recalled struct {
	Round    quorate.Round
	Lost     bool
	Life     uint64
	At       uint64
	From     quorate.Slot `text:"omitzero"`
	Keys     []Key
	More     bool
	Next     uint64
	NextFrom quorate.Slot `text:"omitzero"`
}

// Key is what a member promised and accepted for a key. The slots below Commit are
// chosen. Entries are of slots from there on.
type Key struct {
	Key      string
	Promised quorate.Ballot
	Commit   quorate.Slot
	Entries  []core.Entry
}
