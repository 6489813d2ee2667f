package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// scan walks the bytes of one message along its shape, before the library sees
// them. It reads what the library writes and nothing more: an array has exactly
// its fields, an integer fits, a length is covered by bytes that are there.
type scan struct {
	data  []byte
	pos   int
	items int // elements that may still come
}

// check compares data with s.
func (s *shape) check(data []byte, l Limits) *Error {
	c := scan{data: data, items: l.Items}
	if err := c.value(s); err != nil {
		return err
	}
	if c.pos != len(data) {
		return c.fail(c.pos, ErrTrailing, "%d left", len(data)-c.pos)
	}
	return nil
}

func (c *scan) fail(at int, reason error, format string, args ...any) *Error {
	return &Error{Op: "decode", Offset: at, Err: fmt.Errorf("%w: %s", reason, fmt.Sprintf(format, args...))}
}

func (c *scan) truncated() *Error {
	return c.fail(len(c.data), ErrTruncated, "the message goes on")
}

// MessagePack's type bytes, see the specification's overview of formats.
const (
	mpFixArray = 0x90
	mpFixStr   = 0xa0
	mpNil      = 0xc0
	mpFalse    = 0xc2
	mpTrue     = 0xc3
	mpBin8     = 0xc4
	mpExt8     = 0xc7
	mpFloat32  = 0xca
	mpFloat64  = 0xcb
	mpUint8    = 0xcc
	mpInt8     = 0xd0
	mpFixExt1  = 0xd4
	mpFixExt16 = 0xd8
	mpStr8     = 0xd9
	mpArray16  = 0xdc
	mpNegFix   = 0xe0
)

func (c *scan) value(s *shape) *Error {
	if c.pos >= len(c.data) {
		return c.truncated()
	}
	b := c.data[c.pos]
	switch s.form {
	case formUint, formInt:
		if b < 0x80 { // fits every integer
			c.pos++
			return nil
		}
		return c.integer(s)
	case formStruct:
		return c.structure(s)
	case formSlice:
		if b == mpNil {
			c.pos++
			return nil
		}
		return c.slice(s)
	case formArray:
		return c.array(s)
	case formString:
		return c.text()
	case formBytes:
		if b == mpNil {
			c.pos++
			return nil
		}
		_, err := c.bin()
		return err
	case formFixed:
		return c.fixed(s)
	case formHook:
		if b == mpNil && s.nilable {
			c.pos++
			return nil
		}
		return c.ext()
	}
	return c.fixedWidth(s, b)
}

// fixedWidth takes the values that have one size only.
func (c *scan) fixedWidth(s *shape, b byte) *Error {
	switch {
	case s.form == formBool && (b == mpTrue || b == mpFalse):
		return c.skip(1)
	case s.form == formFloat32 && b == mpFloat32:
		return c.skip(5)
	case s.form == formFloat64 && b == mpFloat64:
		return c.skip(9)
	}
	return c.wrong(s.signature())
}

func (c *scan) wrong(want string) *Error {
	return c.fail(c.pos, ErrMalformed, "0x%02x does not begin a %s", c.data[c.pos], want)
}

// skip passes n bytes, type byte included.
func (c *scan) skip(n int) *Error {
	if n > len(c.data)-c.pos {
		return c.truncated()
	}
	c.pos += n
	return nil
}

func (c *scan) integer(s *shape) *Error {
	at, b := c.pos, c.data[c.pos]
	var u uint64
	negative := false
	switch {
	case b >= mpNegFix:
		c.pos++
		u, negative = uint64(int64(int8(b))), true
	case b >= mpUint8 && b <= mpUint8+3:
		v, err := c.number(int(b - mpUint8))
		if err != nil {
			return err
		}
		u = v
	case b >= mpInt8 && b <= mpInt8+3:
		size := int(b - mpInt8)
		v, err := c.number(size)
		if err != nil {
			return err
		}
		shift := 64 - 8<<size
		i := int64(v<<shift) >> shift // carries the sign up
		u, negative = uint64(i), i < 0
	default:
		return c.wrong(s.signature())
	}
	if !s.holds(u, negative) {
		if negative {
			return c.fail(at, ErrRange, "%d is no %s", int64(u), s.signature())
		}
		return c.fail(at, ErrRange, "%d is no %s", u, s.signature())
	}
	return nil
}

// number reads the big-endian number of 1<<size bytes behind a type byte.
func (c *scan) number(size int) (uint64, *Error) {
	at := c.pos + 1
	if err := c.skip(1 + 1<<size); err != nil {
		return 0, err
	}
	switch d := c.data[at:]; size {
	case 0:
		return uint64(d[0]), nil
	case 1:
		return uint64(binary.BigEndian.Uint16(d)), nil
	case 2:
		return uint64(binary.BigEndian.Uint32(d)), nil
	default:
		return binary.BigEndian.Uint64(d), nil
	}
}

