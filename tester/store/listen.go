package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of the server, whatever clients do.
const (
	maxConns  = 64
	maxHeader = 16 << 10
	goodbye   = 2 * time.Second // for answers under way when it ends
)

// Server returns a server of the store that no client keeps for itself, for [Serve].
// Its ErrorLog is for the caller to set.
func (b *Browser) Server() *http.Server {
	return &http.Server{
		Handler: b, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: patience, IdleTimeout: 30 * time.Second,
	}
}

// Serve answers the connections of ln until ctx ends.
func Serve(ctx context.Context, s *http.Server, ln net.Listener) error {
	ended := make(chan error, 1)
	go func() {
		ended <- s.Serve(&limited{Listener: ln, free: make(chan struct{}, maxConns), closed: make(chan struct{})})
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the store on %v: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	if s.Shutdown(late) != nil {
		_ = s.Close() // they had their time
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the store on %v: %w", ln.Addr(), err)
	}
	return nil
}

// limited accepts so many connections at a time; others wait in the system's queue.
type limited struct {
	net.Listener
	free   chan struct{}
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &counted{Conn: c, done: sync.OnceFunc(func() { <-l.free })}, nil
}

// Close implements net.Listener.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// counted is a connection that makes room for another one when it ends.
type counted struct {
	net.Conn
	done func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	defer c.done()
	return c.Conn.Close()
}
