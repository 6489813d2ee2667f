// Package wire turns messages and records into bytes and back.
package wire

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"

	"github.com/hashicorp/go-msgpack/v2/codec"
)

// Type is a struct type that can go on the wire.
type Type struct {
	name string
	t    reflect.Type
}

var handle = func() *codec.MsgpackHandle {
	h := &codec.MsgpackHandle{}
	h.WriteExt, h.StructToArray, h.MaxDepth = true, true, 16
	return h
}()

// Compile checks that t is a struct that can be encoded and prepares it.
func Compile(t reflect.Type) (*Type, error) {
	if t.Kind() != reflect.Struct || t.Name() == "" {
		return nil, fmt.Errorf("%v is not a named struct", t)
	}
	return &Type{name: t.PkgPath() + "." + t.Name(), t: t}, nil
}

// Name returns the type's full name: import path, dot, type name.
func (t *Type) Name() string { return t.name }

// Append appends the encoding of m, which must be of type t, to dst.
func (t *Type) Append(dst []byte, m any) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	err := codec.NewEncoder(buf, handle).Encode(m)
	return buf.Bytes(), err
}

// Decode returns the value, of type t, that data encodes.
func (t *Type) Decode(data []byte) (any, error) {
	p := reflect.New(t.t)
	d := codec.NewDecoderBytes(data, handle)
	if err := d.Decode(p.Interface()); err != nil {
		return nil, err
	}
	if d.NumBytesRead() != len(data) {
		return nil, errors.New("trailing bytes")
	}
	return p.Elem().Interface(), nil
}

// Codec numbers a set of types by their sorted names.
type Codec struct {
	kinds  []*Type
	number map[reflect.Type]int
}

// NewCodec compiles the types and numbers them.
func NewCodec(types ...reflect.Type) (*Codec, error) { panic("wire: not yet") }
