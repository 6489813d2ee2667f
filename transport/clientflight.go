package transport

import (
	"bytes"
	"errors"

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
		if first {
			n.queue.signal()
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
	case first:
		n.queue.signal()
	}
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