// holds reports whether the integer shape has room for u, which is a
// two's complement if negative.
func (s *shape) holds(u uint64, negative bool) bool {
	if s.form == formUint {
		return !negative && (s.bits == 64 || u>>s.bits == 0)
	}
	if !negative {
		return u <= math.MaxInt64>>(64-s.bits)
	}
	return int64(u) >= math.MinInt64>>(64-s.bits)
}

func (c *scan) structure(s *shape) *Error {
	if err := c.exactly(len(s.fields), "fields"); err != nil {
		return err
	}
	for i := range s.fields {
		f := &s.fields[i]
		if err := c.value(f.shape); err != nil {
			return err.under(f.name)
		}
	}
	return nil
}

func (c *scan) array(s *shape) *Error {
	if err := c.exactly(s.n, "elements"); err != nil {
		return err
	}
	return c.elements(s, s.n)
}

func (c *scan) slice(s *shape) *Error {
	at := c.pos
	n, err := c.arrayLen()
	if err != nil {
		return err
	}
	if n > (len(c.data)-c.pos)/s.elem.min {
		return c.fail(at, ErrTruncated, "%d elements of at least %d bytes announced, %d bytes left", n, s.elem.min, len(c.data)-c.pos)
	}
	if n > c.items {
		return c.fail(at, ErrTooLarge, "%d more elements than the limit allows", n-c.items)
	}
	c.items -= n
	return c.elements(s, n)
}

func (c *scan) elements(s *shape, n int) *Error {
	for i := range n {
		if err := c.value(s.elem); err != nil {
			return err.under("[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
}

// exactly takes an array header that must announce n.
func (c *scan) exactly(n int, what string) *Error {
	at := c.pos
	if n < 16 && c.data[at] == mpFixArray|byte(n) {
		c.pos++
		return nil
	}
	got, err := c.arrayLen()
	if err != nil {
		return err
	}
	if got != n {
		return c.fail(at, ErrMalformed, "%d %s, want %d", got, what, n)
	}
	return nil
}

func (c *scan) arrayLen() (int, *Error) {
	switch b := c.data[c.pos]; {
	case b&0xf0 == mpFixArray:
		c.pos++
		return int(b & 0x0f), nil
	case b == mpArray16 || b == mpArray16+1:
		n, err := c.number(1 + int(b-mpArray16))
		return int(n), err
	}
	return 0, c.wrong("array")
}

func (c *scan) text() *Error {
	b := c.data[c.pos]
	if b&0xe0 == mpFixStr {
		return c.skip(1 + int(b&0x1f))
	}
	if b < mpStr8 || b > mpStr8+2 {
		return c.wrong("string")
	}
	return c.body(int(b-mpStr8), 0)
}

// bin takes a piece of bytes and returns its length.
func (c *scan) bin() (int, *Error) {
	b, at := c.data[c.pos], c.pos
	if b < mpBin8 || b > mpBin8+2 {
		return 0, c.wrong("byte string")
	}
	size := int(b - mpBin8)
	if err := c.body(size, 0); err != nil {
		return 0, err
	}
	return c.pos - at - 1 - 1<<size, nil
}

func (c *scan) fixed(s *shape) *Error {
	at := c.pos
	n, err := c.bin()
	if err == nil && n != s.n {
		return c.fail(at, ErrMalformed, "%d bytes, want %d", n, s.n)
	}
	return err
}

// ext takes the bytes of a hook, with their tag.
func (c *scan) ext() *Error {
	at, b, tagAt := c.pos, c.data[c.pos], 0
	var err *Error
	switch {
	case b >= mpFixExt1 && b <= mpFixExt16:
		tagAt = at + 1
		err = c.skip(2 + 1<<(b-mpFixExt1))
	case b >= mpExt8 && b <= mpExt8+2:
		tagAt = at + 1 + 1<<(b-mpExt8)
		err = c.body(int(b-mpExt8), 1)
	default:
		return c.wrong("extension")
	}
	if err == nil && c.data[tagAt] != hookTag {
		return c.fail(tagAt, ErrMalformed, "extension %d, want %d", c.data[tagAt], hookTag)
	}
	return err
}

// body takes a length of 1<<size bytes, and as many bytes as it says, and extra.
func (c *scan) body(size, extra int) *Error {
	n, err := c.number(size)
	if err != nil {
		return err
	}
	return c.skip(int(n) + extra)
}
