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

// AppendBinary implements [encoding.BinaryAppender].
func (o *Origin) AppendBinary(dst []byte) ([]byte, error) {
	return o.InitDeps.append(wire.AppendBool(quorate.AppendCommands(dst, o.Commands), o.Initial)), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (o *Origin) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	o.Commands, o.Initial, o.InitDeps = quorate.ReadCommands(&r), r.Bool(), readDeps(&r)
	return r.Close()
}

// AppendBinary implements [encoding.BinaryAppender].
func (v *Vote) AppendBinary(dst []byte) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(v.Promised))
	dst = binary.AppendUvarint(dst, uint64(v.Voted))
	return v.Deps.append(wire.AppendBool(append(dst, byte(v.Phase)), v.Nop)), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (v *Vote) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	v.Promised, v.Voted = quorate.Ballot(r.Uvarint()), quorate.Ballot(r.Uvarint())
	v.Phase, v.Nop, v.Deps = Phase(r.Byte()), r.Bool(), readDeps(&r)
	return r.Close()
}
