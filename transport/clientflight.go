package transport

import (
	"bytes"
	"errors"
	"sync"

	"github.com/quorate/quorate"
)

// clientFlight is something that travels between a client and a node. The zero of
// all but the node is the news that it is lost.
type clientFlight struct {
	node  *clientNode
	frame []byte        // a request
	reply quorate.Reply // or an answer
	bytes int           // of the answer
}

func (f clientFlight) size() int { return len(f.frame) + f.bytes }

func (f clientFlight) arrive() {
	n, c := f.node, f.node.client
	if f.frame != nil {
		n.depart(f.frame)
		return
	}
	c.calling.Lock()
	defer c.calling.Unlock()
	if f.bytes > 0 {
		n.tellReply(f.reply)
	} else {
		n.tellLost()
	}
}

// send puts a request on its way.
func (n *clientNode) send(frame []byte) error {
	switch {
	case n.out == nil:
		first, err := n.queue.put(frame)
		if err == nil {
			n.leave(first)
		}
		return err
	case !n.queue.open():
		return ErrNotConnected
	case !n.out.add(clientFlight{node: n, frame: bytes.Clone(frame)}):
		return ErrQueueFull
	}
	return nil
}

// depart hands a request that has travelled to the connection. If that broke
// meanwhile, nobody else tells that it will not be answered.
func (n *clientNode) depart(frame []byte) {
	first, err := n.queue.put(frame)
	switch {
	case errors.Is(err, ErrNotConnected):
		n.client.count.down.Add(1)
		n.lose()
	case err != nil:
		n.client.count.queue.Add(1)
	default:
		n.leave(first)
	}
}

// leave has what was put leave: at the end of the callbacks that run, which may start
// more; at once, if no request is under way; or by the writer, with what others send
// meanwhile.
func (n *clientNode) leave(first bool) {
	alone := n.open.Add(1) == 1
	switch {
	case !first || n.client.cork.holds(n.queue):
	case alone:
		n.queue.flush()
	default:
		n.queue.signal()
	}
}

// answered notes a reply.
func (n *clientNode) answered() {
	if n.open.Add(-1) < 0 {
		n.open.Store(0) // the node said something twice; this is only about how to write
	}
}

// cork holds back what callbacks send, so that it leaves together.
type cork struct {
	mu   sync.Mutex
	in   bool
	held []*outQueue
}

// holds reports whether q is going to be flushed when the cork is pulled.
func (c *cork) holds(q *outQueue) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in {
		c.held = append(c.held, q)
	}
	return c.in
}

func (c *cork) put() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in = true
}

// pull flushes what is held. Whoever put the cork pulls it, before another is put.
func (c *cork) pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in = false
	for i, q := range c.held {
		q.flush()
		c.held[i] = nil
	}
	c.held = c.held[:0]
}

// lose has the client told that the node is lost, after all that it has said.
func (n *clientNode) lose() {
	if n.in != nil && n.in.add(clientFlight{node: n}) {
		return
	}
	n.client.calling.Lock()
	defer n.client.calling.Unlock()
	n.tellLost()
}

// tellReply and tellLost run the callbacks. The caller holds calling.
func (n *clientNode) tellReply(r quorate.Reply) {
	if c := n.client; c.onReply != nil && c.ctx.Err() == nil {
		c.onReply(n.id, r)
	}
}

func (n *clientNode) tellLost() {
	if c := n.client; c.onLost != nil && c.ctx.Err() == nil {
		c.onLost(n.id)
	}
}
