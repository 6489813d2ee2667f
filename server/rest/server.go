package rest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// ServerConfig bounds what a [Server] takes from its clients. The zero value
// means the defaults.
type ServerConfig struct {
	// MaxConns bounds the open connections. Where one more comes, one that can
	// be spared is closed: the oldest that has asked for nothing, else the oldest
	// whose request is still coming in, else one that is idle, else one that is
	// slow to take its answer. If all wait for outcomes, the new one is
	// closed. 0 means 4096.
	MaxConns int
	// MaxHeader bounds the bytes of a request's head. 0 means 16 KiB: room for a
	// key of 1 KiB, escaped. Larger keys need more.
	MaxHeader int
	// HeaderTimeout is how long the head of a request may take. 0 means 5 s.
	HeaderTimeout time.Duration
	// ReadTimeout is how long a whole request may take. 0 means 15 s.
	ReadTimeout time.Duration
	// WriteTimeout is how long it may take from the head of a request to the end
	// of its answer. 0 means 90 s: the longest time a request may ask for, and
	// time to send.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection is kept for the next request. 0 means
	// 2 min.
	IdleTimeout time.Duration
	// TLS makes the server talk TLS; nil is plain HTTP.
	TLS *tls.Config
	// Logger gets what net/http has to say; nil is silent.
	Logger *slog.Logger
}

func (c ServerConfig) withDefaults() ServerConfig {
	c.MaxConns = cmp.Or(c.MaxConns, 4096)
	c.MaxHeader = cmp.Or(c.MaxHeader, 16<<10)
	c.HeaderTimeout = cmp.Or(c.HeaderTimeout, 5*time.Second)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 15*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 90*time.Second)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 2*time.Minute)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Validate reports negative bounds.
func (c ServerConfig) Validate() error {
	if min(c.MaxConns, c.MaxHeader) < 0 || min(c.HeaderTimeout, c.ReadTimeout, c.WriteTimeout, c.IdleTimeout) < 0 {
		return fmt.Errorf("rest server: a negative bound among %d connections, %d bytes of head, and times %v, %v, %v, %v: 0 chooses the default",
			c.MaxConns, c.MaxHeader, c.HeaderTimeout, c.ReadTimeout, c.WriteTimeout, c.IdleTimeout)
	}
	return nil
}

// Server serves a handler's clients on listeners. Safe for concurrent use.
type Server struct {
	cfg   ServerConfig
	http  *http.Server
	conns conns
	stop  func()
}

// NewServer returns a server of h. If h is a [Handler], it is stopped when the
// server shuts down.
func NewServer(h http.Handler, cfg ServerConfig) (*Server, error) {
	if h == nil {
		return nil, errors.New("rest server: no handler was given")
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg.withDefaults(), stop: func() {}}
	if ours, ok := h.(*Handler); ok {
		s.stop = ours.Stop
	}
	s.conns.limit = s.cfg.MaxConns
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	s.http = &http.Server{
		Handler: followed(h), MaxHeaderBytes: s.cfg.MaxHeader, Protocols: &protocols,
		ReadHeaderTimeout: s.cfg.HeaderTimeout, ReadTimeout: s.cfg.ReadTimeout,
		WriteTimeout: s.cfg.WriteTimeout, IdleTimeout: s.cfg.IdleTimeout,
		ErrorLog:  slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelInfo),
		ConnState: s.conns.moved, ConnContext: remember,
	}
	return s, nil
}

// Serve takes connections from ln until the server is closed or shut down; it
// then returns nil. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	ln = &bounded{ln, &s.conns}
	if s.cfg.TLS != nil {
		ln = tls.NewListener(ln, s.cfg.TLS)
	}
	err := s.http.Serve(ln)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve HTTP on %v: %w", ln.Addr(), err)
}

// Shutdown stops taking connections and requests, and waits for those under
// way. When ctx ends first, they are cut off, and its error is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	if err := s.http.Shutdown(ctx); err != nil {
		s.http.Close()
		return fmt.Errorf("shut the HTTP server down: %w", err)
	}
	return nil
}

// Close ends everything at once.
func (s *Server) Close() error {
	s.stop()
	return s.http.Close()
}

// Conns returns the number of open connections.
func (s *Server) Conns() int { return s.conns.len() }
