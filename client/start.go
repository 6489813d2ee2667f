package client

import "bytes"

// Waiter is told how a call ended that [Client.Start] began.
type Waiter interface {
	// Ended is called once, with what [Client.Do] would have returned. The Waiter owns
	// the Result. It is called by a goroutine of the client's, for one call at a time:
	// it must not block, and may start other calls.
	Ended(Result, error)
}

// Start executes one operation as [Client.Do] does, within Config.Timeout, without
// waiting for its end: done is told. The caller may change op.Value once Start has
// returned. Start does not tell by itself, even if the end is known at once (a link
// that answers within Send does); Close does.
//
// Calls are not bounded in number: a caller that starts them faster than the cluster
// executes them must count those that have not ended.
func (c *Client) Start(op Op, done Waiter) {
	w := c.waiters.Get().(*waiter)
	w.call.Op, w.call.Timeout, w.tell = op, 0, done
	if op.Value != nil {
		w.call.Op.Value = bytes.Clone(op.Value)
	}
	c.start(w)
}
