package history

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// source is the text, piece by piece, with the place of each byte.
type source struct {
	r        io.Reader
	buf      []byte
	pos, end int
	eof      bool
	err      error // of r

	base      int64 // offset of buf[0]
	line      int   // from 1
	lineStart int64 // offset of the line's first byte
	begin     int64 // offset of the event's first byte
	maxEvent  int64
	maxBytes  int64
}

func newSource(r io.Reader, cfg Config) source {
	return source{r: r, buf: make([]byte, 1<<16), line: 1, maxEvent: int64(cfg.MaxEventBytes), maxBytes: cfg.MaxBytes}
}

func (s *source) offset() int64 { return s.base + int64(s.pos) }

// fill reads more; false at the end. What stands at keep and after it is then at 0.
func (s *source) fill(keep int) bool {
	if s.eof {
		return false
	}
	copy(s.buf, s.buf[keep:s.end])
	s.base += int64(keep)
	s.end -= keep
	s.pos -= keep
	if s.end == len(s.buf) {
		if int64(s.end) >= s.maxEvent {
			s.stop(s.broken("a token of more than %d bytes; see MaxEventBytes", s.maxEvent))
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.r.Read(s.buf[s.end:])
	for tries := 0; n == 0 && err == nil; tries++ {
		if tries == 100 {
			err = io.ErrNoProgress
			break
		}
		n, err = s.r.Read(s.buf[s.end:])
	}
	s.end += n
	if s.base+int64(s.end) > s.maxBytes {
		s.stop(s.broken("more than %d bytes of text; see MaxBytes", s.maxBytes))
		return false
	}
	if n == 0 {
		s.stop(nil)
		if !errors.Is(err, io.EOF) {
			s.err = err
		}
	}
	return n > 0
}

func (s *source) stop(err error) { s.eof, s.err = true, err }

// peek returns the next byte; false at the end.
func (s *source) peek() (byte, bool) {
	if s.pos == s.end && !s.fill(s.pos) {
		return 0, false
	}
	return s.buf[s.pos], true
}

// at returns the byte that is so many further on.
func (s *source) at(ahead int) (byte, bool) {
	for s.pos+ahead >= s.end {
		if !s.fill(s.pos) {
			return 0, false
		}
	}
	return s.buf[s.pos+ahead], true
}

// ahead returns the next n bytes, fewer at the end.
func (s *source) ahead(n int) string {
	s.at(n - 1)
	return string(s.buf[s.pos:min(s.pos+n, s.end)])
}

// blank skips spaces, line ends and commas; false at the end.
func (s *source) blank() (byte, bool) {
	for {
		c, ok := s.peek()
		if !ok {
			return 0, false
		}
		switch c {
		case '\n':
			s.line++
			s.lineStart = s.offset() + 1
		case ' ', '\t', '\r', ',', '\f':
		default:
			return c, true
		}
		s.pos++
	}
}

// restOfLine skips to the line's end.
func (s *source) restOfLine() {
	for {
		if i := bytes.IndexByte(s.buf[s.pos:s.end], '\n'); i >= 0 {
			s.pos += i
			return
		}
		s.pos = s.end
		if !s.fill(s.pos) {
			return
		}
	}
}

// more is fill for what begins at start; both places follow what moves.
func (s *source) more(start, i *int) bool {
	before := s.base
	ok := s.fill(*start)
	moved := int(s.base - before)
	*start -= moved
	*i -= moved
	return ok
}

// token returns the bytes up to the next delimiter. They hold until the next read.
func (s *source) token() []byte {
	start, i := s.pos, s.pos
	for {
		if i == s.end {
			if !s.more(&start, &i) {
				break
			}
		}
		if delimits(s.buf[i]) {
			break
		}
		i++
	}
	s.pos = i
	return s.buf[start:i]
}

func delimits(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '\f', ',', '{', '}', '[', ']', '(', ')', '"', ';':
		return true
	}
	return false
}

// quoted returns what stands up to the closing quote, which it skips, and whether there
// is a backslash in it. It holds until the next read.
func (s *source) quoted() (text []byte, escapes bool, err error) {
	start, i := s.pos, s.pos
	for {
		if i == s.end {
			if !s.more(&start, &i) {
				s.pos = i
				return nil, false, s.broken("a string does not end")
			}
		}
		switch s.buf[i] {
		case '"':
			s.pos = i + 1
			return s.buf[start:i], escapes, nil
		case '\\':
			escapes = true
			if i+1 == s.end {
				if !s.more(&start, &i) {
					s.pos = i
					return nil, false, s.broken("a string does not end")
				}
			}
			i++
		case '\n':
			s.line++
			s.lineStart = s.base + int64(i) + 1
		}
		i++
	}
}

// within reports an event that is too long.
func (s *source) within() error {
	if s.offset()-s.begin > s.maxEvent {
		return s.broken("an event of more than %d bytes; see MaxEventBytes", s.maxEvent)
	}
	return nil
}

// broken is an error at this place, or why there is no more text.
func (s *source) broken(format string, args ...any) error {
	if s.err != nil {
		return s.err
	}
	return s.here().broken(format, args...)
}

// place is one in the text, for people.
type place struct {
	line   int
	column int64
}

func (s *source) here() place { return place{s.line, max(1, s.offset()-s.lineStart+1)} }

func (p place) broken(format string, args ...any) error {
	return malformed("line %d, column %d: %s", p.line, p.column, fmt.Sprintf(format, args...))
}

// ErrMalformed is wrapped by the error for what is no history: text that is neither EDN
// nor JSON, events that lack what an event needs, or an order of events that no
// sequential clients can have made.
var ErrMalformed = errors.New("malformed history")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}
