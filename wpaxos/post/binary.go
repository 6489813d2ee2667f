package post

import (
	"encoding/binary"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wire"
)

// These messages come several times for each command, so they write their own
// bytes, which takes a fraction of the general codec's time.

// least is how many bytes a message in a parcel takes at least, whichever it is.
const least = 4

// AppendBinary implements [encoding.BinaryAppender].
func (m *P2a) AppendBinary(dst []byte) ([]byte, error) { return m.append(dst), nil }

func (m *P2a) append(dst []byte) []byte {
	dst = wire.AppendString(dst, m.Key)
	dst = binary.AppendUvarint(dst, uint64(m.Ballot))
	dst = binary.AppendUvarint(dst, uint64(m.Slot))
	dst = binary.AppendUvarint(dst, uint64(m.Commit))
	return quorate.AppendCommands(dst, m.Commands)
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (m *P2a) UnmarshalBinary(data []byte) error { return whole(data, m.read) }

func (m *P2a) read(r *wire.Reader) {
	m.Key, m.Ballot = r.String(), quorate.Ballot(r.Uvarint())
	m.Slot, m.Commit = quorate.Slot(r.Uvarint()), quorate.Slot(r.Uvarint())
	m.Commands = quorate.ReadCommands(r)
}

// AppendBinary implements [encoding.BinaryAppender].
func (m *P2b) AppendBinary(dst []byte) ([]byte, error) { return m.append(dst), nil }

func (m *P2b) append(dst []byte) []byte {
	dst = wire.AppendString(dst, m.Key)
	dst = binary.AppendUvarint(dst, uint64(m.Ballot))
	dst = binary.AppendUvarint(dst, uint64(m.Slot))
	dst = wire.AppendBool(dst, m.OK)
	return binary.AppendUvarint(dst, uint64(m.Promised))
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (m *P2b) UnmarshalBinary(data []byte) error { return whole(data, m.read) }

func (m *P2b) read(r *wire.Reader) {
	m.Key, m.Ballot, m.Slot = r.String(), quorate.Ballot(r.Uvarint()), quorate.Slot(r.Uvarint())
	m.OK, m.Promised = r.Bool(), quorate.Ballot(r.Uvarint())
}

// AppendBinary implements [encoding.BinaryAppender].
func (m *P3) AppendBinary(dst []byte) ([]byte, error) { return m.append(dst), nil }

func (m *P3) append(dst []byte) []byte {
	dst = wire.AppendString(dst, m.Key)
	dst = binary.AppendUvarint(dst, uint64(m.Ballot))
	dst = binary.AppendUvarint(dst, uint64(m.Commit))
	dst = binary.AppendUvarint(dst, uint64(len(m.Entries)))
	for i := range m.Entries {
		dst = m.Entries[i].Append(dst)
	}
	return dst
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (m *P3) UnmarshalBinary(data []byte) error { return whole(data, m.read) }

func (m *P3) read(r *wire.Reader) {
	m.Key, m.Ballot, m.Commit = r.String(), quorate.Ballot(r.Uvarint()), quorate.Slot(r.Uvarint())
	m.Entries = list(r, func(e *core.Entry) { e.Read(r) })
}

// AppendBinary implements [encoding.BinaryAppender].
func (p *Parcel) AppendBinary(dst []byte) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(len(p.P2a)))
	for i := range p.P2a {
		dst = p.P2a[i].append(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.P2b)))
	for i := range p.P2b {
		dst = p.P2b[i].append(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.P3)))
	for i := range p.P3 {
		dst = p.P3[i].append(dst)
	}
	return dst, nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (p *Parcel) UnmarshalBinary(data []byte) error {
	return whole(data, func(r *wire.Reader) {
		p.P2a = list(r, func(m *P2a) { m.read(r) })
		p.P2b = list(r, func(m *P2b) { m.read(r) })
		p.P3 = list(r, func(m *P3) { m.read(r) })
	})
}

// whole reads data to its end.
func whole(data []byte, read func(r *wire.Reader)) error {
	r := wire.NewReader(data)
	read(&r)
	return r.Close()
}

// list reads so many elements as are announced. It is nil if it is empty.
func list[M any](r *wire.Reader, read func(m *M)) []M {
	n := r.Count(least)
	if n == 0 {
		return nil
	}
	ms := make([]M, n)
	for i := range ms {
		read(&ms[i])
	}
	return ms
}
