package client

import (
	"errors"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// This file feeds the session and drains it. Each event takes the lock, tells
// the session, and calls release: that hands ended calls to their callers,
// and sends with the lock open, since a link may answer within Send.

func (c *Client) start(w *waiter) {
	c.mu.Lock()
	c.s.Start(c.clock(), &w.call)
	c.release()
}

func (c *Client) cancel(w *waiter) {
	c.mu.Lock()
	c.s.Cancel(&w.call)
	c.release()
}

func (c *Client) onReply(from quorate.ID, r quorate.Reply) {
	c.mu.Lock()
	c.s.Reply(c.clock(), from, r)
	c.release()
}

func (c *Client) onLost(node quorate.ID) {
	c.mu.Lock()
	c.s.Lost(c.clock(), node)
	c.release()
}

func (c *Client) tick() {
	c.mu.Lock()
	c.armed = unarmed
	c.s.Tick(c.clock())
	c.release()
}

// release is called with the lock held and gives it up.
func (c *Client) release() {
	for {
		for call := c.s.NextEnded(); call != nil; call = c.s.NextEnded() {
			call.Tag.(*waiter).done <- struct{}{} // never blocks: one token a call
		}
		send, ok := c.s.NextSend()
		if !ok {
			break
		}
		c.mu.Unlock()
		err := c.link.Send(send.To, send.Request)
		c.mu.Lock()
		switch {
		case err == nil:
		case errors.Is(err, wire.ErrTooLarge): // for every node, and for ever
			c.s.Reply(c.clock(), send.To, tooLarge(send.Request))
		case c.busy(err):
			c.s.Full(c.clock(), send.To, send.Request.Command.Seq)
		default:
			c.s.Unsent(c.clock(), send.To, send.Request.Command.Seq)
		}
	}
	c.arm()
	c.mu.Unlock()
}

// tooLarge is how a node would have answered, had the link been able to carry r.
func tooLarge(r quorate.Request) quorate.Reply {
	return quorate.Reply{
		Client: r.Command.Client, Seq: r.Command.Seq, Attempt: r.Attempt,
		Status: quorate.NotExecuted, Reason: quorate.ReasonTooLarge,
	}
}

// arm makes the timer fire no later than the session needs. A timer that fires
// too early costs one idle tick, so the usual call leaves it alone.
func (c *Client) arm() {
	due, ok := c.s.Deadline()
	if !ok || due >= c.armed || c.closed {
		return
	}
	c.armed = due
	c.timer.Reset(max(due-c.clock(), 0))
}
