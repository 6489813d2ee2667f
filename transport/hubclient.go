package transport

import (
	"fmt"
	"math"
	"sync"

	"github.com/quorate/quorate"
)

// HubClient is a client's end of a [Hub]. Safe for concurrent use.
type HubClient struct {
	*teller
	hub  *Hub
	zone int // 0 for none

	mu     sync.Mutex
	routes map[quorate.ID]hubRoute // an entry goes when the node does
	closed bool
}

type hubRoute struct {
	link    *hubLink
	route   quorate.ID
	out, in *line[hubFlight] // nil where nothing is held back
}

// Client connects a client to all nodes of the hub, those that join later too.
// Replies are handed to onReply, and nodes that leave to onLost, one at a time,
// on a goroutine of the client's own; either may be nil. What was sent to a
// lost node and not answered before onLost will not be answered.
func (h *Hub) Client(onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) *HubClient {
	return h.ClientIn(0, onReply, onLost)
}

// ClientIn is [Hub.Client] for one that lies in a zone: what it sends and is sent
// travels as the hub's distances say.
func (h *Hub) ClientIn(zone int, onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) *HubClient {
	c := &HubClient{teller: newTeller(h.cfg.Inbox, onReply, onLost), hub: h, zone: zone, routes: map[quorate.ID]hubRoute{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		c.closed = true
		close(c.done)
		return c
	}
	h.clients[c] = struct{}{}
	go c.run()
	return c
}

// Send hands r to a node and returns at once. An error means that it was not
// sent; it wraps [ErrNotConnected], [ErrQueueFull] or [ErrClosed].
func (c *HubClient) Send(to quorate.ID, r quorate.Request) error {
	d := Delivery{Msg: r}
	route, err := c.route(to)
	if err != nil {
		return fmt.Errorf("send request to node %v: %w", to, err)
	}
	d.From = route.route
	if c.hub.cfg.Encode {
		if err := roundTrip(route.link.clientCodec, route.link.clientCodec, &d); err != nil {
			return fmt.Errorf("send request to node %v: %w", to, err)
		}
	}
	sent := false
	if route.out != nil {
		sent = !route.link.closed.Load() && route.out.add(hubFlight{client: c, to: route.link, d: d})
	} else {
		sent = route.link.inbox.Put(d)
	}
	if !sent {
		if route.link.closed.Load() {
			err = ErrNotConnected
		} else {
			err = ErrQueueFull
		}
		return fmt.Errorf("send request to node %v: %w", to, err)
	}
	return nil
}

// route returns the client's address at a node, allotted at first use.
func (c *HubClient) route(to quorate.ID) (hubRoute, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return hubRoute{}, ErrClosed
	}
	if r, ok := c.routes[to]; ok {
		return r, nil
	}
	l := c.hub.live(to)
	if l == nil {
		return hubRoute{}, ErrNotConnected
	}
	id, ok := l.routes.add(c, math.MaxUint16)
	if !ok {
		return hubRoute{}, fmt.Errorf("all its client routes are in use: %w", ErrQueueFull)
	}
	if l.closed.Load() { // it left meanwhile, perhaps without seeing this route
		l.routes.remove(id)
		return hubRoute{}, ErrNotConnected
	}
	lines := &c.hub.lines
	c.routes[to] = hubRoute{l, id, lines.between(c.zone, to.Zone()), lines.between(to.Zone(), c.zone)}
	return c.routes[to], nil
}

func (c *HubClient) take(d Delivery) bool {
	if in := c.back(d.From); in != nil {
		return in.add(hubFlight{client: c, d: d})
	}
	return c.replies.Put(d)
}

// back returns the way on which a node's replies travel.
func (c *HubClient) back(node quorate.ID) *line[hubFlight] {
	if c.hub.cfg.Distances == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.routes[node].in
}

// leave forgets a node that left.
func (c *HubClient) leave(l *hubLink) {
	c.mu.Lock()
	r := c.routes[l.id]
	known := r.link == l
	if known {
		delete(c.routes, l.id)
	}
	c.mu.Unlock()
	if known && (r.in == nil || !r.in.add(hubFlight{client: c, d: Delivery{From: l.id}, lost: true})) {
		c.lose(l.id)
	}
}

// Close ends the client. When it returns, neither callback runs any more; so
// it must not be called from one. Replies on their way are dropped.
func (c *HubClient) Close() error {
	c.mu.Lock()
	already := c.closed
	c.closed = true
	routes := c.routes
	c.routes = nil
	c.mu.Unlock()
	if !already {
		for _, r := range routes { // unordered: each node forgets on its own
			r.link.routes.remove(r.route)
		}
		c.hub.mu.Lock()
		delete(c.hub.clients, c)
		c.hub.mu.Unlock()
		c.stop()
	}
	<-c.done
	return nil
}
