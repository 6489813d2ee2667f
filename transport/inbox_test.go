package transport

import (
	"testing"

	"github.com/quorate/quorate"
)

func member(node int) quorate.ID {
	id, err := quorate.NewID(1, node)
	if err != nil {
		panic(err)
	}
	return id
}

func TestInboxBounds(t *testing.T) {
	peer, client := member(1), quorate.Route(1)
	for _, test := range []struct {
		name string
		cfg  InboxConfig
		put  []Delivery
		want []bool
	}{
		{"count", InboxConfig{Peers: 2, Clients: 1},
			[]Delivery{{From: client}, {From: client}, {From: peer}, {From: peer}, {From: peer}},
			[]bool{true, false, true, true, false}},
		{"bytes", InboxConfig{PeerBytes: 10, ClientBytes: 5},
			[]Delivery{{From: client, size: 5}, {From: client, size: 1}, {From: peer, size: 6}, {From: peer, size: 5}, {From: peer, size: 4}},
			[]bool{true, false, true, false, true}},
		{"one larger than the bound", InboxConfig{PeerBytes: 10},
			[]Delivery{{From: peer, size: 11}, {From: peer, size: 1}},
			[]bool{true, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			one, all := NewInbox(test.cfg), NewInbox(test.cfg)
			refused := 0
			for i, d := range test.put {
				if got := one.Put(d); got != test.want[i] {
					t.Errorf("delivery %d: Put returned %v", i, got)
				}
				if !test.want[i] {
					refused++
				}
			}
			all.putAll(test.put, func(Delivery) { refused-- })
			if refused != 0 {
				t.Errorf("putAll refused %d fewer than Put", refused)
			}
			if a, b := len(one.Take(nil)), len(all.Take(nil)); a != b {
				t.Errorf("Put kept %d, putAll %d", a, b)
			}
			for i, d := range test.put[:1] { // there is room again
				if !one.Put(d) {
					t.Errorf("delivery %d after Take was refused", i)
				}
			}
		})
	}
}

func TestInboxSignals(t *testing.T) {
	b := NewInbox(InboxConfig{})
	signalled := func() bool {
		select {
		case <-b.Ready():
			return true
		default:
			return false
		}
	}
	if signalled() {
		t.Error("an empty inbox is ready")
	}
	b.Put(Delivery{From: 1})
	b.Put(Delivery{From: 1})
	if !signalled() || signalled() {
		t.Error("two deliveries should leave one token")
	}
	buf := b.Take(nil)
	b.putAll([]Delivery{{From: 1}, {From: 2}}, nil)
	if !signalled() {
		t.Error("no token after putAll into an empty inbox")
	}
	if got := b.Take(buf); len(got) != 2 {
		t.Errorf("took %v", got)
	}
	b.putAll(nil, nil)
	if signalled() {
		t.Error("nothing was put")
	}
}

// Take hands out one buffer and collects in the other; neither keeps what was
// taken alive.
func TestInboxSwapsBuffers(t *testing.T) {
	b := NewInbox(InboxConfig{})
	b.Put(Delivery{From: 1, Msg: "a"})
	first := b.Take(nil)
	b.Put(Delivery{From: 1, Msg: "b"})
	second := b.Take(first)
	if first[0].Msg != nil {
		t.Error("a buffer given back still holds a message")
	}
	b.Put(Delivery{From: 1, Msg: "c"})
	if &b.items[0] != &first[0] {
		t.Error("the buffer given back is not used")
	}
	if second[0].Msg != "b" {
		t.Errorf("what was taken changed to %v", second[0])
	}
	allocs := testing.AllocsPerRun(100, func() {
		b.Put(Delivery{From: 1})
		second = b.Take(second)
	})
	if allocs > 0 {
		t.Errorf("%v allocations a message", allocs)
	}
}

// What waits is counted until it is taken, frames for peers until they are written.
func TestWaitingIsCounted(t *testing.T) {
	b, q := NewInbox(InboxConfig{}), newOutQueue(100)
	b.Put(Delivery{From: member(1)})
	b.Put(Delivery{From: member(1)})
	b.Put(Delivery{From: quorate.Route(1)})
	for range 4 {
		if _, err := q.put([]byte("frame")); err != nil {
			t.Fatal(err)
		}
	}
	l := &tcpLink{inbox: b, peers: []*peer{nil, {queue: q}}}
	if got, want := l.Stats().Waiting, (Waiting{Peers: 2, Clients: 1, Out: 4}); got != want {
		t.Errorf("%+v wait, want %+v", got, want)
	}
	b.Take(nil)
	q.take(nil)
	if got := l.Stats().Waiting; got != (Waiting{}) {
		t.Errorf("%+v wait after all was taken", got)
	}
}

func TestClosedInbox(t *testing.T) {
	b := NewInbox(InboxConfig{})
	b.Put(Delivery{From: 1})
	b.close()
	if b.Put(Delivery{From: member(1)}) || len(b.Take(nil)) > 0 {
		t.Error("a closed inbox gives or takes")
	}
	var s Stats
	if b.account(&s); s.Dropped.Inbox != 1 || s.Received != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestInboxConfigIsChecked(t *testing.T) {
	for _, bad := range []InboxConfig{{Peers: -1}, {PeerBytes: -1}, {Clients: -1}, {ClientBytes: -1}} {
		if bad.Validate() == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
	if err := (InboxConfig{}).Validate(); err != nil {
		t.Error(err)
	}
}

func BenchmarkInbox(b *testing.B) {
	box := NewInbox(InboxConfig{})
	var buf []Delivery
	b.ReportAllocs()
	for b.Loop() {
		for range 64 {
			box.Put(Delivery{From: 1})
		}
		buf = box.Take(buf)
	}
}
