package maelstrom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// caller is a client. It asks one thing after the other.
type caller struct {
	name string
	net  *network

	// The rest is under the network's lock.
	asked   []bool // by msg_id - 1: whether it has been answered
	waiting int64  // msg_id of what it waits for, 0 if nothing
	replies chan reply
}

// reply is an answer, and where it came from.
type reply struct {
	head  head
	body  json.RawMessage
	where string
}

// client makes a client with the next name.
func (n *network) client() *caller {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := &caller{name: fmt.Sprintf("c%d", len(n.clients)), net: n, replies: make(chan reply, 1)}
	n.clients[c.name] = c
	return c
}

// call asks a node, and waits for an answer of a type. An error is an *rpcError if the
// node answered with one, errTimeout if it is not known what became of the request.
func (c *caller) call(ctx context.Context, node string, request map[string]any, want string, timeout time.Duration) (reply, error) {
	c.net.mu.Lock()
	c.asked = append(c.asked, false)
	c.waiting = int64(len(c.asked))
	request["msg_id"] = c.waiting
	c.net.mu.Unlock()
	defer c.forget()
	text, err := json.Marshal(request)
	if err != nil {
		return reply{}, err
	}
	if err := c.net.ask(message{Src: c.name, Dest: node, Body: text}); err != nil {
		c.net.fail(err)
		return reply{}, errTimeout
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case r := <-c.replies:
		return r, c.judge(&r, want)
	case <-timer.C:
	case <-c.net.failed:
	case <-ctx.Done():
	}
	return reply{}, errTimeout
}

// judge tells errors from results.
func (c *caller) judge(r *reply, want string) error {
	if r.head.Type == "error" {
		if r.head.Code == nil {
			return c.refuse(r, errors.New("an error without a code"))
		}
		return &rpcError{*r.head.Code, r.head.Text}
	}
	if r.head.Type != want {
		return c.refuse(r, fmt.Errorf("an answer of type %q: want %q", r.head.Type, want))
	}
	return nil
}

// refuse fails the test because of an answer.
func (c *caller) refuse(r *reply, err error) error {
	c.net.fail(fmt.Errorf("%s: %w: %s", r.where, err, excerpt(r.body)))
	return errTimeout
}

// forget drops what comes too late.
func (c *caller) forget() {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.waiting = 0
	select {
	case <-c.replies:
	default:
	}
}

// answer takes a message for the client, under the network's lock. One that answers
// nothing that was asked, or something for the second time, is the node's mistake.
func (c *caller) answer(m message, h head, where string) error {
	if h.InReplyTo == nil {
		return fmt.Errorf("a message to client %s without in_reply_to: %s", c.name, excerpt(m.Body))
	}
	id := *h.InReplyTo
	switch {
	case id < 1 || id > int64(len(c.asked)):
		return fmt.Errorf("an answer to message %d of client %s, which never sent one: %s", id, c.name, excerpt(m.Body))
	case c.asked[id-1]:
		return fmt.Errorf("a second answer to message %d of client %s: %s", id, c.name, excerpt(m.Body))
	}
	c.asked[id-1] = true
	if id == c.waiting {
		c.replies <- reply{h, m.Body, where}
	}
	return nil
}
