package transport

import (
	"fmt"
	"math"
	"sync"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// Attacher is implemented by every [Link] of this package: the process that a
// node runs in may be a client of it without a socket.
type Attacher interface {
	// Attach returns a new client of this node. Replies are handed to onReply,
	// one at a time, on a goroutine of the client's own. onLost is told once,
	// when the link closes or if it is closed already: what was sent and not
	// answered before will not be answered. Either may be nil.
	Attach(onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) *Attached
}

// Attached is a client of one node, in the node's process. What it sends goes
// straight into the node's inbox, within the bounds there for clients, and as
// the value that it is: neither a request nor a reply may be changed once it
// was handed over. Safe for concurrent use.
type Attached struct {
	*teller
	host  host
	id    quorate.ID // the node
	inbox *Inbox     // the node's
	route quorate.ID // zero if none was free

	mu   sync.Mutex
	over error // what Send returns once the client or the link is closed
	gone bool  // the link is closed, and that is told
}

// host is the link that a client is attached to.
type host interface {
	attach(*Attached) (route quorate.ID, ok bool)
	detach(route quorate.ID)
	// convert turns a request or a reply into what the other side may have.
	convert(Delivery) (Delivery, error)
}

func attach(h host, id quorate.ID, in *Inbox, cfg InboxConfig, onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) *Attached {
	a := &Attached{teller: newTeller(cfg, onReply, onLost), host: h, id: id, inbox: in}
	var ok bool
	if a.route, ok = h.attach(a); !ok {
		a.over = fmt.Errorf("all %d client routes are in use: %w", math.MaxUint16, ErrQueueFull)
	}
	go a.run()
	return a
}

// Send hands r to the node and returns at once. An error means that it was not
// sent; where a retry makes sense it wraps [ErrNotConnected], [ErrQueueFull] or
// [ErrClosed], where none does [wire.ErrTooLarge].
func (a *Attached) Send(to quorate.ID, r quorate.Request) error {
	if err := a.send(to, r); err != nil {
		return fmt.Errorf("send request to node %v: %w", to, err)
	}
	return nil
}

func (a *Attached) send(to quorate.ID, r quorate.Request) error {
	if to != a.id {
		return fmt.Errorf("the client is attached to node %v: %w", a.id, ErrNotConnected)
	}
	if err := a.ended(); err != nil {
		return err
	}
	d := Delivery{From: a.route, Msg: r, size: requestOverhead + len(r.Command.Key) + len(r.Command.Value)}
	d, err := a.host.convert(d)
	if err != nil {
		return err
	}
	if a.inbox.Put(d) {
		return nil
	}
	if err := a.ended(); err != nil { // it ended meanwhile
		return err
	}
	return ErrQueueFull
}

// requestOverhead and replyOverhead are about what a message is in memory
// besides its key and value.
const (
	requestOverhead = 160
	replyOverhead   = 96
)

func (a *Attached) ended() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.over
}

// take gives the client a reply. first says that it must be woken.
func (a *Attached) take(d Delivery) (first, ok bool) {
	d.size = replyOverhead + len(d.Msg.(quorate.Reply).Value)
	return a.replies.hold(d)
}

// leave tells the client that its node has left.
func (a *Attached) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over == nil {
		a.over = ErrNotConnected
	}
	if !a.gone {
		a.gone = true
		a.lose(a.id)
	}
}

// Close ends the client. When it returns, neither callback runs any more; so
// it must not be called from one. Replies on their way are dropped.
func (a *Attached) Close() error {
	a.mu.Lock()
	already := a.over == ErrClosed
	a.over = ErrClosed
	a.mu.Unlock()
	if !already {
		a.host.detach(a.route)
		a.stop()
	}
	<-a.done
	return nil
}

// tooLarge refuses a request that a socket would not take either, so that
// whatever is attached meets the same bounds.
func tooLarge(d Delivery, limit int) (Delivery, error) {
	if d.size-requestOverhead <= limit {
		return d, nil
	}
	return d, fmt.Errorf("key and value of %d bytes: %w: a request holds at most %d", d.size-requestOverhead, wire.ErrTooLarge, limit)
}
