package wire

import (
	"encoding/binary"
	"fmt"
)

// AppendBytes appends the length of b and b to dst, in the form that
// [Reader.Bytes] reads. It keeps nil apart from empty.
func AppendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(b))+1)
	return append(dst, b...)
}

// AppendString appends the length of s and s to dst, in the form that
// [Reader.String] reads.
func AppendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// AppendBool appends one byte that [Reader.Bool] reads.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// Reader takes apart bytes that somebody wrote by hand: with the Append
// functions here and with [binary.AppendUvarint] and [binary.AppendVarint]. It
// never reads past the end and reserves no memory for what is not there. The
// first error stays and makes all later reads return zero values, so that one
// look at [Reader.Close] at the end is enough.
type Reader struct {
	data []byte
	off  int
	err  error
}

// NewReader returns a reader of data.
func NewReader(data []byte) Reader { return Reader{data: data} }

// Err returns the first error, which wraps [ErrTruncated], [ErrRange] or [ErrMalformed].
func (r *Reader) Err() error { return r.err }

// Len returns the number of bytes left.
func (r *Reader) Len() int { return len(r.data) - r.off }

// Close returns the first error, or [ErrTrailing] if bytes are left.
func (r *Reader) Close() error {
	if r.err == nil && r.Len() > 0 {
		r.Fail(ErrTrailing, "%d left", r.Len())
	}
	return r.err
}

// Fail records an error that the caller found in what it read, unless there is
// one already. The reason should be one of this package's.
func (r *Reader) Fail(reason error, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s, at byte %d", reason, fmt.Sprintf(format, args...), r.off)
	}
}

// Uvarint reads what [binary.AppendUvarint] wrote.
func (r *Reader) Uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	if r.off < len(r.data) && r.data[r.off] < 0x80 {
		r.off++
		return uint64(r.data[r.off-1])
	}
	v, n := binary.Uvarint(r.data[r.off:])
	return varint(r, v, n)
}

// Varint reads what [binary.AppendVarint] wrote.
func (r *Reader) Varint() int64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Varint(r.data[r.off:])
	return varint(r, v, n)
}

func varint[T int64 | uint64](r *Reader, v T, n int) T {
	switch {
	case n > 0:
		r.off += n
		return v
	case n == 0:
		r.Fail(ErrTruncated, "a number goes on")
	default:
		r.Fail(ErrRange, "a number exceeds 64 bits")
	}
	return 0
}

// UvarintBits is Uvarint for a field of the given number of bits, 1 to 64.
func (r *Reader) UvarintBits(bits int) uint64 {
	v := r.Uvarint()
	if bits < 64 && v>>bits != 0 {
		r.Fail(ErrRange, "%d needs more than %d bits", v, bits)
		return 0
	}
	return v
}

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// Bool reads what [AppendBool] wrote.
func (r *Reader) Bool() bool {
	switch b := r.Byte(); b {
	case 0:
		return false
	case 1:
		return true
	default:
		r.Fail(ErrMalformed, "0x%02x is no bool", b)
		return false
	}
}

// Bytes reads what [AppendBytes] wrote, as a copy.
func (r *Reader) Bytes() []byte {
	v := r.View()
	if v == nil {
		return nil
	}
	return append(make([]byte, 0, len(v)), v...)
}

// View is Bytes without the copy: valid only as long as the reader's data.
func (r *Reader) View() []byte {
	n := r.Uvarint()
	if n == 0 || r.err != nil {
		return nil
	}
	return r.piece(n - 1)
}

// String reads what [AppendString] wrote.
func (r *Reader) String() string { return string(r.piece(r.Uvarint())) }

// Count reads the number of elements of a collection whose elements take at
// least min bytes each; min below 1 counts as 1. A number that the bytes left
// cannot hold is an error and reads as 0: the caller may make room for what
// Count returns.
func (r *Reader) Count(min int) int {
	n := r.Uvarint()
	if n > uint64(r.Len()/max(min, 1)) {
		r.Fail(ErrTruncated, "%d elements announced, %d bytes left", n, r.Len())
		return 0
	}
	return int(n)
}

// piece takes n bytes; it returns nil only after an error.
func (r *Reader) piece(n uint64) []byte {
	if n > uint64(r.Len()) {
		r.Fail(ErrTruncated, "%d bytes announced, %d left", n, r.Len())
		return nil
	}
	return r.take(int(n))
}

func (r *Reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n > r.Len() {
		r.Fail(ErrTruncated, "%d bytes wanted, %d left", n, r.Len())
		return nil
	}
	r.off += n
	return r.data[r.off-n : r.off : r.off]
}
