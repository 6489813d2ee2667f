package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"testing"
	"time"
)

// The shapes of a hot protocol's messages.
type (
	benchVote struct {
		Ballot  uint64
		Slot    uint64
		OK      bool
		Promise uint64
		Commit  uint64
	}
	benchCommand struct {
		Client  uint64
		Seq     uint64
		Issued  time.Duration
		Op      uint8
		Key     string
		Value   []byte
		Version uint64
	}
	benchAccept struct {
		Ballot   uint64
		Slot     uint64
		Commit   uint64
		Commands []benchCommand
	}
	// The same with commands that write their own bytes.
	hookCommand    benchCommand
	hookEachAccept struct {
		Ballot   uint64
		Slot     uint64
		Commit   uint64
		Commands []hookCommand
	}
	// The same with a list that writes its own bytes.
	hookCommands    []hookCommand
	hookBatchAccept struct {
		Ballot   uint64
		Slot     uint64
		Commit   uint64
		Commands hookCommands
	}
	// The same, all by hand.
	hookWholeAccept struct {
		Ballot   uint64
		Slot     uint64
		Commit   uint64
		Commands []hookCommand
	}
)

func (c *hookCommand) AppendBinary(dst []byte) ([]byte, error) {
	dst = binary.AppendUvarint(dst, c.Client)
	dst = binary.AppendUvarint(dst, c.Seq)
	dst = binary.AppendVarint(dst, int64(c.Issued))
	dst = append(dst, c.Op)
	dst = AppendString(dst, c.Key)
	dst = AppendBytes(dst, c.Value)
	return binary.AppendUvarint(dst, c.Version), nil
}

func (c *hookCommand) read(r *Reader) {
	c.Client, c.Seq, c.Issued = r.Uvarint(), r.Uvarint(), time.Duration(r.Varint())
	c.Op, c.Key, c.Value, c.Version = r.Byte(), r.String(), r.Bytes(), r.Uvarint()
}

func (c *hookCommand) UnmarshalBinary(data []byte) error {
	r := NewReader(data)
	c.read(&r)
	return r.Close()
}

func (l *hookCommands) AppendBinary(dst []byte) ([]byte, error) {
	dst = binary.AppendUvarint(dst, uint64(len(*l)))
	for i := range *l {
		dst, _ = (*l)[i].AppendBinary(dst)
	}
	return dst, nil
}

func (l *hookCommands) read(r *Reader) {
	*l = make(hookCommands, r.Count(7))
	for i := range *l {
		(*l)[i].read(r)
	}
}

func (l *hookCommands) UnmarshalBinary(data []byte) error {
	r := NewReader(data)
	l.read(&r)
	return r.Close()
}

func (a *hookWholeAccept) AppendBinary(dst []byte) ([]byte, error) {
	dst = binary.AppendUvarint(dst, a.Ballot)
	dst = binary.AppendUvarint(dst, a.Slot)
	dst = binary.AppendUvarint(dst, a.Commit)
	return (*hookCommands)(&a.Commands).AppendBinary(dst)
}

func (a *hookWholeAccept) UnmarshalBinary(data []byte) error {
	r := NewReader(data)
	a.Ballot, a.Slot, a.Commit = r.Uvarint(), r.Uvarint(), r.Uvarint()
	(*hookCommands)(&a.Commands).read(&r)
	return r.Close()
}

func benchCommands(n int) (plain []benchCommand, hooked []hookCommand) {
	for i := range n {
		c := benchCommand{Client: 0x9e3779b97f4a7c15 + uint64(i), Seq: uint64(1000 + i), Issued: 1700000000 * time.Second,
			Op: 2, Key: fmt.Sprintf("key-%08d", i), Value: bytes.Repeat([]byte{'v'}, 100)}
		plain, hooked = append(plain, c), append(hooked, hookCommand(c))
	}
	return plain, hooked
}

func benchSamples() []struct {
	name string
	m    any
} {
	plain, hooked := benchCommands(32)
	return []struct {
		name string
		m    any
	}{
		{"vote", benchVote{7<<32 | 1<<16 | 2, 123456, true, 7<<32 | 1<<16 | 2, 123450}},
		{"accept32/msgpack", benchAccept{7<<32 | 1<<16 | 2, 123456, 123450, plain}},
		{"accept32/hook-each-command", hookEachAccept{7<<32 | 1<<16 | 2, 123456, 123450, hooked}},
		{"accept32/hook-the-list", hookBatchAccept{7<<32 | 1<<16 | 2, 123456, 123450, hooked}},
		{"accept32/hook-the-message", hookWholeAccept{7<<32 | 1<<16 | 2, 123456, 123450, hooked}},
		{"command/msgpack", plain[0]},
		{"command/hook", hooked[0]},
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, s := range benchSamples() {
		b.Run(s.name, func(b *testing.B) {
			c := mustCodec(b, s.m)
			var buf []byte
			var err error
			b.ReportAllocs()
			for b.Loop() {
				if buf, err = c.Append(buf[:0], s.m); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(buf)), "wire-B")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, s := range benchSamples() {
		b.Run(s.name, func(b *testing.B) {
			c := mustCodec(b, s.m)
			data, err := c.Append(nil, s.m)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Decode(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCheck is the price of looking before the library leaps.
func BenchmarkCheck(b *testing.B) {
	for _, s := range benchSamples() {
		t, err := Compile(reflect.TypeOf(s.m))
		if err != nil {
			b.Fatal(err)
		}
		if t.shape.form == formHook {
			continue
		}
		b.Run(s.name, func(b *testing.B) {
			data, err := t.Append(nil, s.m)
			if err != nil {
				b.Fatal(err)
			}
			l := Limits{}.withDefaults()
			b.ReportAllocs()
			for b.Loop() {
				if err := t.shape.check(data, l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func mustCodec(tb testing.TB, samples ...any) *Codec {
	tb.Helper()
	var types []reflect.Type
	for _, m := range samples {
		types = append(types, reflect.TypeOf(m))
	}
	c, err := NewCodec(types...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
