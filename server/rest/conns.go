package rest

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// conns are the open connections of a server, the oldest first. A flood of
// them, or of clients that are slow on purpose, pushes out its own kind before
// a client that waits for an outcome.
type conns struct {
	limit int

	mu   sync.Mutex
	open list.List // of *conn; an entry goes when its connection is closed
}

// activity is what a connection does.
type activity int32

const (
	silent    activity = iota // it has asked for nothing yet
	receiving                 // a body
	idle                      // it waits for the next request
	sending                   // an answer, or nothing until the rest of a request has come
	working
)

// conn is a connection that knows what it does.
type conn struct {
	net.Conn
	of    *conns
	place *list.Element
	does  atomic.Int32 // an activity
}

// bounded is a listener whose connections are counted.
type bounded struct {
	net.Listener
	conns *conns
}

// Accept implements [net.Listener].
func (b *bounded) Accept() (net.Conn, error) {
	for {
		nc, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := b.conns.add(nc); c != nil {
			return c, nil
		}
		nc.Close()
	}
}

// add counts a connection in. If there are too many, it closes another one, or
// returns nil if all are at work.
func (s *conns) add(nc net.Conn) *conn {
	c := &conn{Conn: nc, of: s}
	s.mu.Lock()
	var victim *conn
	if s.open.Len() >= s.limit {
		if victim = s.evict(); victim == nil {
			s.mu.Unlock()
			return nil
		}
	}
	c.place = s.open.PushBack(c)
	s.mu.Unlock()
	if victim != nil {
		victim.Conn.Close()
	}
	return c
}

// evict forgets the connection that is missed the least, nil if there is none.
func (s *conns) evict() *conn {
	for does := silent; does < working; does++ {
		for e := s.open.Front(); e != nil; e = e.Next() {
			if c := e.Value.(*conn); activity(c.does.Load()) == does {
				s.open.Remove(e)
				return c
			}
		}
	}
	return nil
}

func (s *conns) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open.Len()
}

// moved is told by net/http what a connection does.
func (s *conns) moved(nc net.Conn, state http.ConnState) {
	c := connOf(nc)
	switch {
	case c == nil:
	case state == http.StateActive:
		c.does.Store(int32(working))
	case state == http.StateIdle:
		c.does.Store(int32(idle))
	}
}

// connOf returns the connection under nc, which may be TLS; nil for a stranger.
func connOf(nc net.Conn) *conn {
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = t.NetConn()
	}
	c, _ := nc.(*conn)
	return c
}

// connKey is the key of a request's *conn in its context.
type connKey struct{}

func remember(ctx context.Context, nc net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, connOf(nc))
}

// during notes what the request's connection does until the function that it
// returns is called.
func during(r *http.Request, does activity) (over func()) {
	now(r, does)
	return func() { now(r, working) }
}

// now notes what the request's connection does.
func now(r *http.Request, does activity) {
	if c, _ := r.Context().Value(connKey{}).(*conn); c != nil {
		c.does.Store(int32(does))
	}
}

// followed has the connections of h's requests be spared only until h is done.
// net/http then waits for what the client has announced and does not send, and
// for it to take the answer.
func followed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer now(r, sending)
		h.ServeHTTP(w, r)
	})
}

// CloseWrite half-closes the connection, as net/http does before it hangs up.
func (c *conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// Close implements [net.Conn].
func (c *conn) Close() error {
	c.of.mu.Lock()
	c.of.open.Remove(c.place) // does nothing if it is gone
	c.of.mu.Unlock()
	return c.Conn.Close()
}
