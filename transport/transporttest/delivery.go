package transporttest

import (
	"bytes"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

type opener = func(*testing.T, Config) Network

func testDelivery(t *testing.T, open opener) {
	r := newRig(t, open, 3, Config{})
	for from := range 3 {
		for to := range 3 {
			if from == to {
				continue
			}
			r.send(from, to, Note{Number: 7, Text: "x"})
			d := r.take(to)
			if len(d) != 1 || d[0].From != r.c.ID(from) || d[0].Msg.(Note).Text != "x" {
				t.Errorf("%v sent a note to %v, which got %+v", r.c.ID(from), r.c.ID(to), d)
			}
		}
	}
}

func testBroadcast(t *testing.T, open opener) {
	r := newRig(t, open, 5, Config{})
	before := r.links[2].Stats().Sent
	r.links[2].Send(quorate.Envelope{From: r.c.ID(2), To: quorate.Others, Msg: Note{Number: 1}})
	for i := range 5 {
		if i != 2 {
			r.notes(i, 1)
		}
	}
	r.send(0, 2, Note{Number: 2})
	if got := r.notes(2, 1); got[0].Number != 2 {
		t.Errorf("the sender of a broadcast got %+v", got)
	}
	r.eventually("four sends are counted", func() bool { return r.links[2].Stats().Sent == before+4 })
}

func testOrder(t *testing.T, open opener) {
	const n = 5000
	r := newRig(t, open, 2, Config{})
	for i := range uint64(n) {
		r.send(0, 1, Note{Number: i})
	}
	for i, note := range r.notes(1, n) {
		if note.Number != uint64(i) {
			t.Fatalf("note %d arrives at place %d", note.Number, i)
		}
	}
	s := r.links[1].Stats()
	if s.Received < n || s.Dropped.Total() != 0 {
		t.Errorf("stats of the receiver: %+v", s)
	}
}

// What has arrived stays as it is, whatever arrives later.
func testValues(t *testing.T, open opener) {
	const n = 100
	r := newRig(t, open, 2, Config{})
	for i := range n {
		r.send(0, 1, Note{Number: uint64(i), Data: bytes.Repeat([]byte{byte(i)}, 1+i*i)})
	}
	for i, note := range r.notes(1, n) {
		if !bytes.Equal(note.Data, bytes.Repeat([]byte{byte(i)}, 1+i*i)) {
			t.Fatalf("the data of note %d changed", i)
		}
	}
}

func testFullInbox(t *testing.T, open opener) {
	const room, sent = 10, 100
	r := newRig(t, open, 2, Config{Inbox: transport.InboxConfig{Peers: room}})
	before := r.links[1].Stats().Dropped.Inbox
	for i := range uint64(sent) {
		r.send(0, 1, Note{Number: i})
	}
	r.eventually("the rest is dropped", func() bool {
		return r.links[1].Stats().Dropped.Inbox == before+sent-room
	})
	for i, note := range r.notes(1, room) {
		if note.Number != uint64(i) {
			t.Errorf("note %d is at place %d: the first ones should stay", note.Number, i)
		}
	}
	r.send(0, 1, Note{Number: 1000})
	if got := r.notes(1, 1); got[0].Number != 1000 {
		t.Errorf("after the inbox was emptied %+v arrives", got)
	}
}
