package transport

import (
	"errors"
	"fmt"
	"sync"

	"github.com/quorate/quorate"
)

// TCPShare lets many clients of one process share one connection to each node.
// What they send at the same time then travels together, which costs a fraction
// of a system call each instead of several. Replies are told apart by their
// session, see [quorate.Client]. Safe for concurrent use.
type TCPShare struct {
	link *TCPClient

	mu       sync.RWMutex
	sessions map[quorate.Client]*SharedClient // from a session's first request until its client closes
	clients  map[*SharedClient]struct{}
	closed   bool
}

// SharedClient is one client of a [TCPShare].
type SharedClient struct {
	share   *TCPShare
	onReply func(quorate.ID, quorate.Reply)
	onLost  func(quorate.ID)

	mu       sync.Mutex
	sessions []quorate.Client // usually one
	closed   bool
}

// ErrSession is returned for a request of a session that another client of the
// same share uses: its replies could not be told apart.
var ErrSession = errors.New("session belongs to another client")

// ShareTCP returns connections to be shared; they are made at first use.
func ShareTCP(cfg TCPClientConfig) (*TCPShare, error) {
	s := &TCPShare{sessions: map[quorate.Client]*SharedClient{}, clients: map[*SharedClient]struct{}{}}
	var err error
	s.link, err = DialTCP(cfg, s.reply, s.lost)
	return s, err
}

// Client returns another client of the shared connections. Its callbacks are
// those of [DialTCP]; those of all clients of the share run one at a time.
func (s *TCPShare) Client(onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) *SharedClient {
	c := &SharedClient{share: s, onReply: onReply, onLost: onLost}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.closed = s.closed
	if !s.closed {
		s.clients[c] = struct{}{}
	}
	return c
}

// Stats returns the counters of the shared connections.
func (s *TCPShare) Stats() Stats { return s.link.Stats() }

// Problems says why nodes are not connected that were asked for.
func (s *TCPShare) Problems() map[quorate.ID]error { return s.link.Problems() }

// Close ends the connections, and with them all clients.
func (s *TCPShare) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.link.Close()
}

func (s *TCPShare) reply(from quorate.ID, r quorate.Reply) {
	s.mu.RLock()
	c := s.sessions[r.Client]
	s.mu.RUnlock()
	if c != nil && c.onReply != nil {
		c.onReply(from, r)
	}
}

func (s *TCPShare) lost(node quorate.ID) {
	s.mu.RLock()
	var all []*SharedClient
	for c := range s.clients { // unordered: each is told on its own
		all = append(all, c)
	}
	s.mu.RUnlock()
	for _, c := range all {
		if c.onLost != nil && c.open() {
			c.onLost(node)
		}
	}
}

func (c *SharedClient) open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.closed
}

// Send is [TCPClient.Send] on the shared connection. It also returns
// [ErrSession].
func (c *SharedClient) Send(to quorate.ID, r quorate.Request) error {
	if err := c.claim(r.Command.Client); err != nil {
		return fmt.Errorf("send request to node %v: %w", to, err)
	}
	return c.share.link.Send(to, r)
}

// claim makes a session c's own.
func (c *SharedClient) claim(session quorate.Client) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	for _, known := range c.sessions {
		if known == session {
			return nil
		}
	}
	s := c.share
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[session] != nil {
		return fmt.Errorf("session %v: %w", session, ErrSession)
	}
	s.sessions[session] = c
	c.sessions = append(c.sessions, session)
	return nil
}

// Close ends the client; the connections stay. When it returns, neither
// callback runs any more; so it must not be called from one.
func (c *SharedClient) Close() error {
	s := c.share
	c.mu.Lock()
	c.closed = true
	s.mu.Lock()
	for _, session := range c.sessions {
		delete(s.sessions, session)
	}
	delete(s.clients, c)
	s.mu.Unlock()
	c.sessions = nil
	c.mu.Unlock()
	s.link.calling.Lock() // waits for a callback that runs now
	defer s.link.calling.Unlock()
	return nil
}
