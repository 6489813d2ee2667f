package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// doors are the ways into a node from its own process.
type doors struct {
	mu      sync.Mutex
	gateway *gateway                     // made at first use
	clients map[*nodeLink]*client.Client // open ones
	closed  bool
}

// nodeLink is a client's link that the node knows, to close it.
type nodeLink struct {
	client.Link
	node *Node
}

// Close closes the link and forgets the client.
func (k *nodeLink) Close() error {
	d := &k.node.doors
	d.mu.Lock()
	delete(d.clients, k)
	d.mu.Unlock()
	return k.Link.Close()
}

// Client returns a client of this node alone, without a socket. It ends with
// the node, or when it is closed.
func (n *Node) Client(cfg client.Config) (*client.Client, error) {
	if len(cfg.Nodes) == 0 {
		cfg.Nodes = []quorate.ID{n.id}
	}
	if cfg.Busy == nil {
		cfg.Busy = busy
	}
	link := &nodeLink{node: n}
	c, err := client.New(cfg, func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		var err error
		link.Link, err = n.Attach(onReply, onLost)
		return link, err
	})
	if err != nil {
		return nil, err
	}
	n.doors.mu.Lock()
	closed := n.doors.closed
	if !closed {
		if n.doors.clients == nil {
			n.doors.clients = map[*nodeLink]*client.Client{}
		}
		n.doors.clients[link] = c
	}
	n.doors.mu.Unlock()
	if closed {
		c.Close()
		return nil, fmt.Errorf("attach a client to node %v: %w", n.id, ErrStopped)
	}
	return c, nil
}

// door returns the node's gateway.
func (n *Node) door() (*gateway, error) {
	n.doors.mu.Lock()
	defer n.doors.mu.Unlock()
	if n.doors.closed {
		return nil, fmt.Errorf("node %v: %w", n.id, ErrStopped)
	}
	if n.doors.gateway == nil {
		g, err := openGateway(n)
		if err != nil {
			return nil, err
		}
		n.doors.gateway = g
	}
	return n.doors.gateway, nil
}

// shut closes all doors: the node has ended.
func (n *Node) shut() {
	n.doors.mu.Lock()
	n.doors.closed = true
	var clients []*client.Client
	if n.doors.gateway != nil {
		clients = append(clients, n.doors.gateway.own)
	}
	for _, c := range n.doors.clients { // unordered: each is closed on its own
		clients = append(clients, c)
	}
	n.doors.mu.Unlock()
	for _, c := range clients {
		c.Close()
	}
}

// Do executes a command in a session of the node's own, see [client.Client.Do].
// A command that the node may not serve, or cannot for lack of a leader, is
// tried again until ctx' deadline, 5 s from now if it has none. An error that
// wraps [ErrStopped] comes from a node that has ended, and nothing was executed.
func (n *Node) Do(ctx context.Context, op client.Op) (client.Result, error) {
	g, err := n.door()
	if err != nil {
		return client.Result{}, err
	}
	return g.own.Do(ctx, op)
}

// Submit makes one attempt at a command that a client has numbered: its reply
// says what became of it. The error is a [*client.Error] if there was none by
// r.Timeout, 5 s if that is zero, or by ctx' deadline. Neither the request nor
// the reply may be changed.
func (n *Node) Submit(ctx context.Context, r quorate.Request) (quorate.Reply, error) {
	if r.Timeout == 0 {
		r.Timeout = 5 * time.Second
	}
	if at, ok := ctx.Deadline(); ok {
		r.Timeout = min(r.Timeout, time.Until(at))
	}
	if err := ctx.Err(); err != nil {
		return quorate.Reply{}, ended(&r, n.id, quorate.NotExecuted, client.EndCancelled, err)
	}
	if r.Timeout <= 0 {
		return refusal(&r, quorate.ReasonDeadline), nil
	}
	g, err := n.door()
	if err != nil {
		return quorate.Reply{}, err
	}
	return g.submit(ctx, r)
}

// Leader returns the leader that the node named last in an answer to [Node.Do]
// or [Node.Submit], zero if it named none.
func (n *Node) Leader() quorate.ID {
	n.doors.mu.Lock()
	g := n.doors.gateway
	n.doors.mu.Unlock()
	if g == nil {
		return 0
	}
	return quorate.ID(g.leader.Load())
}

// History returns the versions of a key in this node's own state, the oldest
// first; other nodes may be ahead or behind. Their values must not be changed.
func (n *Node) History(ctx context.Context, key string) ([]quorate.Versioned, error) {
	keeper, ok := n.machine.(interface {
		History(key string) []quorate.Versioned
	})
	if !ok {
		return nil, fmt.Errorf("history of %q at node %v: %T: %w", key, n.id, n.machine, ErrNoHistory)
	}
	var all []quorate.Versioned
	err := n.Inspect(ctx, func(quorate.Replica, *quorate.Once) { all = keeper.History(key) })
	return all, err
}
