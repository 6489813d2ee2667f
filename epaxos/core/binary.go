package core

import (
	"encoding/binary"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// What messages and records consist of writes its own bytes: they come once or more
// for each instance, and the general codec takes several times as long.

func (d Deps) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(d)))
	for _, upto := range d {
		dst = binary.AppendUvarint(dst, upto)
	}
	return dst
}

func readDeps(r *wire.Reader) Deps {
	n := r.Count(1)
	if n == 0 {
		return nil
	}
	d := make(Deps, n)
	for row := range d {
		d[row] = r.Uvarint()
	}
	return d
}

// AppendBinary implements [encoding.BinaryAppender].
func (v *Value) AppendBinary(dst []byte) ([]byte, error) {
	return wire.AppendBool(v.Deps.append(quorate.AppendCommands(dst, v.Commands)), v.Short), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (v *Value) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	v.Commands, v.Deps, v.Short = quorate.ReadCommands(&r), readDeps(&r), r.Bool()
	return r.Close()
}

// Append appends the bytes of an instance's name.
func (id ID) Append(dst []byte) []byte {
	return binary.AppendUvarint(append(dst, id.Row), id.Number)
}

// Read takes what Append wrote.
func (id *ID) Read(r *wire.Reader) { id.Row, id.Number = r.Byte(), r.Uvarint() }

// Append appends the bytes of the owner's part.
func (o *Origin) Append(dst []byte) []byte {
	return o.InitDeps.append(wire.AppendBool(quorate.AppendCommands(dst, o.Commands), o.Initial))
}

// Read takes what Append wrote.
func (o *Origin) Read(r *wire.Reader) {
	o.Commands, o.Initial, o.InitDeps = quorate.ReadCommands(r), r.Bool(), readDeps(r)
}

// Append appends the bytes of the replica's part.
func (v *Vote) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(v.Promised))
	dst = binary.AppendUvarint(dst, uint64(v.Voted))
	return v.Deps.append(wire.AppendBool(append(dst, byte(v.Phase)), v.Nop))
}

// Read takes what Append wrote.
func (v *Vote) Read(r *wire.Reader) {
	v.Promised, v.Voted = quorate.Ballot(r.Uvarint()), quorate.Ballot(r.Uvarint())
	v.Phase, v.Nop, v.Deps = Phase(r.Byte()), r.Bool(), readDeps(r)
}

// Whole reads parts of a record one after the other, to the end of its data.
func Whole(data []byte, parts ...func(r *wire.Reader)) error {
	r := wire.NewReader(data)
	for _, read := range parts {
		read(&r)
	}
	return r.Close()
}
