package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/quorate/quorate/wire"
)

// A frame is a length, four bytes big endian, and as many bytes. TCP carries
// frames only, after the greeting.

const (
	frameHeader = 4
	firstBuffer = 4 << 10  // what a connection costs before it has sent anything
	readBuffer  = 64 << 10 // enough to read many frames with one call
)

// errMalformed is wrapped by what is wrong with bytes, in contrast to what is
// wrong with a connection.
var errMalformed = errors.New("malformed")

// appendFrame appends m as a frame to dst. On an error dst is unchanged. What does
// not fit wraps [wire.ErrTooLarge].
func appendFrame(dst []byte, c *wire.Codec, m any, limit int) ([]byte, error) {
	start := len(dst)
	out, err := c.Append(append(dst, 0, 0, 0, 0), m)
	if err != nil {
		return dst, err
	}
	size := len(out) - start - frameHeader
	if size > limit {
		return dst, fmt.Errorf("%T of %d bytes: %w: a frame holds at most %d", m, size, wire.ErrTooLarge, limit)
	}
	binary.BigEndian.PutUint32(out[start:], uint32(size))
	return out, nil
}

// splitFrame takes the body of the first frame off a run of whole ones.
func splitFrame(frames []byte) (body, rest []byte) {
	end := frameHeader + int(binary.BigEndian.Uint32(frames))
	return frames[frameHeader:end:end], frames[end:]
}

// frameReader cuts a stream into frames. Its buffer grows with what has
// arrived, never with what a length promises.
type frameReader struct {
	src   io.Reader
	limit int // of a frame
	buf   []byte
	r, w  int // buf[r:w] is read and not yet handed out

	conn     net.Conn      // whose frames must not take too long; nil for no bound
	patience time.Duration // with a frame that has begun to arrive
	begun    time.Time     // when it was seen to; zero if it was not
	armed    bool          // conn has a deadline, perhaps of an earlier frame

	shared  *budget // for what several streams have of frames that are not whole
	charged int     // of it
}

func newFrameReader(src io.Reader, limit int) *frameReader {
	return &frameReader{src: src, limit: limit, buf: make([]byte, firstBuffer)}
}

// next returns the next frame, valid until the call after. It returns io.EOF
// where a stream may end, and io.ErrUnexpectedEOF inside a frame.
func (f *frameReader) next() ([]byte, error) {
	for {
		frame, err := f.cut()
		if frame != nil || err != nil {
			return frame, err
		}
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
}

// ready reports whether next will not have to wait.
func (f *frameReader) ready() bool {
	size, ok := f.size()
	return ok && (size > f.limit || size == 0 || f.w-f.r >= frameHeader+size)
}

func (f *frameReader) size() (int, bool) {
	if f.w-f.r < frameHeader {
		return 0, false
	}
	return int(binary.BigEndian.Uint32(f.buf[f.r:])), true
}

// cut takes a frame off the buffer, nil if it is not complete.
func (f *frameReader) cut() ([]byte, error) {
	size, ok := f.size()
	switch {
	case !ok:
		return nil, nil
	case size == 0:
		return nil, fmt.Errorf("%w: empty frame", errMalformed)
	case size > f.limit:
		return nil, fmt.Errorf("%w: frame of %d bytes, at most %d are allowed", errMalformed, size, f.limit)
	case f.w-f.r < frameHeader+size:
		return nil, nil
	}
	start := f.r + frameHeader
	f.r = start + size
	f.begun = time.Time{}
	return f.buf[start:f.r:f.r], nil
}

// fill reads once.
func (f *frameReader) fill() error {
	if err := f.makeRoom(); err != nil {
		return err
	}
	if err := f.arm(); err != nil {
		return err
	}
	n, err := f.src.Read(f.buf[f.w:])
	f.w += n
	if n > 0 {
		return nil // an error, if any, comes again
	}
	if f.armed && errors.Is(err, os.ErrDeadlineExceeded) {
		return f.late()
	}
	if err == io.EOF && f.w > f.r {
		return io.ErrUnexpectedEOF
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// watch has a frame that arrives too slowly end the stream, which conn is. Between
// frames it may be as quiet as it likes.
func (f *frameReader) watch(conn net.Conn, patience time.Duration) {
	f.src, f.conn, f.patience = newReader(conn), conn, patience
}

// arm sets a deadline for a frame that has begun, unless there is one. That of a
// frame which has come meanwhile stays: to move it costs more than to wake up
// once in vain.
func (f *frameReader) arm() error {
	if f.conn == nil || f.w == f.r {
		return nil
	}
	if f.begun.IsZero() {
		f.begun = time.Now()
	}
	if f.armed {
		return nil
	}
	f.armed = true
	return f.conn.SetReadDeadline(f.begun.Add(f.patience))
}

// late decides whether a deadline that has passed was that of the frame which is
// arriving now.
func (f *frameReader) late() error {
	if f.w > f.r && time.Since(f.begun) >= f.patience {
		return fmt.Errorf("%w: %d bytes of a frame came within %v, and the rest did not", errMalformed, f.w-f.r, f.patience)
	}
	f.armed = false
	return f.conn.SetReadDeadline(time.Time{})
}

// makeRoom lets the next read find room: it doubles the buffer when a read has
// filled it, moves a begun frame to its front, and shrinks it after a large one.
func (f *frameReader) makeRoom() error {
	begun := f.buf[f.r:f.w]
	size, filled := len(f.buf), f.w == len(f.buf)
	switch {
	case len(begun) > 0 && !filled:
		return nil
	case len(begun) == 0 && size > readBuffer:
		size = readBuffer
	case filled && (len(begun) == size || size < readBuffer):
		size *= 2
	}
	buf := f.buf
	if size != len(buf) {
		if !f.charge(size) {
			return errNoRoom
		}
		buf = make([]byte, size)
	}
	f.w = copy(buf, begun)
	f.r, f.buf = 0, buf
	return nil
}

// errNoRoom ends a stream whose frame is longer than what is left for all of them.
var errNoRoom = fmt.Errorf("%w: others have sent too much that is not whole yet, and there is no room for more", errRefused)

// charge takes from the budget what a buffer of a size needs beyond that which every
// stream may have, or gives it back; false if there is not so much.
func (f *frameReader) charge(size int) bool {
	more := max(0, size-readBuffer) - f.charged
	switch {
	case more < 0:
		f.shared.give(-more)
	case more > 0 && !f.shared.take(more):
		return false
	}
	f.charged += more
	return true
}
