package core

import (
	"encoding/binary"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// An entry holds up to a batch of commands, and is written several times by each
// member: it writes its own bytes.

// Append appends what [Entry.Read] reads.
func (e *Entry) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(e.Slot))
	dst = binary.AppendUvarint(dst, uint64(e.Ballot))
	dst = wire.AppendBool(dst, e.Chosen)
	return quorate.AppendCommands(dst, e.Commands)
}

// Read is for types that hold an entry and write their own bytes.
func (e *Entry) Read(r *wire.Reader) {
	e.Slot, e.Ballot, e.Chosen = quorate.Slot(r.Uvarint()), quorate.Ballot(r.Uvarint()), r.Bool()
	e.Commands = quorate.ReadCommands(r)
}

// AppendBinary implements [encoding.BinaryAppender].
func (e *Entry) AppendBinary(dst []byte) ([]byte, error) { return e.Append(dst), nil }

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (e *Entry) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	e.Read(&r)
	return r.Close()
}
