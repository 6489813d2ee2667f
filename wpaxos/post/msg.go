package post

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// P2a asks the receiver to accept Commands in Slot of Key under Ballot. The slots
// below Commit are chosen.
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

// Parcel holds several messages of phase 2, each as if it came alone. Nothing
// relates them but that they left together.
type Parcel struct {
	P2a []P2a
	P2b []P2b
	P3  []P3
}

// Unpack hands each message to one of the handlers.
func (p *Parcel) Unpack(from quorate.ID, p2a func(quorate.ID, P2a), p2b func(quorate.ID, P2b), p3 func(quorate.ID, P3)) {
	for i := range p.P2a {
		p2a(from, p.P2a[i])
	}
	for i := range p.P2b {
		p2b(from, p.P2b[i])
	}
	for i := range p.P3 {
		p3(from, p.P3[i])
	}
}
