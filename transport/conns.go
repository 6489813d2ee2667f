package transport

import (
	"net"
	"sync"
	"time"
)

// conns keeps the open connections of one link, so that closing the link closes
// them all.
type conns struct {
	limit int

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

// add keeps conn; false if there are too many, or the link is closed.
func (c *conns) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.open) >= c.limit {
		return false
	}
	if c.open == nil {
		c.open = map[net.Conn]struct{}{}
	}
	c.open[conn] = struct{}{}
	return true
}

// drop closes conn and forgets it.
func (c *conns) drop(conn net.Conn) {
	conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
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

// tune sets the options of a fresh connection. TCP_NODELAY is Go's default.
func tune(conn net.Conn, t TCPTiming) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 3 * time.Second, Interval: time.Second, Count: 3})
	setUserTimeout(tcp, t.WriteTimeout)
}
