package rest_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/rest"
)

// raw is a client's connection whose bytes the test writes itself.
type raw struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

func dial(t testing.TB, addr string) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil { // nothing here may hang
		t.Fatal(err)
	}
	return &raw{conn, t, bufio.NewReader(conn)}
}

func (c *raw) say(format string, args ...any) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.Conn, format, args...); err != nil {
		c.t.Fatal(err)
	}
}

// answer reads one answer with its body.
func (c *raw) answer() (*http.Response, string) {
	c.t.Helper()
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r, string(body)
}

// closed waits until the server has hung up.
func (c *raw) closed() {
	c.t.Helper()
	if _, err := io.Copy(io.Discard, c.in); err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			c.t.Error("the server does not hang up")
		}
	}
}

// Rule: bodies are taken up to the limit, whatever is claimed of them, and
// memory is taken as they arrive.
func TestHostileBodies(t *testing.T) {
	const limit = 100_000
	for _, tc := range []struct {
		name   string
		head   string
		body   func(w io.Writer)
		status int
		reason string
	}{
		{"claims a gigabyte", "Content-Length: 1073741824", nil, 413, "too-large"},
		{"waits to be asked", "Expect: 100-continue\r\nContent-Length: 1073741824", nil, 413, "too-large"},
		{"one byte too many", "Content-Length: 100001", nil, 413, "too-large"},
		{"just fits", "Content-Length: 100000", sendBytes(limit), 201, ""},
		{"chunks just fit", "Transfer-Encoding: chunked", func(w io.Writer) {
			sendChunks(10, limit/10)(w)
			fmt.Fprint(w, "0\r\n\r\n")
		}, 201, ""},
		{"chunks one byte too many", "Transfer-Encoding: chunked", func(w io.Writer) {
			sendChunks(10, limit/10)(w)
			fmt.Fprint(w, "1\r\nx\r\n")
		}, 413, "too-large"},
		{"chunks for ever", "Transfer-Encoding: chunked", func(w io.Writer) {
			for {
				if _, err := fmt.Fprintf(w, "1000\r\n%s\r\n", strings.Repeat("x", 0x1000)); err != nil {
					return
				}
			}
		}, 413, "too-large"},
		{"a chunk of a gigabyte", "Transfer-Encoding: chunked", func(w io.Writer) {
			fmt.Fprint(w, "40000000\r\n")
			sendBytes(limit + 1)(w)
		}, 413, "too-large"},
		{"a chunk of nonsense", "Transfer-Encoding: chunked", func(w io.Writer) { fmt.Fprint(w, "zz\r\n") }, 400, "invalid"},
		{"empty", "Content-Length: 0", nil, 201, ""},
		{"nothing", "", nil, 201, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newFake()
			h := newHandler(t, rest.Config{Backend: b, MaxValue: limit})
			_, addr := serve(t, h, rest.ServerConfig{})
			c := dial(t, addr)
			head := "PUT /kv/k HTTP/1.1\r\nHost: q\r\n"
			if tc.head != "" {
				head += tc.head + "\r\n"
			}
			c.say("%s\r\n", head)
			var sending sync.WaitGroup
			if tc.body != nil {
				sending.Go(func() { tc.body(c.Conn) })
			}
			r, body := c.answer()
			if r.StatusCode != tc.status || !strings.Contains(body, tc.reason) {
				t.Errorf("status %d, %s", r.StatusCode, body)
			}
			if tc.reason != "" {
				c.closed()
				if len(b.ops) > 0 {
					t.Error("executed")
				}
			}
			c.Close()
			sending.Wait()
			if got := h.Stats().Bytes; got != 0 {
				t.Errorf("%d bytes are held", got)
			}
		})
	}
}

func sendBytes(n int) func(io.Writer) {
	return func(w io.Writer) { _, _ = w.Write(bytes.Repeat([]byte("x"), n)) }
}

