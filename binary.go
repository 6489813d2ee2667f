package quorate

import (
	"encoding/binary"
	"time"

	"github.com/quorate/quorate/wire"
)

// Commands, requests and replies are most of what goes over the wire. They
// write their own bytes: a batch of commands is encoded three times as fast as
// by the general codec.

// AppendBinary implements [encoding.BinaryAppender].
func (c *Command) AppendBinary(dst []byte) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(c.Client))
	dst = binary.AppendUvarint(dst, c.Seq)
	dst = binary.AppendVarint(dst, int64(c.Issued))
	dst = append(dst, byte(c.Op))
	dst = wire.AppendString(dst, c.Key)
	dst = wire.AppendBytes(dst, c.Value)
	return binary.AppendUvarint(dst, c.Version), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (c *Command) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	c.read(&r)
	return r.Close()
}

func (c *Command) read(r *wire.Reader) {
	c.Client, c.Seq, c.Issued = Client(r.Uvarint()), r.Uvarint(), time.Duration(r.Varint())
	c.Op, c.Key, c.Value, c.Version = Op(r.Byte()), r.String(), r.Bytes(), r.Uvarint()
}

// AppendCommands appends what [ReadCommands] reads.
func AppendCommands(dst []byte, commands []Command) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(commands)))
	for i := range commands {
		dst, _ = commands[i].AppendBinary(dst)
	}
	return dst
}

// ReadCommands reads a list of commands, for types that write their own bytes. It is
// nil if it is empty.
func ReadCommands(r *wire.Reader) []Command {
	n := r.Count(minCommand)
	if n == 0 {
		return nil
	}
	commands := make([]Command, n)
	for i := range commands {
		commands[i].read(r)
	}
	return commands
}

// Commands are commands that write their own bytes, all of them at once: for fields of
// messages that are otherwise left to the general codec.
type Commands []Command

// AppendBinary implements [encoding.BinaryAppender].
func (c *Commands) AppendBinary(dst []byte) ([]byte, error) { return AppendCommands(dst, *c), nil }

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (c *Commands) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	*c = ReadCommands(&r)
	return r.Close()
}

// minCommand is how many bytes a command takes at least.
const minCommand = 7

// AppendBinary implements [encoding.BinaryAppender].
func (q *Request) AppendBinary(dst []byte) ([]byte, error) {
	dst, _ = q.Command.AppendBinary(dst)
	dst = append(dst, byte(q.Read), q.Hops, q.Attempt)
	dst = binary.AppendUvarint(dst, uint64(q.Seen))
	return binary.AppendVarint(dst, int64(q.Timeout)), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (q *Request) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	q.Command.read(&r)
	q.Read, q.Hops, q.Attempt = ReadMode(r.Byte()), r.Byte(), r.Byte()
	q.Seen, q.Timeout = Slot(r.Uvarint()), time.Duration(r.Varint())
	return r.Close()
}

// AppendBinary implements [encoding.BinaryAppender].
func (p *Reply) AppendBinary(dst []byte) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(p.Client))
	dst = binary.AppendUvarint(dst, p.Seq)
	dst = append(dst, p.Attempt, byte(p.Status), byte(p.Reason))
	dst = wire.AppendBool(dst, p.OK)
	dst = wire.AppendBool(dst, p.Stale)
	dst = binary.AppendUvarint(dst, p.Version)
	dst = binary.AppendUvarint(dst, uint64(p.Leader))
	dst = binary.AppendUvarint(dst, uint64(p.Index))
	return wire.AppendBytes(dst, p.Value), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (p *Reply) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	p.Client, p.Seq = Client(r.Uvarint()), r.Uvarint()
	p.Attempt, p.Status, p.Reason = r.Byte(), Status(r.Byte()), Reason(r.Byte())
	p.OK, p.Stale = r.Bool(), r.Bool()
	p.Version, p.Leader, p.Index = r.Uvarint(), ID(r.UvarintBits(32)), Slot(r.Uvarint())
	p.Value = r.Bytes()
	return r.Close()
}
