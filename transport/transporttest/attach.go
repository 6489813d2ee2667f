package transporttest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// attach returns a client of one node, in its process.
func (r *rig) attach(at int) *mailbox {
	r.t.Helper()
	m := newMailbox()
	m.Client = r.attacher(at).Attach(m.onReply, m.onLost)
	r.t.Cleanup(func() { m.Close() })
	return m
}

func (r *rig) attacher(at int) transport.Attacher {
	r.t.Helper()
	a, ok := r.links[at].(transport.Attacher)
	if !ok {
		r.t.Fatalf("%T is no Attacher", r.links[at])
	}
	return a
}

// Attached clients get their own replies only, in order, next to others.
func testAttachedRouting(t *testing.T, open opener) {
	const clients, each = 4, 100
	r := newRig(t, open, 2, Config{})
	boxes := []*mailbox{r.client()}
	for range clients - 1 {
		boxes = append(boxes, r.attach(0))
	}
	for k, box := range boxes {
		for seq := range uint64(each) {
			if err := box.Send(r.c.ID(0), request(quorate.Client(k), seq)); err != nil {
				t.Fatal(err)
			}
		}
	}
	routes := map[quorate.ID]bool{}
	for _, d := range r.requests(0, clients*each) {
		routes[d.From] = true
		if c := d.Msg.(quorate.Request).Command; c.Key != "k" || string(c.Value) != "v" {
			t.Fatalf("%+v arrives", c)
		}
		r.answer(0, d)
	}
	for k, box := range boxes {
		for seq := range uint64(each) {
			if got := r.reply(box); got.Client != quorate.Client(k) || got.Seq != seq {
				t.Fatalf("client %d got %+v, want reply %d", k, got, seq)
			}
		}
	}
	if len(routes) != clients {
		t.Errorf("%d clients use %d routes", clients, len(routes))
	}
	if err := boxes[1].Send(r.c.ID(1), request(1, 1)); !errors.Is(err, transport.ErrNotConnected) {
		t.Errorf("a request to a node that the client is not attached to: %v", err)
	}
}

func testAttachedGone(t *testing.T, open opener) {
	r := newRig(t, open, 2, Config{})
	first := r.attach(0)
	if err := first.Send(r.c.ID(0), request(1, 1)); err != nil {
		t.Fatal(err)
	}
	d := r.requests(0, 1)[0]
	first.Close()
	first.Close()
	if err := first.Send(r.c.ID(0), request(1, 2)); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("a closed client sends: %v", err)
	}
	before := r.links[0].Stats().Dropped.Route
	second := r.attach(0)
	if err := second.Send(r.c.ID(0), request(2, 1)); err != nil {
		t.Fatal(err)
	}
	e := r.requests(0, 1)[0]
	if e.From == d.From {
		t.Errorf("route %v was used again at once", e.From)
	}
	r.answer(0, d)
	r.links[0].Send(quorate.Envelope{From: r.c.ID(0), To: e.From, Msg: Note{}}) // not for clients
	if got := r.links[0].Stats().Dropped.Route; got != before+2 {
		t.Errorf("%d drops for want of a route, want %d", got, before+2)
	}
	r.answer(0, e)
	if got := r.reply(second); got.Client != 2 {
		t.Errorf("the second client got %+v", got)
	}
	r.links[0].Close()
	r.loss(second, 0)
	if len(first.replies)+len(first.lost) > 0 {
		t.Error("a closed client was called")
	}
}

// loss waits until a client is told that its node was lost.
func (r *rig) loss(m *mailbox, node int) {
	r.t.Helper()
	select {
	case id := <-m.lost:
		if id != r.c.ID(node) {
			r.t.Errorf("node %v is told lost", id)
		}
	case <-time.After(patience):
		r.t.Fatal("the client is not told that its node left")
	}
}

// What does not fit the inbox was not sent, and pushes out nobody.
func testAttachedFlood(t *testing.T, open opener) {
	const room, sent = 10, 200
	r := newRig(t, open, 2, Config{Inbox: transport.InboxConfig{Clients: room, Peers: 1 << 10}})
	box := r.attach(0)
	for seq := range uint64(sent) {
		err := box.Send(r.c.ID(0), request(1, seq))
		if full := seq >= room; full != errors.Is(err, transport.ErrQueueFull) || !full && err != nil {
			t.Fatalf("request %d: %v", seq, err)
		}
	}
	r.crowded(room, sent)
}

// The bytes of requests are bounded, too.
func testAttachedBytes(t *testing.T, open opener) {
	r := newRig(t, open, 2, Config{Inbox: transport.InboxConfig{ClientBytes: 1 << 16}})
	box := r.attach(0)
	large := request(1, 1)
	large.Command.Value = make([]byte, 1<<14)
	full := false
	for range 100 {
		full = full || errors.Is(box.Send(r.c.ID(0), large), transport.ErrQueueFull)
	}
	if !full {
		t.Error("1.6 MB fit an inbox of 64 KiB")
	}
	if got := len(r.requests(0, 1)); got > 4 {
		t.Errorf("%d requests of 16 KiB fit an inbox of 64 KiB", got)
	}
}

