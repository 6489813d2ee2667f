package primary

import "github.com/quorate/quorate"

// Append asks a member to store commands, in slots from Slot on. The primary
// sends it to everybody, itself included.
type Append struct {
	Slot       quorate.Slot
	Commands   []quorate.Command
	Committed  quorate.Slot // slots below may be executed
	Everywhere quorate.Slot // slots below are on every member's disk
}

// Stored answers an Append: the sender has every slot below Next on disk.
type Stored struct {
	Next    quorate.Slot
	Missing bool // the Append began beyond Next
}

// Entry is the record of one slot.
type Entry struct {
	Slot    quorate.Slot
	Command quorate.Command
}

// State is the record of one key's state, after the slots below some base.
type State struct {
	Key  string
	Data []byte
}

// Base is the record of where the log begins: slots below are in the States.
type Base struct{ Slot quorate.Slot }

// RecordKey implements [quorate.Record]: one for each slot.
func (e Entry) RecordKey() quorate.RecordKey { return quorate.RecordKey{Number: uint64(e.Slot)} }

// RecordKey implements [quorate.Record]: one for each key.
func (s State) RecordKey() quorate.RecordKey { return quorate.RecordKey{Scope: s.Key} }

// RecordKey implements [quorate.Record]: there is one.
func (Base) RecordKey() quorate.RecordKey { return quorate.RecordKey{} }
