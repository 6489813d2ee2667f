package transport

import (
	"fmt"
	"math"
	"net"
	"sync"

	"github.com/quorate/quorate"
)

// tcpCaller is a client with a route at this node: behind a connection, which
// has a queue, or attached.
type tcpCaller struct {
	queue *outQueue
	local *Attached
}

// clientHello is what a node answers a client with.
func (l *tcpLink) clientHello() hello {
	return hello{Version: version, Kind: kindPeer, From: l.id, Messages: describe(l.clientCodec.Codec), Request: l.cfg.MaxRequest}
}

// judgeClient decides whether a client may talk to this node.
func (l *tcpLink) judgeClient(theirs hello) error {
	mine := l.clientHello()
	if theirs.To != 0 && theirs.To != l.id {
		return fmt.Errorf("%w: the client expects node %v at this address, which is node %v", errRefused, theirs.To, l.id)
	}
	if err := mine.differences(hello{Version: theirs.Version, Kind: kindClient, Messages: theirs.Messages}); err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return nil
}

// Attach implements [Attacher].
func (l *tcpLink) Attach(onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) *Attached {
	return attach(tcpHost{l}, l.id, l.inbox, l.cfg.Inbox, onReply, onLost)
}

type tcpHost struct{ *tcpLink }

func (h tcpHost) attach(a *Attached) (quorate.ID, bool) {
	route, ok := h.routes.add(tcpCaller{local: a}, math.MaxUint16)
	if h.ctx.Err() != nil { // closed, perhaps without seeing this route
		h.routes.remove(route)
		a.leave()
	}
	return route, ok
}

func (h tcpHost) detach(route quorate.ID) { h.routes.remove(route) }

func (h tcpHost) convert(d Delivery) (Delivery, error) { return tooLarge(d, h.cfg.MaxRequest) }

func (l *tcpLink) receiveClient(conn net.Conn, theirs hello, frames *frameReader) {
	c := tcpCaller{queue: newOutQueue(l.cfg.ClientQueue).within(&l.waiting)}
	err := l.judgeClient(theirs)
	var route quorate.ID
	if err == nil {
		var ok bool
		if route, ok = l.routes.add(c, l.cfg.MaxClients); !ok {
			err = fmt.Errorf("%w: %d clients are connected to node %v, no more are allowed", errRefused, l.cfg.MaxClients, l.id)
		}
	}
	if err == nil {
		defer l.routes.remove(route)
	}
	if !l.answer(conn, l.clientHello(), theirs, err) {
		return
	}
	var wg sync.WaitGroup
	ended := make(chan struct{})
	wg.Go(func() {
		// A failed write ends the reader too.
		if err := c.queue.writeTo(conn, l.cfg.WriteTimeout, &l.count, ended); err != nil {
			conn.Close()
		}
	})
	frames.limit, frames.shared = l.cfg.MaxRequest, &l.arriving
	defer frames.charge(0)
	frames.watch(conn, l.cfg.FrameTimeout)
	err = l.pump(frames, Delivery{From: route}, l.clientCodec, func(r quorate.Request) { l.overloaded(route, r) })
	close(ended)
	conn.Close()
	wg.Wait()
	l.count.down.Add(uint64(c.queue.setShut(true)))
	l.ended(conn, theirs, err)
}

// overloaded answers a request for which the inbox has no room: at once, so
// that the client need not wait to learn that it was not executed.
func (l *tcpLink) overloaded(route quorate.ID, r quorate.Request) {
	l.Send(quorate.Envelope{From: l.id, To: route, Msg: overloaded(r)})
}
