package transporttest

import (
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// mailbox is a client with what it got.
type mailbox struct {
	Client
	replies chan quorate.Reply
	lost    chan quorate.ID
}

func newMailbox() *mailbox {
	return &mailbox{replies: make(chan quorate.Reply, 1<<14), lost: make(chan quorate.ID, 1<<10)}
}

func (m *mailbox) onReply(_ quorate.ID, r quorate.Reply) { m.replies <- r }
func (m *mailbox) onLost(node quorate.ID)                { m.lost <- node }

func (r *rig) client() *mailbox {
	r.t.Helper()
	m := newMailbox()
	c, err := r.net.Client(m.onReply, m.onLost)
	if err != nil {
		r.t.Fatal(err)
	}
	m.Client = c
	r.t.Cleanup(func() { c.Close() })
	return m
}

func request(client quorate.Client, seq uint64) quorate.Request {
	return quorate.Request{Command: quorate.Command{Client: client, Seq: seq, Op: quorate.OpPut, Key: "k", Value: []byte("v")}}
}

// requests returns the next n requests that arrive at a node.
func (r *rig) requests(at, n int) []transport.Delivery {
	r.t.Helper()
	var got []transport.Delivery
	for len(got) < n {
		got = append(got, r.take(at)...)
	}
	for _, d := range got {
		if _, ok := d.Msg.(quorate.Request); !ok || !d.From.IsRoute() {
			r.t.Fatalf("%+v arrives, want a request from a route", d)
		}
	}
	return got
}

func (r *rig) answer(at int, d transport.Delivery) {
	c := d.Msg.(quorate.Request).Command
	r.links[at].Send(quorate.Envelope{From: r.c.ID(at), To: d.From, Msg: quorate.Reply{Client: c.Client, Seq: c.Seq, Status: quorate.Done}})
}

func (r *rig) reply(m *mailbox) quorate.Reply {
	r.t.Helper()
	select {
	case reply := <-m.replies:
		return reply
	case <-time.After(patience):
		r.t.Fatal("no reply")
		panic("not reached")
	}
}

// Many requests may be under way on one connection; every client gets its own
// replies only, in the order they were sent.
func testClientRouting(t *testing.T, open opener) {
	const clients, each = 4, 100
	r := newRig(t, open, 2, Config{})
	var boxes []*mailbox
	for k := range clients {
		boxes = append(boxes, r.client())
		for seq := range uint64(each) {
			for node := range 2 {
				if err := boxes[k].Send(r.c.ID(node), request(quorate.Client(k), seq)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for node := range 2 {
		for _, d := range r.requests(node, clients*each) {
			r.answer(node, d)
		}
		for k, box := range boxes {
			for seq := range uint64(each) {
				if got := r.reply(box); got.Client != quorate.Client(k) || got.Seq != seq {
					t.Fatalf("client %d got %+v, want reply %d", k, got, seq)
				}
			}
		}
	}
}

// A reply to a client that has gone finds nobody, and is counted.
func testClientGone(t *testing.T, open opener) {
	r := newRig(t, open, 2, Config{})
	first := r.client()
	if err := first.Send(r.c.ID(0), request(1, 1)); err != nil {
		t.Fatal(err)
	}
	d := r.requests(0, 1)[0]
	first.Close()
	if first.Send(r.c.ID(0), request(1, 2)) == nil {
		t.Error("a closed client sends")
	}
	r.eventually("the route has gone", func() bool {
		r.answer(0, d)
		return r.links[0].Stats().Dropped.Route > 0
	})
	second := r.client()
	if err := second.Send(r.c.ID(0), request(2, 1)); err != nil {
		t.Fatal(err)
	}
	e := r.requests(0, 1)[0]
	if e.From == d.From {
		t.Errorf("route %v was used again at once", e.From)
	}
	before := r.links[0].Stats().Dropped.Route
	r.answer(0, d)
	r.links[0].Send(quorate.Envelope{From: r.c.ID(0), To: e.From, Msg: Note{}}) // not for clients
	if got := r.links[0].Stats().Dropped.Route; got != before+2 {
		t.Errorf("%d drops for want of a route, want %d", got, before+2)
	}
	r.answer(0, e)
	if got := r.reply(second); got.Client != 2 {
		t.Errorf("the second client got %+v", got)
	}
}

// Requests that do not fit are refused at once; they do not push out peers.
func testClientFlood(t *testing.T, open opener) {
	const room, sent = 10, 200
	r := newRig(t, open, 2, Config{Inbox: transport.InboxConfig{Clients: room, Peers: 1 << 10}})
	box := r.client()
	refused := 0
	for seq := range uint64(sent) {
		if box.Send(r.c.ID(0), request(1, seq)) != nil {
			refused++
		}
	}
	for ; refused < sent-room; refused++ {
		if got := r.reply(box); got.Status != quorate.NotExecuted || got.Reason != quorate.ReasonOverloaded {
			t.Fatalf("a request beyond the bound got %+v", got)
		}
	}
	r.crowded(room, sent)
}

// crowded checks that the node 0 takes room of the requests sent, and a message
// of a peer though clients have used up their room.
func (r *rig) crowded(room, sent int) {
	t := r.t
	t.Helper()
	if d := r.links[0].Stats().Dropped; d.Requests != uint64(sent-room) {
		t.Errorf("drops %+v, want %d requests", d, sent-room)
	}
	r.send(1, 0, Note{Number: 1})
	requests, notes := 0, 0
	for requests+notes < room+1 {
		for _, d := range r.take(0) {
			if d.From.IsRoute() {
				requests++
			} else {
				notes++
			}
		}
	}
	if requests != room || notes != 1 {
		t.Errorf("%d requests and %d notes arrived, want %d and 1", requests, notes, room)
	}
}

// A client hears of a node that left, after all that the node said, and reaches
// it again when it is back.
func testClientLosesNode(t *testing.T, open opener) {
	r := newRig(t, open, 2, Config{})
	box := r.client()
	if err := box.Send(r.c.ID(0), request(1, 1)); err != nil {
		t.Fatal(err)
	}
	r.answer(0, r.requests(0, 1)[0])
	r.reply(box)
	r.links[0].Close()
	select {
	case node := <-box.lost:
		if node != r.c.ID(0) {
			t.Errorf("node %v is told lost", node)
		}
	case <-time.After(patience):
		t.Fatal("the client is not told that its node left")
	}
	r.join(0)
	r.eventually("the client reaches the node again", func() bool {
		return box.Send(r.c.ID(0), request(1, 2)) == nil
	})
	r.eventually("a request arrives", func() bool {
		_ = box.Send(r.c.ID(0), request(1, 2)) // may still meet the old connection
		r.box = r.links[0].Inbox().Take(r.box)
		return len(r.box) > 0
	})
}

// A node that is not there costs an error or a callback, never a block.
func testClientOfNobody(t *testing.T, open opener) {
	r := newRig(t, open, 2, Config{})
	r.links[1].Close()
	box := r.client()
	stranger, _ := quorate.NewID(9, 9)
	if box.Send(stranger, request(1, 1)) == nil {
		t.Error("a request to a stranger was sent")
	}
	err := box.Send(r.c.ID(1), request(1, 1))
	if err != nil {
		return
	}
	select {
	case <-box.lost:
	case <-time.After(patience):
		t.Error("a request to a node that is down is neither refused nor told lost")
	}
}
