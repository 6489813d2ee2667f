package client

import (
	"bytes"
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/quorate/quorate"
)

// Link carries requests to replicas. Replies and broken connections come back
// through the functions given to [Connect].
type Link interface {
	// Send hands a request to the link and does not block. An error says that
	// the request did not leave this process and never will, see also
	// [Config].Busy; one that wraps wire.ErrTooLarge ends the call. Nil
	// promises nothing.
	Send(to quorate.ID, r quorate.Request) error
	// Close releases the link; a Send under way at the time may fail.
	Close() error
}

// Connect makes a client's link. The link calls onReply at most once for each
// reply, and onLost when a connection broke on which requests may have been
// sent. The callbacks are quick and safe for concurrent use.
type Connect func(onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) (Link, error)

// Client is a live client session. It is safe for concurrent use: calls of
// many goroutines share the session and its connections.
type Client struct {
	clock func() time.Duration
	read  quorate.ReadMode
	busy  func(error) bool
	link  Link

	mu     sync.Mutex
	s      *Session
	timer  *time.Timer
	armed  time.Duration // when the timer fires, or unarmed
	closed bool

	untold  []*waiter // ended calls of Start whose Waiters are not told yet
	told    []*waiter // scratch of tell
	telling bool      // a goroutine is telling Waiters

	waiters sync.Pool // of *waiter
}

// waiter is a call and the caller that waits for it.
type waiter struct {
	call Call
	done chan struct{} // takes one token when the call has ended
	tell Waiter        // instead, if the call was begun by Start
}

// farewell is how long a replica takes at most to say that a request's time is over,
// and some: see [quorate.RequestsConfig].
const farewell = 150 * time.Millisecond

const unarmed = time.Duration(1<<63 - 1)

// New returns a client over the link that connect makes.
func New(cfg Config, connect Connect) (*Client, error) {
	if cfg.Session == 0 {
		cfg.Session = drawSession()
	}
	if cfg.Seed == 0 {
		cfg.Seed = uint64(cfg.Session)
	}
	if cfg.Busy == nil {
		cfg.Busy = func(error) bool { return false }
	}
	cfg.Farewell = cmp.Or(cfg.Farewell, farewell)
	if cfg.Clock == nil {
		cfg.Clock = wallClock()
	}
	s, err := NewSession(cfg.Session, cfg, rand.New(rand.NewPCG(cfg.Seed, uint64(cfg.Session))))
	if err != nil {
		return nil, err
	}
	c := &Client{clock: cfg.Clock, read: cfg.Read, busy: cfg.Busy, s: s, armed: unarmed}
	c.waiters.New = func() any {
		w := &waiter{done: make(chan struct{}, 1)}
		w.call.Tag = w
		return w
	}
	c.timer = time.AfterFunc(time.Hour, c.tick)
	c.timer.Stop()
	link, err := connect(c.onReply, c.onLost)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link = link
	return c, nil
}

// drawSession draws the number of a new session.
func drawSession() quorate.Client {
	var b [8]byte
	for {
		crand.Read(b[:]) // never fails
		if id := quorate.Client(binary.NativeEndian.Uint64(b[:])); id != 0 {
			return id
		}
	}
}

// wallClock returns a clock that starts at the wall clock and never jumps.
func wallClock() func() time.Duration {
	start := time.Now()
	epoch := time.Duration(start.UnixNano())
	return func() time.Duration { return epoch + time.Since(start) }
}

// Get reads a key in the configuration's read mode. Result.OK says whether the
// key is present.
func (c *Client) Get(ctx context.Context, key string) (Result, error) {
	return c.Do(ctx, Op{Kind: quorate.OpGet, Key: key, Read: c.read})
}

// Read reads a key with the guarantee that mode names.
func (c *Client) Read(ctx context.Context, key string, mode quorate.ReadMode) (Result, error) {
	return c.Do(ctx, Op{Kind: quorate.OpGet, Key: key, Read: mode})
}

