package transport

import "net"

// Usually a queue's writer writes: whoever puts frames must not wait for a socket. But
// to wake it costs as much as the write itself where there is nothing to wait for. So
// a loop, or a client that starts a call, first tries to write by itself, once, as much
// as the socket takes; the writer gets the rest.

// serve begins to write to conn.
func (q *outQueue) serve(conn net.Conn, count *counters) *connection {
	c := &connection{trial: newTrial(conn), count: count}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.conn = c
	return c
}

// leave ends it. A flush that still writes finds that c is not served any more.
func (q *outQueue) leave(c *connection) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.conn, q.spare = nil, nil
	q.shared.give(len(c.rest))
	c.count.down.Add(uint64(c.frames))
	c.rest, c.frames = nil, 0
}

// begin takes what the writer is to write, nothing while a flush writes: that wakes
// the writer again if it leaves something.
func (q *outQueue) begin(c *connection, spare []byte) ([]byte, int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c.writing {
		return spare, 0
	}
	taken, n := q.buf, q.count
	if c.rest != nil {
		taken, n = append(c.rest, q.buf...), n+c.frames
		c.rest, c.frames = nil, 0
		spare = q.buf
	}
	q.buf, q.count = spare[:0], 0
	c.writing = n > 0
	return taken, n
}

// end says that nobody writes any more.
func (q *outQueue) end(c *connection) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.writing = false
}

// flush writes what waits if it can be written at once, and otherwise wakes the writer.
// It does not block.
func (q *outQueue) flush() {
	q.mu.Lock()
	c := q.conn
	if c == nil || c.trial == nil || c.writing || c.rest != nil || q.count == 0 {
		q.mu.Unlock()
		q.signal()
		return
	}
	buf, n := q.buf, q.count
	q.buf, q.count = q.spare[:0], 0
	q.spare, c.writing = nil, true
	q.mu.Unlock()
	written := c.trial.write(buf)
	q.shared.give(written)
	if q.written(c, buf, written, n) {
		q.signal()
	}
}

// written notes how many of n frames' bytes a flush has written. It reports whether
// something is left to write.
func (q *outQueue) written(c *connection, buf []byte, written, n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.writing = false
	if written == len(buf) {
		c.count.wrote(n, written)
		if q.conn == c && cap(buf) <= maxSpare {
			q.spare = buf
		}
		return q.count > 0
	}
	if q.conn != c { // it broke meanwhile
		q.shared.give(len(buf) - written)
		c.count.down.Add(uint64(n))
		return false
	}
	c.count.sentBytes.Add(uint64(written))
	c.rest, c.frames = buf[written:], n
	return true
}

// write writes all of buf, first what the socket takes at once.
func (c *connection) write(conn net.Conn, buf []byte) error {
	if c.trial != nil {
		if buf = buf[c.trial.write(buf):]; len(buf) == 0 {
			return nil
		}
	}
	_, err := conn.Write(buf)
	return err
}
