package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Codec encodes a set of messages, each behind one byte that says which it is.
// The kinds are numbered from 1 in the order of the full type names; 0 is left
// to the protocol around the messages. Numbers hold for one connection between
// programs with equal fingerprints, they are never stored. It is safe for
// concurrent use.
type Codec struct {
	limits Limits
	types  []*Type // types[i] is kind i+1
	kinds  map[reflect.Type]int
	schema string
	print  uint64
}

// maxKinds is how many messages one byte can tell apart.
const maxKinds = 255

// NewCodec compiles the types and numbers them. A type that is given twice
// counts once. It reports every type that cannot go on the wire.
func NewCodec(types ...reflect.Type) (*Codec, error) {
	c := &Codec{kinds: map[reflect.Type]int{}, limits: Limits{}.withDefaults()}
	var errs []error
	for _, rt := range types {
		if _, dup := c.kinds[rt]; dup {
			continue
		}
		t, err := Compile(rt)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		c.kinds[rt] = 0
		c.types = append(c.types, t)
	}
	if len(c.types) > maxKinds {
		errs = append(errs, fmt.Errorf("%d kinds of messages; at most %d", len(c.types), maxKinds))
	}
	slices.SortFunc(c.types, func(a, b *Type) int { return strings.Compare(a.name, b.name) })
	for i, t := range c.types {
		if i > 0 && t.name == c.types[i-1].name {
			errs = append(errs, fmt.Errorf("two different messages are named %s", t.name))
		}
		c.kinds[t.t] = i + 1
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	c.describe()
	return c, nil
}

// WithLimits returns a codec for the same messages with other limits.
func (c *Codec) WithLimits(l Limits) (*Codec, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	d := *c
	d.limits = l.withDefaults()
	return &d, nil
}

// Limits returns the limits in force.
func (c *Codec) Limits() Limits { return c.limits }

// describe renders the schema and hashes it.
func (c *Codec) describe() {
	var b strings.Builder
	for i, t := range c.types {
		fmt.Fprintf(&b, "%d %s %s\n", i+1, t.name, t.shape.signature())
	}
	c.schema = b.String()
	sum := sha256.Sum256([]byte(c.schema))
	c.print = binary.BigEndian.Uint64(sum[:])
}

// Schema describes the messages for people: one line for each kind with its
// number, full name and fields.
func (c *Codec) Schema() string { return c.schema }

// Fingerprint returns a hash of the schema. Programs whose fingerprints differ
// do not understand each other.
func (c *Codec) Fingerprint() uint64 { return c.print }

// Append appends the kind byte and the encoding of m, a value of one of the
// codec's types, to dst. On an error dst comes back as it was.
func (c *Codec) Append(dst []byte, m any) ([]byte, error) {
	kind, ok := c.kinds[reflect.TypeOf(m)]
	if !ok {
		return dst, &Error{Op: "encode", Err: fmt.Errorf("%w: the value is a %T", ErrUnknownKind, m)}
	}
	out, err := c.types[kind-1].append(append(dst, byte(kind)), m, c.limits)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Decode returns the message in data, as a value of its type. It keeps no
// reference to data.
func (c *Codec) Decode(data []byte) (any, error) {
	if len(data) == 0 {
		return nil, &Error{Op: "decode", Err: fmt.Errorf("%w: no kind byte", ErrTruncated)}
	}
	kind := int(data[0])
	if kind == 0 || kind > len(c.types) {
		return nil, &Error{Op: "decode", Err: fmt.Errorf("%w: %d, known are 1 to %d", ErrUnknownKind, kind, len(c.types))}
	}
	return c.types[kind-1].decode(data[1:], c.limits)
}

// Name returns the short name of a kind, for example paxos.P1a, or "kind 7"
// if it has none.
func (c *Codec) Name(kind byte) string {
	if kind == 0 || int(kind) > len(c.types) {
		return fmt.Sprintf("kind %d", kind)
	}
	return c.types[kind-1].short
}
