package transport

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// budget is what several queues may hold together. A nil budget has no end.
type budget struct {
	limit int64
	used  atomic.Int64
}

func (b *budget) take(n int) bool {
	if b == nil {
		return true
	}
	if b.used.Add(int64(n)) > b.limit {
		b.used.Add(-int64(n))
		return false
	}
	return true
}

func (b *budget) give(n int) {
	if b != nil {
		b.used.Add(-int64(n))
	}
}

// outQueue gathers the frames for one connection until somebody takes them all and
// writes them with one call: its writer, or whoever may [outQueue.flush] it.
type outQueue struct {
	limit  int           // bytes that may wait
	shared *budget       // for what waits and what is being written
	wake   chan struct{} // holds a token while frames may be waiting

	mu    sync.Mutex
	buf   []byte
	count int
	shut  bool

	conn  *connection // what is being served, nil for none
	spare []byte      // for what comes while a flush writes
}

// connection is what a queue knows of the one that it is written to.
type connection struct {
	trial   *trial // nil where only the writer may write
	writing bool   // somebody does
	rest    []byte // what a flush had to leave, ahead of all else
	frames  int    // in it
	count   *counters
}

func newOutQueue(limit int) *outQueue {
	return &outQueue{limit: limit, wake: make(chan struct{}, 1)}
}

// within makes what waits count in a budget.
func (q *outQueue) within(b *budget) *outQueue {
	q.shared = b
	return q
}

// put appends a frame. first says that nothing waited before: the writer must
// then be woken. The error is [ErrQueueFull] or [ErrNotConnected].
func (q *outQueue) put(frame []byte) (first bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.shut {
		return false, ErrNotConnected
	}
	if len(q.buf) > 0 && len(q.buf)+len(frame) > q.limit {
		return false, ErrQueueFull
	}
	if !q.shared.take(len(frame)) {
		return false, ErrQueueFull
	}
	q.buf = append(q.buf, frame...)
	q.count++
	return q.count == 1, nil
}

// waiting returns how many frames wait.
func (q *outQueue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}

// open reports whether the queue is open.
func (q *outQueue) open() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.shut
}

func (q *outQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns what waits, and keeps spare for what comes next.
func (q *outQueue) take(spare []byte) ([]byte, int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	taken, count := q.buf, q.count
	q.buf, q.count = spare[:0], 0
	return taken, count
}

// setShut opens or shuts the queue, drops what waits, and returns how many
// frames that were.
func (q *outQueue) setShut(shut bool) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.count
	q.shared.give(len(q.buf))
	q.shut, q.buf, q.count = shut, nil, 0
	return n
}

// writeTo writes what is put until a write fails or stop is closed. A write may
// take between half the timeout and all of it: the deadline is not moved for
// every one. Frames of a failed write are counted as down.
func (q *outQueue) writeTo(conn net.Conn, timeout time.Duration, count *counters, stop <-chan struct{}) error {
	c := q.serve(conn, count)
	defer q.leave(c)
	var buf []byte
	var moved time.Time
	for {
		select {
		case <-q.wake:
		case <-stop:
			return nil
		}
		if cap(buf) > maxSpare {
			buf = nil // a burst has passed
		}
		var n int
		if buf, n = q.begin(c, buf); n == 0 {
			continue
		}
		if now := time.Now(); now.Sub(moved) > timeout/2 {
			moved = now
			_ = conn.SetWriteDeadline(now.Add(timeout)) // fails only if the write will
		}
		err := c.write(conn, buf)
		q.shared.give(len(buf))
		q.end(c)
		if err != nil {
			count.down.Add(uint64(n))
			return err
		}
		count.wrote(n, len(buf))
	}
}

// maxSpare bounds the buffers that are kept.
const maxSpare = 1 << 20
