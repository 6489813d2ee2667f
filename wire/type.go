package wire

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// Type is a struct type that can go on the wire, compiled. It is safe for
// concurrent use.
type Type struct {
	name  string
	short string
	t     reflect.Type
	shape *shape
	pool  sync.Pool // of *coder
}

// Compile checks that t can go on the wire and prepares it. It refuses what
// would not arrive as it left: unexported and embedded fields, maps, pointers,
// interfaces, channels, functions, types that contain themselves. The error
// names the field.
func Compile(t reflect.Type) (*Type, error) {
	if t == nil || t.Name() == "" || t.PkgPath() == "" || t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("type %v cannot go on the wire: not a named struct", t)
	}
	s, err := compileShape(t)
	if err != nil {
		var f *fieldError
		if errors.As(err, &f) {
			return nil, fmt.Errorf("type %v cannot go on the wire: field %w", t, err)
		}
		return nil, fmt.Errorf("type %v cannot go on the wire: %w", t, err)
	}
	return &Type{name: fullName(t), short: t.String(), t: t, shape: s}, nil
}

// Name returns the type's full name: import path, dot, type name.
func (t *Type) Name() string { return t.name }

// String returns the type's short name, for example paxos.P1a.
func (t *Type) String() string { return t.short }

// Shape describes the fields, for people and for fingerprints: types with equal
// shapes are equal on the wire.
func (t *Type) Shape() string { return t.shape.signature() }

// Append appends the encoding of m, which must be of type t, to dst. On an
// error dst comes back as it was.
func (t *Type) Append(dst []byte, m any) ([]byte, error) {
	return t.append(dst, m, Limits{}.withDefaults())
}

// Decode returns the value, of type t, that data encodes. It keeps no
// reference to data.
func (t *Type) Decode(data []byte) (any, error) {
	return t.decode(data, Limits{}.withDefaults())
}

func (t *Type) append(dst []byte, m any, l Limits) ([]byte, error) {
	v := reflect.ValueOf(m)
	if !v.IsValid() || v.Type() != t.t {
		return dst, &Error{Op: "encode", Type: t.short, Err: fmt.Errorf("%w: the value is a %T", ErrUnknownKind, m)}
	}
	out, err := t.encode(dst, v)
	if err != nil {
		return dst, &Error{Op: "encode", Type: t.short, Err: err}
	}
	if err := t.limit(out[len(dst):], l); err != nil {
		return dst, err
	}
	return out, nil
}

func (t *Type) encode(dst []byte, v reflect.Value) ([]byte, error) {
	c := t.get()
	defer t.pool.Put(c)
	if t.shape.form != formHook {
		return c.encode(dst, v)
	}
	c.value.Set(v)
	out, err := appendHook(dst, c.ptr)
	c.value.SetZero()
	return out, err
}

// limit refuses a message that no receiver with the same limits would take.
func (t *Type) limit(data []byte, l Limits) error {
	if len(data) > l.Message {
		return t.tooLarge("encode", len(data), l)
	}
	if len(data) > l.Items && t.shape.form != formHook { // else it cannot hold as many
		if err := t.shape.check(data, l); err != nil {
			err.Op, err.Type = "encode", t.short
			return err
		}
	}
	return nil
}

func (t *Type) tooLarge(op string, n int, l Limits) *Error {
	return &Error{Op: op, Type: t.short, Err: fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, n, l.Message)}
}

func (t *Type) decode(data []byte, l Limits) (any, error) {
	if len(data) > l.Message {
		return nil, t.tooLarge("decode", len(data), l)
	}
	if t.shape.form == formHook {
		return t.decodeHook(data)
	}
	if err := t.shape.check(data, l); err != nil {
		err.Type = t.short
		return nil, err
	}
	c := t.get()
	defer t.pool.Put(c)
	m, err := c.decode(data)
	if err != nil {
		return nil, &Error{Op: "decode", Type: t.short, Err: err}
	}
	return m, nil
}

func (t *Type) decodeHook(data []byte) (any, error) {
	c := t.get()
	defer t.pool.Put(c)
	err := readHook(c.ptr, data)
	m := c.value.Interface() // a copy
	c.value.SetZero()
	if err != nil {
		return nil, &Error{Op: "decode", Type: t.short, Err: err}
	}
	return m, nil
}

func (t *Type) get() *coder {
	if c, ok := t.pool.Get().(*coder); ok {
		return c
	}
	return newCoder(t.t, t.shape)
}
