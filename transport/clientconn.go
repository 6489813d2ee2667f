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
	var place *seat
	if err == nil {
		if place, route, err = l.seat(conn, c); err == nil {
			defer l.seats.leave(place)
			defer l.routes.remove(route)
		}
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
	err = l.pump(frames, Delivery{From: route}, l.clientCodec, &asking{place, func(r quorate.Request) { l.overloaded(route, r) }})
	close(ended)
	conn.Close()
	wg.Wait()
	l.count.down.Add(uint64(c.queue.setShut(true)))
	l.ended(conn, theirs, err)
}

// seat gives a client its place and its route.
func (l *tcpLink) seat(conn net.Conn, c tcpCaller) (*seat, quorate.ID, error) {
	place, gone := l.seats.take(conn)
	if gone != nil {
		l.refuse(gone, hello{Kind: kindClient}, fmt.Errorf("%w: all %d places of clients are taken, and it has been silent the longest", errRefused, l.cfg.MaxClients))
	}
	full := fmt.Errorf("%w: %d clients are connected to node %v and at work, no more are allowed", errRefused, l.cfg.MaxClients, l.id)
	if place == nil {
		return nil, 0, full
	}
	route, ok := l.routes.add(c, math.MaxUint16)
	if !ok {
		l.seats.leave(place)
		return nil, 0, full
	}
	return place, route, nil
}

// overloaded answers a request for which the inbox has no room: at once, so
// that the client need not wait to learn that it was not executed.
func (l *tcpLink) overloaded(route quorate.ID, r quorate.Request) {
	l.Send(quorate.Envelope{From: l.id, To: route, Msg: overloaded(r)})
}