func sendChunks(n, size int) func(io.Writer) {
	return func(w io.Writer) {
		for range n {
			fmt.Fprintf(w, "%x\r\n%s\r\n", size, strings.Repeat("x", size))
		}
	}
}

// Rule: a length that lies cannot smuggle a request in, nor make the server
// wait for ever.
func TestLengthsThatLie(t *testing.T) {
	b := newFake()
	_, addr := serve(t, newHandler(t, rest.Config{Backend: b}), rest.ServerConfig{ReadTimeout: 100 * time.Millisecond})
	short := dial(t, addr)
	short.say("PUT /kv/k HTTP/1.1\r\nHost: q\r\nContent-Length: 2\r\n\r\nxxDELETE everything\r\n\r\n")
	if r, _ := short.answer(); r.StatusCode != 201 {
		t.Errorf("status %d", r.StatusCode)
	}
	if r, _ := short.answer(); r.StatusCode != 400 {
		t.Errorf("what followed the value: status %d", r.StatusCode)
	}
	short.closed()

	long := dial(t, addr)
	long.say("PUT /kv/l HTTP/1.1\r\nHost: q\r\nContent-Length: 10\r\n\r\nxx")
	if r, body := long.answer(); r.StatusCode != 408 || !strings.Contains(body, `"slow"`) || !strings.Contains(body, `"executed":"no"`) {
		t.Errorf("a value that never comes: status %d, %s", r.StatusCode, body)
	}
	long.closed()

	gone := dial(t, addr)
	gone.say("PUT /kv/l HTTP/1.1\r\nHost: q\r\nContent-Length: 10\r\n\r\nxx")
	if err := gone.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if r, _ := gone.answer(); r.StatusCode != 400 {
		t.Errorf("a value cut short: status %d", r.StatusCode)
	}
	if len(b.ops) != 1 || len(b.ops[0].Value) != 2 {
		t.Errorf("executed %+v", b.ops)
	}
}

// Rule: large values take their room from a bound that they share.
func TestLargeValuesAreBounded(t *testing.T) {
	const size = 300_000
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b, MaxValue: 900_000, MaxBytes: 1 << 20})
	_, addr := serve(t, h, rest.ServerConfig{})
	var slow []*raw
	for i := range 2 { // a buffer doubles as bytes arrive: half of the room each
		c := dial(t, addr)
		c.say("PUT /kv/k%d HTTP/1.1\r\nHost: q\r\nContent-Length: %d\r\n\r\n", i, size)
		sendBytes(size - 1)(c.Conn)
		slow = append(slow, c)
		for h.Stats().Bytes < (i+1)<<19 {
			pause(t)
		}
	}
	c := dial(t, addr)
	c.say("PUT /kv/late HTTP/1.1\r\nHost: q\r\nContent-Length: %d\r\n\r\n", size)
	sendBytes(size)(c.Conn)
	if r, body := c.answer(); r.StatusCode != 503 || !strings.Contains(body, "overloaded") {
		t.Errorf("beyond the bound: status %d, %s", r.StatusCode, body)
	}
	for _, c := range slow {
		c.say("x")
		if r, body := c.answer(); r.StatusCode != 201 {
			t.Errorf("within the bound: status %d, %s", r.StatusCode, body)
		}
	}
	if got := h.Stats().Bytes; got != 0 {
		t.Errorf("%d bytes are held", got)
	}
}

