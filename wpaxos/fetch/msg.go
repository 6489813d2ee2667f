package fetch

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// Beat says that its sender is alive, and of some keys how far they are chosen.
type Beat struct{ Heads []Head }

// Head says that the slots of Key below Commit are chosen.
type Head struct {
	Key    string
	Commit quorate.Slot
}

// Census asks how far the receiver knows keys to be chosen: a page of them, from the
// one with number At on, in the receiver's order.
type Census struct{ At uint64 }

// CensusReply answers. Next is where the next page begins, 0 if there is none. Pages
// with the same Life are of the same order.
type CensusReply struct {
	Life, At, Next uint64
	Heads          []Head
}

// CatchupRequest asks for the chosen entries of a key from From on, or for its
// state. If Upto is not zero, it asks for the rest of a state that includes the
// slots below, from Offset on.
type CatchupRequest struct {
	Key    string
	From   quorate.Slot
	Upto   quorate.Slot `text:"omitzero"`
	Offset uint64       `text:"omitzero"`
}

// CatchupReply holds chosen entries, without a gap from the slot that was asked
// for; or, unless Upto is zero, a part of the key's state, which includes the slots
// below Upto. The slots below Commit are chosen.
type CatchupReply struct {
	Key     string
	Commit  quorate.Slot
	Entries []core.Entry
	Upto    quorate.Slot `text:"omitzero"`
	Offset  uint64       `text:"omitzero"`
	State   []byte
	More    bool
}
