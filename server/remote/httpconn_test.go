package remote

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// played is a connection whose other end has said all it has to say.
type played struct {
	net.Conn
	in   io.Reader
	sent bytes.Buffer
	fail error // of writing
}

func (p *played) Read(b []byte) (int, error) { return p.in.Read(b) }

func (p *played) Write(b []byte) (int, error) {
	if p.fail != nil {
		return 0, p.fail
	}
	return p.sent.Write(b)
}

func (p *played) SetDeadline(time.Time) error { return nil }

// slowly hands out a byte at a time.
type slowly struct{ io.Reader }

func (s slowly) Read(b []byte) (int, error) { return s.Reader.Read(b[:min(1, len(b))]) }

func TestAnswers(t *testing.T) {
	for text, want := range map[string]answer{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nEtag: \"7\"\r\n\r\nhello":     {status: 200, tag: `"7"`, body: []byte("hello")},
		"HTTP/1.1 200 OK\ncontent-length:5\nETAG:\"7\"\n\nhello":               {status: 200, tag: `"7"`, body: []byte("hello")},
		"HTTP/1.1 204 No Content\r\nEtag: \"7\"\r\nQuorate-Version: 9\r\n\r\n": {status: 204, tag: `"7"`, version: "9"},
		"HTTP/1.1 204\r\n\r\n": {status: 204},
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n":                                             {status: 304},
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n":                     {status: 201, body: []byte{}},
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n":              {status: 200, body: []byte("hello")},
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\nMore: x\r\nMore: y\r\n\r\n": {status: 200, body: []byte("hello")},
		"HTTP/1.1 503 Busy\r\nConnection: Close\r\nContent-Length: 2\r\n\r\n{}":                              {status: 503, body: []byte("{}"), closes: true},
		"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n":                                                       {status: 200, body: []byte{}, closes: true},
		"HTTP/1.1 200 OK\r\nQuorate-Stale: true\r\nQuorate-Index: 42\r\nContent-Length: 0\r\n\r\n":           {status: 200, body: []byte{}, stale: true, index: "42"},
		"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("x", 70000):                      {status: 200, body: bytes.Repeat([]byte("x"), 70000)},
	} {
		for _, in := range []io.Reader{strings.NewReader(text + "next"), slowly{strings.NewReader(text + "next")}} {
			c := newHTTPConn(&played{in: in}, "host:1", 100_000)
			got, sent, err := c.exchange(request{method: "GET", path: "/"}, time.Time{})
			if err != nil || !sent {
				t.Errorf("%.60q: %v", text, err)
				continue
			}
			if got.status != want.status || got.tag != want.tag || got.version != want.version || got.index != want.index ||
				got.stale != want.stale || got.closes != want.closes || !bytes.Equal(got.body, want.body) {
				t.Errorf("%.60q: %+.100v", text, got)
			}
			if rest, _ := io.ReadAll(c.in); string(rest) != "next" {
				t.Errorf("%.60q: %.20q is left, want what comes next", text, rest)
			}
		}
	}
}

func TestMalformedAnswers(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for text, want := range map[string]error{
		"":                                              errNoAnswer,
		"HTTP/1.1 200 OK\r\n":                           io.ErrUnexpectedEOF,
		"HTTP/1.1 200":                                  io.ErrUnexpectedEOF,
		"SSH-2.0-OpenSSH_9.0\r\n\r\n":                   errAnswer,
		"HTTP/2.0 200 OK\r\n\r\n":                       errAnswer,
		"HTTP/1.1 abc OK\r\n\r\n":                       errAnswer,
		"HTTP/1.1 2000 OK\r\n\r\n":                      errAnswer,
		"HTTP/1.1 099 OK\r\n\r\n":                       errAnswer,
		"HTTP/1.1 200 OK\r\nno colon\r\n\r\n":           errAnswer,
		"HTTP/1.1 200 OK\r\n\r\nbody":                   errNoLength,
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n": errBadLength,
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab":                                       errBadLength,
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n":                                           errBadLength,
		"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n":                                                         errBodySize,
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell":                                                          io.ErrUnexpectedEOF,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n":                                                        errAnswer,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel":                                             io.ErrUnexpectedEOF,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n":                                                io.ErrUnexpectedEOF,
		"HTTP/1.1 200 OK\r\nX: " + long + "\r\n\r\n":                                                                errHeadSize,
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+long[:1000]+"\r\n", 20):                                        errHeadSize,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: "+long[:1000]+"\r\n", 20): errHeadSize,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n" + strings.Repeat("x", 100_001):             errBodySize,
	} {
		c := newHTTPConn(&played{in: strings.NewReader(text)}, "host:1", 100_000)
		if a, _, err := c.exchange(request{method: "GET", path: "/"}, time.Time{}); !errors.Is(err, want) {
			t.Errorf("%.60q: %+.100v, %v, want %v", text, a, err, want)
		}
	}
}

func TestRequests(t *testing.T) {
	p := &played{in: strings.NewReader("HTTP/1.1 204 OK\r\n\r\nHTTP/1.1 204 OK\r\n\r\n")}
	c := newHTTPConn(p, "host:1", 100)
	for _, r := range []request{{method: "GET", path: "/kv/a"}, {method: "PUT", path: "/kv/b", headers: "If-Match: \"3\"\r\n", body: []byte("xyz"), hasBody: true}} {
		if _, _, err := c.exchange(r, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	want := "GET /kv/a HTTP/1.1\r\nHost: host:1\r\n\r\n" +
		"PUT /kv/b HTTP/1.1\r\nHost: host:1\r\nIf-Match: \"3\"\r\nContent-Length: 3\r\n\r\nxyz"
	if got := p.sent.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.fail = errors.New("gone")
	if _, sent, err := c.exchange(request{method: "PUT", path: "/", hasBody: true}, time.Time{}); sent || err == nil {
		t.Errorf("nothing was written, but sent is %v, %v", sent, err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nEtag: \"7\"\r\n\r\nhello"))
	f.Add([]byte("HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := newHTTPConn(&played{in: bytes.NewReader(text)}, "host:1", 1000)
		a, _, err := c.exchange(request{method: "GET", path: "/"}, time.Time{})
		if err == nil && (len(a.body) > 1000 || a.status < 100 || a.status > 999) {
			t.Errorf("%+v", a)
		}
	})
}
