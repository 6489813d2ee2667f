package rest_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/rest"
)

// Rule: connections beyond the bound push out those that can be spared, in this
// order: the silent, those that are slow to send, the idle.
func TestWhoIsPushedOut(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake()})
	s, addr := serve(t, h, rest.ServerConfig{MaxConns: 3})
	idle := dial(t, addr)
	idle.say("GET /kv/k HTTP/1.1\r\nHost: q\r\n\r\n")
	idle.answer()
	sends := dial(t, addr)
	sends.say("PUT /kv/k HTTP/1.1\r\nHost: q\r\nContent-Length: %d\r\n\r\n", 1<<20)
	sendBytes(200_000)(sends.Conn)
	for h.Stats().Bytes < 100_000 {
		pause(t)
	}
	silent := dial(t, addr)
	for s.Conns() < 3 {
		pause(t)
	}
	for i, victim := range []*raw{silent, sends, idle} {
		next := dial(t, addr) // will be idle, and younger than the others
		next.say("GET /kv/k HTTP/1.1\r\nHost: q\r\n\r\n")
		next.answer()
		victim.closed()
		if n := s.Conns(); n != 3 {
			t.Errorf("%d connections after victim %d", n, i)
		}
	}
}

// Rule: one that is slow to take a large value is pushed out, too; one whose
// request is at work is not.
func TestWhoStays(t *testing.T) {
	b := newFake()
	h := newHandler(t, rest.Config{Backend: b, MaxValue: 32 << 20})
	ask(h, "PUT", "/kv/large", string(make([]byte, 16<<20)))
	_, addr := serve(t, h, rest.ServerConfig{MaxConns: 1})
	takes := dial(t, addr) // the answer does not fit into the buffers of the sockets
	takes.say("GET /kv/large HTTP/1.1\r\nHost: q\r\n\r\n")
	for h.Stats().Bytes == 0 {
		pause(t)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	b.mu.Lock()
	b.do = func(context.Context, client.Op) (client.Result, error) {
		close(entered)
		<-leave
		return client.Result{OK: true, Version: 7}, nil
	}
	b.mu.Unlock()
	works := dial(t, addr)
	works.say("GET /kv/k HTTP/1.1\r\nHost: q\r\n\r\n")
	<-entered
	takes.closed()
	for h.Stats().Bytes > 0 {
		pause(t)
	}
	dial(t, addr).closed()
	close(leave)
	if r, _ := works.answer(); r.StatusCode != 200 {
		t.Errorf("status %d", r.StatusCode)
	}
}

// Rule: one whose outcome is known is pushed out though it owes the rest of its
// request, for which net/http waits before it answers.
func TestWhoOwesIsPushedOut(t *testing.T) {
	h := newHandler(t, rest.Config{Backend: newFake()})
	for _, tc := range []struct {
		handler http.Handler
		request string
	}{
		{h, "DELETE /kv/k"},
		{h, "PUT /history/k"},
		{http.NotFoundHandler(), "GET /"}, // of any other kind
	} {
		served := make(chan struct{}, 10_000)
		_, addr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			tc.handler.ServeHTTP(w, r)
			served <- struct{}{}
		}), rest.ServerConfig{MaxConns: 1})
		owes := dial(t, addr)
		owes.say("%s HTTP/1.1\r\nHost: q\r\nContent-Length: 5\r\n\r\n", tc.request)
		<-served
		for end := time.Now().Add(5 * time.Second); !answered(t, addr); pause(t) { // its connection may not have been told yet
			if time.Now().After(end) {
				t.Fatalf("%s: it stays, and shuts others out", tc.request)
			}
		}
		owes.closed()
	}
}

// answered asks for something, and reports whether there was an answer.
func answered(t *testing.T, addr string) bool {
	c := dial(t, addr)
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: q\r\n\r\n") // refused as the read is
	_, err := c.in.Peek(1)
	return err == nil
}

// Rule: a flood of connections that say nothing or little is bounded, and does
// not shut out a client.
func TestFlood(t *testing.T) {
	flood := 10_000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < uint64(flood)+2000 || testing.Short() {
		flood = 500
	}
	s, addr := serve(t, newHandler(t, rest.Config{Backend: newFake()}), rest.ServerConfig{MaxConns: 200})
	first := []string{"", "G", "GET /kv/k HTTP/1.1\r\nHost: ", "PUT /kv/k HTTP/1.1\r\nHost: q\r\nContent-Length: 1000\r\n\r\nx"}
	for i := range flood {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprint(c, first[i%len(first)]); err != nil {
			t.Fatal(err)
		}
		if i%500 == 499 {
			client := dial(t, addr)
			client.say("PUT /kv/k HTTP/1.1\r\nHost: q\r\nContent-Length: 1\r\n\r\nx")
			if r, _ := client.answer(); r.StatusCode/100 != 2 {
				t.Errorf("a client: status %d", r.StatusCode)
			}
		}
		if n := s.Conns(); n > 200 {
			t.Fatalf("%d connections", n)
		}
	}
}

// Rule: a connection that asks for nothing is closed in time.
func TestSilenceEnds(t *testing.T) {
	short := 50 * time.Millisecond
	s, addr := serve(t, newHandler(t, rest.Config{Backend: newFake()}), rest.ServerConfig{HeaderTimeout: short, IdleTimeout: short})
	for _, first := range []string{"", "GET /kv/k", "GET /kv/k HTTP/1.1\r\nHost: q\r\n\r\n"} {
		c := dial(t, addr)
		c.say("%s", first)
		c.closed()
	}
	for s.Conns() > 0 {
		pause(t)
	}
	large := dial(t, addr)
	large.say("GET /kv/k HTTP/1.1\r\nHost: q\r\nX: %s\r\n\r\n", make([]byte, 64<<10))
	if r, _ := large.answer(); r.StatusCode != 431 && r.StatusCode != 400 {
		t.Errorf("a head of 64 KiB: status %d", r.StatusCode)
	}
}
