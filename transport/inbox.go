package transport

import (
	"fmt"
	"sync"

	"github.com/quorate/quorate"
)

// Delivery is a message that has arrived. From is a member, or the route of a
// client connected to this node. Hello is who the member was when it sent the
// message, in case that messages overtake each other: zero for clients, and for
// members without an identity.
type Delivery struct {
	From  quorate.ID
	Msg   any
	Hello quorate.Hello

	size int // bytes on the wire; 0 where nothing was encoded
}

// InboxConfig bounds what may wait for a node. Clients have bounds of their
// own, so that no flood of requests pushes out a message of a peer.
type InboxConfig struct {
	Peers       int // messages of peers; 0 means 65536
	PeerBytes   int // their bytes, where messages are encoded; 0 means 64 MiB
	Clients     int // requests of clients; 0 means 8192
	ClientBytes int // their bytes; 0 means 16 MiB
}

// Validate reports bounds that make no sense.
func (c InboxConfig) Validate() error {
	if c.Peers < 0 || c.PeerBytes < 0 || c.Clients < 0 || c.ClientBytes < 0 {
		return fmt.Errorf("inbox bounds %+v: none may be negative; 0 chooses the default", c)
	}
	return nil
}

// lane is the account of one class of senders.
type lane struct {
	count, maxCount int
	bytes, maxBytes int
	received        uint64
	dropped         uint64
}

func newLane(count, defaultCount, bytes, defaultBytes int) lane {
	if count == 0 {
		count = defaultCount
	}
	if bytes == 0 {
		bytes = defaultBytes
	}
	return lane{maxCount: count, maxBytes: bytes}
}

// Inbox is the bounded queue of what has arrived for one node. Any number of
// goroutines may Put; one loop takes everything at once.
type Inbox struct {
	ready chan struct{} // holds a token while items may be waiting

	mu      sync.Mutex
	items   []Delivery
	peers   lane
	clients lane
	closed  bool
}

// NewInbox returns an empty inbox. Bounds below zero count as defaults.
func NewInbox(cfg InboxConfig) *Inbox {
	return &Inbox{
		ready:   make(chan struct{}, 1),
		peers:   newLane(max(cfg.Peers, 0), 1<<16, max(cfg.PeerBytes, 0), 64<<20),
		clients: newLane(max(cfg.Clients, 0), 1<<13, max(cfg.ClientBytes, 0), 16<<20),
	}
}

// Put appends d. It returns false if d does not fit or the inbox is closed: d
// is then dropped and counted.
func (b *Inbox) Put(d Delivery) bool {
	first, ok := b.hold(d)
	if first {
		b.signal()
	}
	return ok
}

// hold is Put without the signal; first says that it must follow.
func (b *Inbox) hold(d Delivery) (first, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ok = b.put(d)
	return ok && len(b.items) == 1, ok
}

// putAll is Put for several deliveries under one lock; dropped receives those
// that do not fit, after the lock is released.
func (b *Inbox) putAll(ds []Delivery, dropped func(Delivery)) {
	var refused []Delivery
	b.mu.Lock()
	wake := len(b.items) == 0
	for _, d := range ds {
		if !b.put(d) {
			refused = append(refused, d)
		}
	}
	wake = wake && len(b.items) > 0
	b.mu.Unlock()
	if wake {
		b.signal()
	}
	for _, d := range refused {
		dropped(d)
	}
}

func (b *Inbox) put(d Delivery) bool {
	l := &b.peers
	if d.From.IsRoute() {
		l = &b.clients
	}
	// One message larger than the whole bound still fits an empty lane, else it never would.
	full := l.count >= l.maxCount || l.count > 0 && l.bytes+d.size > l.maxBytes
	if b.closed || full {
		l.dropped++
		return false
	}
	l.count++
	l.bytes += d.size
	l.received++
	b.items = append(b.items, d)
	return true
}

func (b *Inbox) signal() {
	select {
	case b.ready <- struct{}{}:
	default: // the loop has not seen the last token yet
	}
}

// Ready returns a channel that holds a token when there may be something to
// take. Only the loop that takes may receive from it.
func (b *Inbox) Ready() <-chan struct{} { return b.ready }

// Take returns everything that waits, in order of arrival, and keeps buf, whose
// contents it clears, to collect what comes next.
func (b *Inbox) Take(buf []Delivery) []Delivery {
	buf = buf[:cap(buf)]
	clear(buf)
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.items
	b.items = buf[:0]
	b.peers.count, b.peers.bytes = 0, 0
	b.clients.count, b.clients.bytes = 0, 0
	return taken
}

// close refuses and counts whatever comes from now on.
func (b *Inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.items = nil
}

// account adds the inbox' counters to s.
func (b *Inbox) account(s *Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Received += b.peers.received + b.clients.received
	s.Dropped.Inbox += b.peers.dropped
	s.Dropped.Requests += b.clients.dropped
	s.Waiting.Peers += uint64(b.peers.count)
	s.Waiting.Clients += uint64(b.clients.count)
}
