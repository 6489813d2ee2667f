package remote

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

// answer is what a member's HTTP listener sent back, as far as it matters here.
type answer struct {
	status  int
	tag     string // the entity tag, with its quotes
	version string // Quorate-Version, of a delete
	index   string // Quorate-Index, of a local read
	leads   string // Location, of a redirect
	stale   bool
	body    []byte
	closes  bool // the connection ends with this answer
}

// Bounds of an answer.
const (
	maxHead  = 16 << 10 // bytes of its head
	readSize = 4 << 10  // and of one line of it
)

var (
	errAnswer    = errors.New("malformed HTTP answer")
	errNoAnswer  = errors.New("connection closed without an answer")
	errHeadSize  = fmt.Errorf("%w: its head is too long", errAnswer)
	errBodySize  = fmt.Errorf("%w: its body is too long", errAnswer)
	errNoLength  = fmt.Errorf("%w: its length is not told", errAnswer)
	errBadLength = fmt.Errorf("%w: its length makes no sense", errAnswer)
)

// httpConn is a kept-alive connection of HTTP/1.1 that one exchange at a time
// uses. It does what a benchmark's client needs and no more: net/http's own
// client, with two goroutines and several channels for each connection, takes
// several times as much of the processor that the servers need, too.
type httpConn struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte // the request, built and sent at once
	host string // of the address, for the Host header
	max  int    // bytes of a body

	used bool
}

func newHTTPConn(conn net.Conn, host string, maxBody int) *httpConn {
	return &httpConn{conn: conn, in: bufio.NewReaderSize(conn, readSize), host: host, max: maxBody}
}

// request is one request. The path is escaped already; headers are whole lines.
type request struct {
	method, path, headers string
	body                  []byte
	hasBody               bool
}

// exchange sends a request and returns its answer. If sent is false, nothing of
// the request reached the network. After an error, or an answer that closes, the
// connection is of no more use.
func (c *httpConn) exchange(r request, until time.Time) (a answer, sent bool, err error) {
	if err := c.conn.SetDeadline(until); err != nil {
		return a, false, err
	}
	b := c.out[:0]
	b = append(b, r.method...)
	b = append(b, ' ')
	b = append(b, r.path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.host...)
	b = append(b, "\r\n"...)
	b = append(b, r.headers...)
	if r.hasBody {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	b = append(b, r.body...)
	if c.out = b; cap(b) > 1<<16 {
		c.out = nil
	}
	c.used = true
	if n, err := c.conn.Write(b); err != nil {
		return a, n > 0, err
	}
	a, err = c.read(r.method == "HEAD")
	return a, true, err
}

// read reads an answer, and those that only ask for patience before it.
func (c *httpConn) read(noBody bool) (answer, error) {
	for {
		if _, err := c.in.Peek(1); err == io.EOF {
			return answer{}, errNoAnswer
		}
		a, length, err := c.head()
		if err != nil {
			return a, unexpected(err)
		}
		if a.status >= 100 && a.status < 200 && a.status != 101 {
			continue
		}
		if noBody || a.status == 204 || a.status == 304 {
			return a, nil
		}
		a.body, err = c.body(length)
		return a, unexpected(err)
	}
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Lengths of a body that are not told.
const (
	chunked = -1
	unknown = -2
)

// head reads the status line and the headers.
func (c *httpConn) head() (a answer, length int64, err error) {
	length = unknown
	line, err := c.line()
	if err != nil {
		return a, 0, err
	}
	// HTTP/1.1 200 OK
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[8] != ' ' {
		return a, 0, fmt.Errorf("%w: it begins with %.40q", errAnswer, line)
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil || a.status < 100 || len(line) > 12 && line[12] != ' ' {
		return a, 0, fmt.Errorf("%w: it begins with %.40q", errAnswer, line)
	}
	a.closes = line[7] == '0'
	for size := len(line); ; {
		if line, err = c.line(); err != nil {
			return a, 0, err
		}
		if len(line) == 0 {
			return a, length, nil
		}
		if size += len(line); size > maxHead {
			return a, 0, errHeadSize
		}
		if length, err = a.header(line, length); err != nil {
			return a, 0, err
		}
	}
}

// header takes one header line. It returns the length of the body as far as it
// is known then.
func (a *answer) header(line []byte, length int64) (int64, error) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return 0, fmt.Errorf("%w: header %.40q", errAnswer, line)
	}
	value = bytes.Trim(value, " \t")
	switch { // in the order of what is most often there
	case is(name, "content-length"):
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || n < 0 || length >= 0 && n != length {
			return 0, errBadLength
		}
		if length == chunked {
			return length, nil
		}
		return n, nil
	case is(name, "etag"):
		a.tag = string(value)
	case is(name, "transfer-encoding"):
		if !is(value, "chunked") {
			return 0, fmt.Errorf("%w: transfer encoding %.40q", errAnswer, value)
		}
		return chunked, nil
	case is(name, "connection"):
		a.closes = a.closes || is(value, "close")
	case is(name, "quorate-version"):
		a.version = string(value)
	case is(name, "quorate-stale"):
		a.stale = true
	case is(name, "quorate-index"):
		a.index = string(value)
	case is(name, "location"):
		a.leads = string(value)
	}
	return length, nil
}

// is reports whether a header is a word, which is written in lower case here.
func is(have []byte, word string) bool {
	if len(have) != len(word) {
		return false
	}
	for i, c := range have {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// line reads a line. It is valid until the next read.
func (c *httpConn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return nil, errHeadSize
	}
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}

// body reads a body; the memory is taken as bytes arrive, if it is large.
func (c *httpConn) body(length int64) ([]byte, error) {
	switch {
	case length == unknown:
		return nil, errNoLength
	case length > int64(c.max):
		return nil, errBodySize
	case length >= 0 && length <= 64<<10:
		body := make([]byte, length)
		_, err := io.ReadFull(c.in, body)
		return body, err
	case length >= 0:
		var b bytes.Buffer
		_, err := io.CopyN(&b, c.in, length)
		return b.Bytes(), err
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(httputil.NewChunkedReader(c.in), int64(c.max)+1))
	switch {
	case err != nil:
		return nil, err
	case n > int64(c.max):
		return nil, errBodySize
	}
	for size := 0; size <= maxHead; { // trailers
		line, err := c.line()
		if err != nil || len(line) == 0 {
			return b.Bytes(), err
		}
		size += len(line)
	}
	return nil, errHeadSize
}
