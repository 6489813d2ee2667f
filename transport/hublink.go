package transport

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// hubLink is one node's place in a [Hub]. Sending is putting into the
// receiver's inbox, on the sender's goroutine.
type hubLink struct {
	hub         *Hub
	id          quorate.ID
	index       int
	cluster     *quorate.Cluster
	intro       introduction
	ports       []hubPort
	ways        []*line[hubFlight] // by member index, nil where nothing is held back
	codec       *wire.Codec
	clientCodec *wire.Codec
	inbox       *Inbox
	faults      *Faults
	delays      *delayLine[hubDelayed]
	routes      routes[hubCaller]
	closeOnce   sync.Once
	closed      atomic.Bool
	count       counters
	unsendable  complaints
}

// hubCaller is a client with a route at a node: of the whole hub, or attached.
type hubCaller interface {
	take(d Delivery) bool
	leave(l *hubLink)
}

type hubDelayed struct {
	to  int
	msg any
}

func (l *hubLink) Inbox() *Inbox   { return l.inbox }
func (l *hubLink) Faults() *Faults { return l.faults }

func (l *hubLink) Stats() Stats {
	s := l.count.read()
	l.inbox.account(&s)
	return s
}

func (l *hubLink) Send(e quorate.Envelope) {
	switch {
	case l.closed.Load():
		l.count.down.Add(1)
	case e.To == quorate.Others:
		for i := range l.ports {
			if i != l.index {
				l.sendPeer(i, e.Msg)
			}
		}
	case e.To.IsRoute():
		l.sendClient(e.To, e.Msg)
	default:
		if i := l.cluster.Index(e.To); i >= 0 {
			l.sendPeer(i, e.Msg)
		} else {
			l.count.down.Add(1)
		}
	}
}

func (l *hubLink) sendPeer(i int, m any) {
	f := l.faults.draw(i)
	if f.copies == 0 {
		l.count.injected.Add(1)
		return
	}
	for k := range f.copies {
		if f.delay[k] == 0 {
			l.deliver(i, m)
		} else if !l.delays.add(f.delay[k], hubDelayed{i, m}) {
			l.count.queue.Add(1)
		}
	}
}

// deliver puts m into the inbox of the member with index i.
func (l *hubLink) deliver(i int, m any) {
	to := l.ports[i].Load()
	if to == nil {
		l.count.down.Add(1)
		return
	}
	who, _, _ := l.intro.get()
	d := Delivery{From: l.id, Msg: m, Hello: who}
	if !l.encode(l.codec, to.codec, &d) {
		return
	}
	if way := l.ways[i]; way != nil && !way.add(hubFlight{from: l, to: to, d: d}) {
		l.count.queue.Add(1)
		return
	} else if way == nil {
		to.inbox.Put(d) // counts what does not fit
	}
	l.count.sent.Add(1)
}

// greet says who the node is, if it knows, to a member or, if to is zero, to all
// others: they shall know each other before they have anything to say.
func (l *hubLink) greet(to quorate.ID) {
	who, _, known := l.intro.get()
	if !known || who == (quorate.Hello{}) {
		return
	}
	for i := range l.ports {
		if other := l.ports[i].Load(); other != nil && other != l && (to == 0 || to == other.id) {
			other.inbox.Put(Delivery{From: l.id, Msg: who, Hello: who})
		}
	}
}

// encode passes d's message through the codecs, if the hub is to.
func (l *hubLink) encode(from, to *wire.Codec, d *Delivery) bool {
	if !l.hub.cfg.Encode {
		return true
	}
	m := d.Msg
	if err := roundTrip(from, to, d); err != nil {
		l.count.encode.Add(1)
		l.unsendable.about(l.hub.log.With("node", l.id), m, err)
		return false
	}
	return true
}

// roundTrip replaces d's message by what the receiver would decode.
func roundTrip(from, to *wire.Codec, d *Delivery) error {
	data, err := from.Append(nil, d.Msg)
	if err != nil {
		return err
	}
	d.size = len(data)
	d.Msg, err = to.Decode(data)
	return err
}

func (l *hubLink) sendClient(to quorate.ID, m any) {
	c, ok := l.routes.get(to)
	_, isReply := m.(quorate.Reply)
	if !ok || !isReply {
		l.count.route.Add(1)
		return
	}
	d := Delivery{From: l.id, Msg: m}
	if !l.encode(l.clientCodec, l.clientCodec, &d) {
		return
	}
	l.count.sent.Add(1)
	if !c.take(d) {
		l.count.queue.Add(1)
	}
}

// Attach implements [Attacher].
func (l *hubLink) Attach(onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) *Attached {
	return attach(hubHost{l}, l.id, l.inbox, l.hub.cfg.Inbox, onReply, onLost)
}

type hubHost struct{ *hubLink }

func (h hubHost) attach(a *Attached) (quorate.ID, bool) {
	route, ok := h.routes.add(hubAttached{a}, math.MaxUint16)
	if h.closed.Load() { // perhaps without seeing this route
		h.routes.remove(route)
		a.leave()
	}
	return route, ok
}

func (h hubHost) detach(route quorate.ID) { h.routes.remove(route) }

func (h hubHost) convert(d Delivery) (Delivery, error) {
	if !h.hub.cfg.Encode {
		return d, nil
	}
	err := roundTrip(h.clientCodec, h.clientCodec, &d)
	return d, err
}

type hubAttached struct{ *Attached }

func (a hubAttached) take(d Delivery) bool {
	first, ok := a.Attached.take(d)
	if first {
		a.replies.signal()
	}
	return ok
}

func (a hubAttached) leave(*hubLink) { a.Attached.leave() }

// Close takes the node off the hub and tells its clients.
func (l *hubLink) Close() error {
	l.closeOnce.Do(func() {
		l.closed.Store(true)
		l.ports[l.index].CompareAndSwap(l, nil)
		l.inbox.close()
		l.count.down.Add(uint64(l.delays.close()))
		for _, c := range l.routes.drain() {
			c.leave(l)
		}
	})
	return nil
}