// A callback that does not return holds up its own client only.
func testAttachedStuck(t *testing.T, open opener) {
	const sent, room = 100, 10
	r := newRig(t, open, 2, Config{Inbox: transport.InboxConfig{Peers: room}})
	entered, leave := make(chan struct{}, sent), make(chan struct{})
	stuck := r.attacher(0).Attach(func(quorate.ID, quorate.Reply) {
		entered <- struct{}{}
		<-leave
	}, nil)
	defer stuck.Close()
	defer close(leave)
	free := r.attach(0)
	for _, c := range []Client{stuck, free} {
		if err := c.Send(r.c.ID(0), request(1, 1)); err != nil {
			t.Fatal(err)
		}
	}
	two := r.requests(0, 2)
	r.answer(0, two[0])
	select {
	case <-entered:
	case <-time.After(patience):
		t.Fatal("no reply")
	}
	before := r.links[0].Stats().Dropped.Queue
	for range sent {
		r.answer(0, two[0])
	}
	if got := r.links[0].Stats().Dropped.Queue - before; got != sent-room {
		t.Errorf("%d of %d replies were dropped, want all but %d", got, sent, room)
	}
	r.answer(0, two[1])
	r.reply(free)
}

// So are the bytes of replies that a client does not take.
func testAttachedReplyBytes(t *testing.T, open opener) {
	r := newRig(t, open, 2, Config{Inbox: transport.InboxConfig{PeerBytes: 1 << 16}})
	leave := make(chan struct{})
	stuck := r.attacher(0).Attach(func(quorate.ID, quorate.Reply) { <-leave }, nil)
	defer stuck.Close()
	defer close(leave)
	if err := stuck.Send(r.c.ID(0), request(1, 1)); err != nil {
		t.Fatal(err)
	}
	d := r.requests(0, 1)[0]
	for range 100 {
		r.links[0].Send(quorate.Envelope{From: r.c.ID(0), To: d.From, Msg: quorate.Reply{Client: 1, Value: make([]byte, 1<<14)}})
	}
	if got := r.links[0].Stats().Dropped.Queue; got < 90 {
		t.Errorf("%d of 100 replies of 16 KiB were dropped, though 64 KiB may wait", got)
	}
}

// An attached client hears of its node's end once, after all that it said.
func testAttachedLosesNode(t *testing.T, open opener) {
	const requests = 100
	r := newRig(t, open, 2, Config{})
	box := r.attach(0)
	for seq := range uint64(requests) {
		if err := box.Send(r.c.ID(0), request(1, seq)); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range r.requests(0, requests) {
		r.answer(0, d)
	}
	link := r.attacher(0)
	r.links[0].Close()
	r.loss(box, 0)
	if len(box.replies) != requests {
		t.Errorf("%d replies came before the loss, want %d", len(box.replies), requests)
	}
	if err := box.Send(r.c.ID(0), request(1, 1)); !errors.Is(err, transport.ErrNotConnected) {
		t.Errorf("a request to a closed link: %v", err)
	}
	late := newMailbox()
	c := link.Attach(late.onReply, late.onLost)
	defer c.Close()
	r.loss(late, 0)
	if err := c.Send(r.c.ID(0), request(1, 1)); !errors.Is(err, transport.ErrNotConnected) {
		t.Errorf("a request of a client attached to a closed link: %v", err)
	}
	r.join(0) // a new link has clients of its own
	again := r.attach(0)
	if err := again.Send(r.c.ID(0), request(1, 1)); err != nil {
		t.Fatal(err)
	}
	r.answer(0, r.requests(0, 1)[0])
	r.reply(again)
	if len(box.lost)+len(late.lost) > 0 {
		t.Error("a loss was told twice")
	}
}

// testAttachedConcurrency opens, uses and closes clients while their node goes.
func testAttachedConcurrency(t *testing.T, open opener) {
	const clients, each = 8, 200
	r := newRig(t, open, 2, Config{})
	var wg, taker sync.WaitGroup
	stop := make(chan struct{})
	taker.Go(func() {
		var box []transport.Delivery
		for {
			select {
			case <-r.links[0].Inbox().Ready():
			case <-stop:
				return
			}
			box = r.links[0].Inbox().Take(box)
			for _, d := range box {
				r.answer(0, d)
			}
		}
	})
	for k := range clients {
		wg.Go(func() {
			m := newMailbox()
			c := r.attacher(0).Attach(m.onReply, m.onLost)
			for seq := range uint64(each) {
				_ = c.Send(r.c.ID(0), request(quorate.Client(k), seq))
				if k == 0 && seq == each/2 {
					r.links[0].Close()
				}
			}
			if k%2 == 0 {
				r.loss(m, 0)
			}
			c.Close()
			if len(m.lost) > 0 && k%2 == 0 {
				t.Error("a loss was told twice")
			}
		})
	}
	wg.Wait()
	close(stop)
	taker.Wait()
}
