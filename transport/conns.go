package transport

import (
	"container/list"
	"net"
	"sync"
	"time"
)

// conns keeps the open connections of one link, so that closing the link closes
// them all. Those that have not greeted yet are few: when one more comes, the
// oldest of them goes. So no flood of silent connections keeps out a peer or a
// client, which greet at once; and none of those has to go for strangers.
type conns struct {
	limit int // of strangers

	mu        sync.Mutex
	strangers list.List                  // of net.Conn, oldest first
	open      map[net.Conn]*list.Element // nil for those that have greeted
	closed    bool
}

// add keeps conn; false if the link is closed. It closes and returns the
// connection that has to go for it, if any.
func (c *conns) add(conn net.Conn) (gone net.Conn, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, false
	}
	if c.open == nil {
		c.open = map[net.Conn]*list.Element{}
	}
	if c.strangers.Len() >= c.limit {
		gone = c.strangers.Remove(c.strangers.Front()).(net.Conn)
		c.open[gone] = nil // its goroutine drops it
		gone.Close()
	}
	c.open[conn] = c.strangers.PushBack(conn)
	return gone, true
}

// greeted notes that conn has been let in.
func (c *conns) greeted(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.open[conn]; e != nil {
		c.strangers.Remove(e)
		c.open[conn] = nil
	}
}

// drop closes conn and forgets it.
func (c *conns) drop(conn net.Conn) {
	conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.open[conn]; e != nil {
		c.strangers.Remove(e)
	}
	delete(c.open, conn)
}

func (c *conns) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for conn := range c.open { // unordered: all are closed
		conn.Close()
	}
}

// tune sets the options of a fresh connection, so that one whose other end has
// vanished is noticed, whether anything is sent or not. TCP_NODELAY is Go's
// default.
func tune(conn net.Conn, t TCPTiming) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 3 * time.Second, Interval: time.Second, Count: 3})
	setUserTimeout(tcp, t.WriteTimeout)
}
