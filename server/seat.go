package server

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// Seat is a member's place in this process, where its node may crash and start
// again. What is asked of it goes to the node that runs there now; while there
// is none, it is refused with [ErrStopped]. Safe for concurrent use.
type Seat struct {
	id   quorate.ID
	node atomic.Pointer[Node]
}

// NewSeat returns an empty place for a member.
func NewSeat(id quorate.ID) *Seat { return &Seat{id: id} }

// Take gives the place to n; nil leaves it empty.
func (s *Seat) Take(n *Node) { s.node.Store(n) }

// Node returns the node that runs there, nil if there is none.
func (s *Seat) Node() *Node {
	if n := s.node.Load(); n != nil && n.running() {
		return n
	}
	return nil
}

// ID returns the member's ID.
func (s *Seat) ID() quorate.ID { return s.id }

// Leader is [Node.Leader], zero while there is no node.
func (s *Seat) Leader() quorate.ID {
	if n := s.Node(); n != nil {
		return n.Leader()
	}
	return 0
}

func (s *Seat) there() (*Node, error) {
	if n := s.Node(); n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("node %v: %w", s.id, ErrStopped)
}

// Do is [Node.Do].
func (s *Seat) Do(ctx context.Context, op client.Op) (client.Result, error) {
	n, err := s.there()
	if err != nil {
		return client.Result{}, err
	}
	return n.Do(ctx, op)
}

// Submit is [Node.Submit].
func (s *Seat) Submit(ctx context.Context, r quorate.Request) (quorate.Reply, error) {
	n, err := s.there()
	if err != nil {
		return quorate.Reply{}, err
	}
	return n.Submit(ctx, r)
}

// History is [Node.History].
func (s *Seat) History(ctx context.Context, key string) ([]quorate.Versioned, error) {
	n, err := s.there()
	if err != nil {
		return nil, err
	}
	return n.History(ctx, key)
}
