package engine

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/transport"
)

// link is the way from an engine to all members: those of this process are
// reached without a socket, also after they were started anew.
type link struct {
	here    func(id quorate.ID) (node *server.Node, here bool) // nil while it does not run
	others  client.Link                                        // nil if all are here
	onReply func(from quorate.ID, r quorate.Reply)
	onLost  func(node quorate.ID)

	mu       sync.Mutex
	closed   bool
	attached map[quorate.ID]attached // one for each member here; replaced when its node is
}

type attached struct {
	node *server.Node
	link client.Link
}

// An attempt that nobody has answered within patience is given up, and its
// outcome is unknown. So the member gives up before that, by a farewell: that is
// how long it takes at most to say that a request's time is over, and some. What
// it says in time, such as that nobody leads, leaves nothing unknown.
const (
	patience = 750 * time.Millisecond
	farewell = 150 * time.Millisecond
)

// Send implements [client.Link]. Another attempt that would be over before its
// answer arrives is not made: it could only make what is known unknown.
func (l *link) Send(to quorate.ID, r quorate.Request) error {
	if r.Attempt > 1 && r.Timeout < 2*farewell {
		return fmt.Errorf("%v are left for another attempt: %w", r.Timeout, transport.ErrNotConnected)
	}
	r.Timeout = min(r.Timeout, patience)
	r.Timeout -= min(r.Timeout/4, farewell)
	way, err := l.way(to)
	if err != nil {
		return err
	}
	return way.Send(to, r)
}

// way returns the link to a member.
func (l *link) way(to quorate.ID) (client.Link, error) {
	node, here := l.here(to)
	if !here {
		return l.others, nil
	}
	way, old, err := l.attach(to, node)
	if old != nil {
		old.Close() // of a node that has ended: it has nothing to say
	}
	return way, err
}

// attach returns the link to a member of this process, and the one it replaces.
func (l *link) attach(to quorate.ID, node *server.Node) (way, old client.Link, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if node == nil || l.closed {
		return nil, nil, fmt.Errorf("node %v: %w: %w", to, server.ErrStopped, transport.ErrNotConnected)
	}
	a := l.attached[to] // zero if there is none
	if a.node == node {
		return a.link, nil, nil
	}
	if way, err = node.Attach(l.onReply, l.onLost); err != nil {
		return nil, nil, err
	}
	old = a.link
	l.attached[to] = attached{node, way}
	return way, old, nil
}

// Close implements [client.Link].
func (l *link) Close() error {
	l.mu.Lock()
	l.closed = true
	all := l.attached
	l.attached = nil
	l.mu.Unlock()
	var errs []error
	for _, a := range all { // unordered: each is closed on its own
		errs = append(errs, a.link.Close())
	}
	if l.others != nil {
		errs = append(errs, l.others.Close())
	}
	return errors.Join(errs...)
}

// dial makes a client of the members that cfg names; others makes its way to
// those that are not here, nil if all are.
func dial(cfg client.Config, here func(quorate.ID) (*server.Node, bool), others client.Connect) (*client.Client, error) {
	cfg.AttemptTimeout = patience
	cfg.Busy = func(err error) bool { return errors.Is(err, transport.ErrQueueFull) }
	return client.New(cfg, func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		l := &link{here: here, onReply: onReply, onLost: onLost, attached: map[quorate.ID]attached{}}
		if others == nil {
			return l, nil
		}
		var err error
		l.others, err = others(onReply, onLost)
		return l, err
	})
}