// Put writes a value. Result.Version is the key's new version.
func (c *Client) Put(ctx context.Context, key string, value []byte) (Result, error) {
	return c.Do(ctx, Op{Kind: quorate.OpPut, Key: key, Value: value})
}

// PutIf writes a value if the key is at the given version, 0 for an absent
// key. If it is not, nothing is written, Result.OK is false and Result.Version
// the version the key has.
func (c *Client) PutIf(ctx context.Context, key string, value []byte, version uint64) (Result, error) {
	return c.Do(ctx, Op{Kind: quorate.OpPutIf, Key: key, Value: value, Version: version})
}

// Delete removes a key. Result.Version is the version of its absence.
func (c *Client) Delete(ctx context.Context, key string) (Result, error) {
	return c.Do(ctx, Op{Kind: quorate.OpDelete, Key: key})
}

// DeleteIf removes a key if it is at the given version; see [Client.PutIf].
func (c *Client) DeleteIf(ctx context.Context, key string, version uint64) (Result, error) {
	return c.Do(ctx, Op{Kind: quorate.OpDeleteIf, Key: key, Version: version})
}

// Do executes one operation and waits for its end, at most until ctx is done
// or, if ctx has no deadline, for Config.Timeout. An error is an [*Error]. The
// caller may change op.Value once Do has returned, and owns the Result.
func (c *Client) Do(ctx context.Context, op Op) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, &Error{op, Outcome{Status: quorate.NotExecuted, End: EndCancelled}, err}
	}
	w := c.waiters.Get().(*waiter)
	w.call.Op, w.call.Timeout = op, 0
	if op.Value != nil { // a request may travel on after this call has ended
		w.call.Op.Value = bytes.Clone(op.Value)
	}
	if deadline, ok := ctx.Deadline(); ok {
		if w.call.Timeout = time.Until(deadline); w.call.Timeout == 0 {
			w.call.Timeout = -1 // zero would stand for the default
		}
	}
	c.start(w)
	if ctx.Done() == nil {
		<-w.done
	} else {
		select {
		case <-w.done:
		case <-ctx.Done():
			c.cancel(w)
			<-w.done
		}
	}
	return c.finish(ctx, op, w)
}

// finish turns the ended call into what Do returns, and lets go of w.
func (c *Client) finish(ctx context.Context, op Op, w *waiter) (Result, error) {
	out := w.call.Outcome
	w.call.forget()
	w.tell = nil
	c.waiters.Put(w)
	if out.Status == quorate.Done {
		out.Result.Value = bytes.Clone(out.Result.Value) // in process it may be the replica's own
		return out.Result, nil
	}
	return Result{}, &Error{op, out, cause(ctx, &out)}
}

func cause(ctx context.Context, out *Outcome) error {
	_, bounded := ctx.Deadline()
	switch {
	case out.End == EndClosed:
		return ErrClosed
	case out.End == EndCancelled:
		return ctx.Err()
	case out.End == EndDeadline && bounded:
		return context.DeadlineExceeded
	case out.End == EndDeadline, out.End == EndSilence:
		return ErrTimeout
	case out.End == EndLost:
		return ErrLost
	case out.End == EndAttempts && out.Silent:
		return fmt.Errorf("%w: %w", ErrAttempts, ErrTimeout)
	case out.End == EndAttempts:
		return ErrAttempts
	}
	return nil
}

// Stats returns what the client did so far.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.s.Stats()
}

// Session returns the session's number.
func (c *Client) Session() quorate.Client { return c.s.ID() }

// Leader returns the last known leader, zero if none is known.
func (c *Client) Leader() quorate.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.s.Leader()
}

// Close ends the open calls and closes the link. Calls after it fail as not
// executed. Waiters of open calls are told by Close itself, or by a goroutine that
// was telling others when it was called. Closing twice does nothing.
func (c *Client) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	c.s.Close()
	c.release(true)
	c.timer.Stop()
	return c.link.Close()
}
