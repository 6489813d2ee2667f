package client

import (
	"context"
	"errors"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// This file feeds the session and drains it. Each event takes the lock, tells
// the session, and calls release: that hands ended calls to their callers,
// and sends with the lock open, since a link may answer within Send. Waiters are
// told with the lock open, too: they may start the next call.

func (c *Client) start(w *waiter) {
	c.mu.Lock()
	c.s.Start(c.clock(), &w.call)
	c.release(false)
}

func (c *Client) cancel(w *waiter) {
	c.mu.Lock()
	c.s.Cancel(&w.call)
	c.release(false)
}

func (c *Client) onReply(from quorate.ID, r quorate.Reply) {
	c.mu.Lock()
	var now time.Duration
	if c.s.timed(&r) { // to look at the clock for each answer is a part of what it costs
		now = c.clock()
	}
	c.s.Reply(now, from, r)
	c.release(true)
}

func (c *Client) onLost(node quorate.ID) {
	c.mu.Lock()
	c.s.Lost(c.clock(), node)
	c.release(true)
}

func (c *Client) tick() {
	c.mu.Lock()
	c.armed = unarmed
	c.s.Tick(c.clock())
	c.release(true)
}

// release is called with the lock held and gives it up. It tells Waiters only if it
// may: on a goroutine of the client's, never within Start.
func (c *Client) release(may bool) {
	for {
		c.collect()
		send, ok := c.s.NextSend()
		if !ok {
			if may && c.tell() {
				continue
			}
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
	if !may && len(c.untold) > 0 && !c.telling {
		go c.hand()
	}
	c.arm()
	c.mu.Unlock()
}

// collect wakes the callers of the calls that have ended, or notes whom to tell.
func (c *Client) collect() {
	for call := c.s.NextEnded(); call != nil; call = c.s.NextEnded() {
		w := call.Tag.(*waiter)
		if w.tell != nil {
			c.untold = append(c.untold, w)
			continue
		}
		w.done <- struct{}{} // never blocks: one token a call
	}
}

// tell tells the Waiters that are to be told, with the lock open, and reports whether
// it told any. One goroutine at a time tells, what comes meanwhile too: a Waiter that
// starts a call whose end is known at once is told of it afterwards, not within.
func (c *Client) tell() bool {
	if c.telling || len(c.untold) == 0 {
		return false
	}
	c.telling = true
	batch := c.untold
	c.untold = c.told[:0]
	c.mu.Unlock()
	for i, w := range batch {
		batch[i] = nil
		done := w.tell
		done.Ended(c.finish(context.Background(), w.call.Op, w))
	}
	c.mu.Lock()
	c.told = batch[:0]
	c.telling = false
	return true
}

// hand tells the Waiters of calls that ended while they started.
func (c *Client) hand() {
	c.mu.Lock()
	c.release(true)
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