// Rule: so do answers about histories, which a client may be slow to take.
func TestHistoriesAreBounded(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake(), MaxBytes: 3 << 20})
	ask(h, "PUT", "/7", string(make([]byte, 1<<20)))
	ask(h, "PUT", "/7", string(make([]byte, 1<<20)))
	for _, target := range []string{"/history/7", "/history?key=7"} { // 2.7 MiB
		held := 0
		w := &looker{httptest.NewRecorder(), func() { held = h.Stats().Bytes }}
		h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != 200 || held < w.Body.Len() || held > w.Body.Len()+1000 {
			t.Errorf("%s: status %d, %d bytes held for %d", target, w.Code, held, w.Body.Len())
		}
		if got := h.Stats().Bytes; got != 0 {
			t.Errorf("%s: %d bytes are held", target, got)
		}
	}
	ask(h, "PUT", "/7", string(make([]byte, 1<<20)))
	for _, target := range []string{"/history/7", "/history?key=7"} {
		judge(t, ask(h, "GET", target, ""), 503, "overloaded", 0)
		if got := h.Stats().Bytes; got != 0 {
			t.Errorf("%s: %d bytes are held", target, got)
		}
	}
}

// looker looks at something when the answer is written.
type looker struct {
	*httptest.ResponseRecorder
	look func()
}

func (l *looker) Write(b []byte) (int, error) {
	l.look()
	return l.ResponseRecorder.Write(b)
}

// pause lets others work, and ends a test that waits for too long.
func pause(t testing.TB) {
	t.Helper()
	select {
	case <-time.After(time.Millisecond):
	case <-t.Context().Done():
		t.Fatal("the test was ended")
	}
}

// Rule: a request whose client hangs up is cancelled.
func TestClientHangsUp(t *testing.T) {
	b := newFake()
	cancelled := make(chan error, 1)
	entered := make(chan struct{})
	b.do = func(ctx context.Context, _ client.Op) (client.Result, error) {
		close(entered)
		<-ctx.Done()
		cancelled <- ctx.Err()
		return client.Result{}, ctx.Err()
	}
	h := newHandler(t, rest.Config{Backend: b})
	_, addr := serve(t, h, rest.ServerConfig{})
	c := dial(t, addr)
	c.say("GET /kv/k HTTP/1.1\r\nHost: q\r\n\r\n")
	<-entered
	c.Close()
	if err := <-cancelled; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for h.Stats().Waiting > 0 {
		pause(t)
	}
}

// Rule: a shutdown lets requests under way finish, refuses others, and closes
// what is idle; when its time is over it cuts off the rest.
func TestShutdown(t *testing.T) {
	for _, finishes := range []bool{true, false} {
		b := newFake()
		entered, leave := make(chan struct{}), make(chan struct{})
		b.do = func(ctx context.Context, _ client.Op) (client.Result, error) {
			close(entered)
			select {
			case <-leave:
			case <-ctx.Done():
			}
			return client.Result{OK: true, Version: 2}, ctx.Err()
		}
		h := newHandler(t, rest.Config{Backend: b})
		s, addr := serve(t, h, rest.ServerConfig{})
		idle := dial(t, addr)
		idle.say("GET / HTTP/1.1\r\nHost: q\r\n\r\n")
		idle.answer()
		busy := dial(t, addr)
		busy.say("PUT /kv/k HTTP/1.1\r\nHost: q\r\n\r\n")
		<-entered
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- s.Shutdown(ctx) }()
		idle.closed()
		judge(t, ask(h, "PUT", "/kv/k", ""), 503, "stopping", 0)
		if finishes {
			close(leave)
			if r, _ := busy.answer(); r.StatusCode != 204 {
				t.Errorf("the request under way: status %d", r.StatusCode)
			}
		} else {
			cancel()
		}
		busy.closed()
		if err := <-ended; (err == nil) != finishes {
			t.Errorf("shutdown: %v", err)
		}
		cancel()
		if _, err := net.Dial("tcp", addr); err == nil {
			t.Error("it still takes connections")
		}
	}
}

func TestServerConfig(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake()})
	if _, err := rest.NewServer(nil, rest.ServerConfig{}); err == nil {
		t.Error("no handler: accepted")
	}
	if _, err := rest.NewServer(h, rest.ServerConfig{MaxConns: -1}); err == nil {
		t.Error("negative: accepted")
	}
	s, err := rest.NewServer(h, rest.ServerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := s.Serve(ln); err == nil {
		t.Error("a closed listener was served")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
