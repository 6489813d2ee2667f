package quorate

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrSnapshot is wrapped by every error that the Restore methods of this
// package return for malformed data.
var ErrSnapshot = errors.New("malformed snapshot")

// snapshotReader takes a snapshot apart. It never reads past the data and
// accepts only what the writers here produce; after the first mistake it
// yields zeros and keeps the error.
type snapshotReader struct {
	rest []byte
	err  error
}

func (r *snapshotReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrSnapshot, fmt.Sprintf(format, args...))
	}
	r.rest = nil
}

// take returns the next n bytes, which alias the data.
func (r *snapshotReader) take(n uint64, what string) []byte {
	if n > uint64(len(r.rest)) {
		r.fail("%s takes %d bytes, %d are left", what, n, len(r.rest))
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *snapshotReader) byte(what string) byte {
	if b := r.take(1, what); b != nil {
		return b[0]
	}
	return 0
}

func (r *snapshotReader) uint64(what string) uint64 {
	if b := r.take(8, what); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// uvarint reads a number in its shortest form, so that equal states have equal
// bytes.
func (r *snapshotReader) uvarint(what string) uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || n > 1 && r.rest[n-1] == 0 {
		r.fail("%s is not a number", what)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// count reads a number of things that take at least size bytes each: it cannot
// exceed what the rest of the data holds, so it is safe to allocate for.
func (r *snapshotReader) count(size int, what string) int {
	n := r.uvarint(what)
	if n > uint64(len(r.rest)/size) {
		r.fail("%s is %d, but %d bytes are left", what, n, len(r.rest))
		return 0
	}
	return int(n)
}

// finish reports the first mistake, or that data is left over.
func (r *snapshotReader) finish() error {
	if r.err == nil && len(r.rest) > 0 {
		r.fail("%d bytes left over", len(r.rest))
	}
	return r.err
}
