package workload

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
)

// Stamp is the length of what makes a value unique: 4 hexadecimal digits of the
// client, 12 of a count. A value repeats it up to its size, so that a read can tell
// whether it got all of a value, and a history need keep no more. What that size is
// follows from the stamp, too, where values differ in size.
const Stamp = 16

// stampOf numbers the value that a client writes after so many others.
func stampOf(client int, count uint64) uint64 { return count&(1<<48-1) | uint64(client)<<48 }

// appendValue appends a value of the given size to dst. A size below that of the
// stamp keeps the end of it, which is no longer unique.
func appendValue(dst []byte, stamp uint64, size int) []byte {
	const digits = "0123456789abcdef"
	var mark [Stamp]byte
	for i, x := Stamp-1, stamp; i >= 0; i, x = i-1, x>>4 {
		mark[i] = digits[x&15]
	}
	if size < Stamp {
		return append(dst, mark[Stamp-size:]...)
	}
	from := len(dst)
	dst = append(dst, mark[:]...)
	for len(dst)-from < size {
		dst = append(dst, dst[from:from+min(len(dst)-from, size-(len(dst)-from))]...)
	}
	return dst
}

// sizeOf returns the size of the value with a stamp.
func (p *Plan) sizeOf(stamp uint64) int {
	if p.sizes.Kind == Constant {
		return p.sizes.Size
	}
	return p.sizes.of(mix(p.run.Seed ^ mix(stamp)))
}

// Abridge returns what a history keeps of a value: its stamp if the rest follows from
// it, all of it and a mark if not. So a value that came back damaged or cut short is
// not the one that was written. Values shorter than a stamp are kept as they are.
func (p *Plan) Abridge(value []byte) []byte {
	n := len(value)
	if n < Stamp {
		return value
	}
	if n >= Stamp && n == p.expected(value[:Stamp]) && bytes.Equal(value[Stamp:], value[:n-Stamp]) {
		return value[:Stamp]
	}
	return append(bytes.Clone(value), "(damaged)"...)
}

// expected returns the size of the value that begins with a stamp, -1 if that is none.
func (p *Plan) expected(mark []byte) int {
	if p.sizes.Kind == Constant {
		return p.sizes.Size
	}
	var raw [Stamp / 2]byte
	if _, err := hex.Decode(raw[:], mark); err != nil {
		return -1
	}
	return p.sizeOf(binary.BigEndian.Uint64(raw[:]))
}
