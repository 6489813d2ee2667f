package wire

import (
	"encoding"
	"fmt"
	"math"
	"reflect"

	"github.com/hashicorp/go-msgpack/v2/codec"
)

// hookTag marks the bytes of a hook inside another message. One tag serves all
// hooks: the shape says whose bytes they are.
const hookTag = 1

// maxKept bounds the buffers that a coder keeps between messages.
const maxKept = 256 << 10

// coder is what it takes to encode or decode one message of a type at a time.
// Coders live in the type's pool. Each has a handle of its own, so that nothing
// is shared between goroutines and the library's tables stay short.
type coder struct {
	enc   *codec.Encoder
	dec   *codec.Decoder
	value reflect.Value // a T; zero between uses: a decoder would reuse old slices
	ptr   any           // &value
	out   []byte
	hook  []byte // scratch of nested hooks
	err   error  // of a nested hook: the library would only keep its text
}

func newCoder(t reflect.Type, s *shape) *coder {
	c := &coder{out: make([]byte, 0, 256), hook: make([]byte, 0, 64)}
	h := &codec.MsgpackHandle{}
	h.WriteExt = true // keeps strings and bytes apart
	h.StructToArray = true
	h.TypeInfos = codec.NewTypeInfos(nil) // field tags mean nothing here: every field goes
	h.MaxDepth = maxDepth + 2
	h.MaxInitLen = math.MaxInt32 // the scan has already compared every length with the bytes
	for _, ht := range s.hooks(nil) {
		if err := h.SetBytesExt(ht, hookTag, hookExt{c}); err != nil {
			panic(fmt.Sprintf("wire: hook %v: %v", ht, err)) // Compile lets only named types pass
		}
	}
	c.enc = codec.NewEncoderBytes(&c.out, h)
	c.dec = codec.NewDecoderBytes([]byte{mpNil}, h)
	p := reflect.New(t)
	c.value, c.ptr = p.Elem(), p.Interface()
	return c
}

// encode appends m's bytes to dst.
func (c *coder) encode(dst []byte, m reflect.Value) ([]byte, error) {
	c.value.Set(m)
	c.out, c.err = c.out[:0], nil
	c.enc.ResetBytes(&c.out)
	err := c.enc.Encode(c.ptr)
	c.value.SetZero()
	if c.err != nil {
		err = c.err
	}
	if err == nil {
		dst = append(dst, c.out...)
	}
	if cap(c.out) > maxKept {
		c.out = make([]byte, 0, 256)
	}
	if cap(c.hook) > maxKept {
		c.hook = make([]byte, 0, 64)
	}
	return dst, err
}

// decode returns the value in data, which the scan has passed.
func (c *coder) decode(data []byte) (any, error) {
	c.err = nil
	c.dec.ResetBytes(data)
	err := c.dec.Decode(c.ptr)
	read := c.dec.NumBytesRead()
	c.dec.ResetBytes([]byte{}) // lets go of data
	m := c.value.Interface()   // a copy
	c.value.SetZero()
	switch {
	case c.err != nil:
		return nil, c.err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case read != len(data):
		return nil, fmt.Errorf("%w: the decoder read %d bytes of %d", ErrTrailing, read, len(data))
	}
	return m, nil
}

// hookExt lets the library call a nested type's own methods.
type hookExt struct{ c *coder }

// WriteExt returns the bytes of v, which the library passes as a pointer to the
// hook's type, or as a value if that is no struct and no array. They are valid
// until the next call.
func (h hookExt) WriteExt(v any) []byte {
	if rv := reflect.ValueOf(v); rv.Kind() != reflect.Pointer {
		p := reflect.New(rv.Type())
		p.Elem().Set(rv)
		v = p.Interface()
	}
	out, err := appendHook(h.c.hook[:0], v)
	if err != nil {
		h.fail(err)
	}
	h.c.hook = out
	return out
}

// ReadExt fills dst, a pointer to the hook's type.
func (h hookExt) ReadExt(dst any, data []byte) {
	if err := readHook(dst, data); err != nil {
		h.fail(err)
	}
}

func (h hookExt) fail(err error) {
	h.c.err = err
	panic(err) // the library recovers it and stops
}

// appendHook calls p's own encoder. A panic in it is an error here.
func appendHook(dst []byte, p any) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = dst, fmt.Errorf("%w in AppendBinary of %T: %v", ErrPanic, p, r)
		}
	}()
	return p.(encoding.BinaryAppender).AppendBinary(dst)
}

// readHook calls p's own decoder. Its data is foreign, so a panic in it must
// not take the process down.
func readHook(p any, data []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w in UnmarshalBinary of %T: %v", ErrPanic, p, r)
		}
	}()
	if err := p.(encoding.BinaryUnmarshaler).UnmarshalBinary(data); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}
