package transport

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// seats are the places of a node's clients that come over connections. When all are
// taken, whoever only sits there makes room for one more: of those that never asked for
// anything the one that came first, and else the one that has been silent the longest,
// if that is long enough. A client that loses its seat takes another one when it asks
// next. So silent connections keep nobody out, and clients at work lose no seat to each
// other.
type seats struct {
	limit int
	quiet time.Duration // of who has asked before its seat may go

	mu    sync.Mutex
	taken map[*seat]struct{} // an entry goes when its connection does
}

// seat is the place of one client.
type seat struct {
	conn  net.Conn
	since time.Time    // when it was taken
	heard atomic.Int64 // when its client asked last, after since; 0 never
}

// take gives conn a seat, nil if all are taken by clients at work. It closes and returns
// the connection that has to go for it, if any.
func (s *seats) take(conn net.Conn) (place *seat, gone net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.taken) >= s.limit {
		idle := s.idle()
		if idle == nil {
			return nil, nil
		}
		delete(s.taken, idle)
		gone = idle.conn
		gone.Close()
	}
	if s.taken == nil {
		s.taken = map[*seat]struct{}{}
	}
	place = &seat{conn: conn, since: time.Now()}
	s.taken[place] = struct{}{}
	return place, gone
}

// idle returns who has to go if somebody has to.
func (s *seats) idle() *seat {
	var first, last *seat    // of those that never asked, and of the others
	for p := range s.taken { // unordered: the oldest is looked for
		switch {
		case p.heard.Load() == 0:
			if first == nil || p.since.Before(first.since) {
				first = p
			}
		case last == nil || p.asked().Before(last.asked()):
			last = p
		}
	}
	if first == nil && last != nil && time.Since(last.asked()) >= s.quiet {
		return last
	}
	return first
}

// leave gives a seat back. It may have gone to somebody else before.
func (s *seats) leave(place *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.taken, place)
}

// ask notes that the client asks.
func (p *seat) ask() { p.heard.Store(max(1, int64(time.Since(p.since)))) }

// asked is when the client asked last.
func (p *seat) asked() time.Time { return p.since.Add(time.Duration(p.heard.Load())) }
