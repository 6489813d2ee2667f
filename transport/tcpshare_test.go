package transport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/wire"
)

// shared is a node on its own, and clients that share a connection to it.
type shared struct {
	t     *testing.T
	p     *pair
	link  transport.Link
	share *transport.TCPShare
}

func newShared(t *testing.T) *shared {
	t.Helper()
	checkLeaks(t)
	s := &shared{t: t, p: newPair(t, 1)}
	n := newNode(t, s.p.c, 0)
	quorate.Register(n, func(quorate.ID, told) {})
	s.link = s.p.listen(t, n, patient)
	var err error
	s.share, err = transport.ShareTCP(transport.TCPClientConfig{Addresses: s.p.addresses, TCPTiming: patient})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.share.Close() })
	return s
}

func (s *shared) client() (c *transport.SharedClient, replies chan quorate.Reply, lost chan quorate.ID) {
	replies, lost = make(chan quorate.Reply, 10), make(chan quorate.ID, 10)
	c = s.share.Client(func(_ quorate.ID, r quorate.Reply) { replies <- r }, func(id quorate.ID) { lost <- id })
	return c, replies, lost
}

func (s *shared) send(c *transport.SharedClient, session quorate.Client) {
	s.t.Helper()
	if err := c.Send(s.p.c.ID(0), quorate.Request{Command: quorate.Command{Client: session}}); err != nil {
		s.t.Fatal(err)
	}
}

// answer answers n requests and returns the routes they came on.
func (s *shared) answer(n int) map[quorate.ID]bool {
	s.t.Helper()
	routes := map[quorate.ID]bool{}
	for n > 0 {
		select {
		case <-s.link.Inbox().Ready():
		case <-time.After(patience):
			s.t.Fatal("requests do not arrive")
		}
		for _, d := range s.link.Inbox().Take(nil) {
			n--
			routes[d.From] = true
			s.link.Send(quorate.Envelope{To: d.From, Msg: quorate.Reply{Client: d.Msg.(quorate.Request).Command.Client}})
		}
	}
	return routes
}

func await[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("not reached")
	}
}

func TestSharedConnection(t *testing.T) {
	s := newShared(t)
	first, firstReplies, firstLost := s.client()
	second, secondReplies, secondLost := s.client()
	s.send(first, 1)
	s.send(second, 2)
	s.send(first, 3)
	if routes := s.answer(3); len(routes) != 1 {
		t.Errorf("requests came on the routes %v, want one", routes)
	}
	for _, want := range []quorate.Client{1, 3} {
		if r := await(t, "a reply", firstReplies); r.Client != want {
			t.Errorf("the first client got %+v, want session %v", r, want)
		}
	}
	if r := await(t, "a reply", secondReplies); r.Client != 2 {
		t.Errorf("the second client got %+v", r)
	}
	err := second.Send(s.p.c.ID(0), quorate.Request{Command: quorate.Command{Client: 1}})
	if !errors.Is(err, transport.ErrSession) {
		t.Errorf("a request of another client's session: %v", err)
	}
	s.link.Close()
	for _, lost := range []chan quorate.ID{firstLost, secondLost} {
		if id := await(t, "the loss", lost); id != s.p.c.ID(0) {
			t.Errorf("%v is told lost", id)
		}
	}
}

// A client that closes hears no more; the others go on, and its session is free.
func TestSharedClientCloses(t *testing.T) {
	s := newShared(t)
	first, firstReplies, firstLost := s.client()
	second, secondReplies, secondLost := s.client()
	s.send(first, 1)
	first.Close()
	first.Close()
	s.answer(1)
	if err := first.Send(s.p.c.ID(0), quorate.Request{}); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("a request of a closed client: %v", err)
	}
	s.send(second, 2)
	s.answer(1)
	await(t, "a reply", secondReplies)
	s.send(second, 1)
	s.answer(1)
	await(t, "a reply", secondReplies)
	s.link.Close()
	await(t, "the loss", secondLost)
	if len(firstReplies)+len(firstLost) > 0 {
		t.Error("a closed client was called")
	}
	s.share.Close()
	late, _, _ := s.client()
	if err := late.Send(s.p.c.ID(0), quorate.Request{}); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("a client of a closed share: %v", err)
	}
}

// A request that a node would not take is refused here. Had it been sent, the
// node would have closed the connection, with all that others have under way.
func TestTooLargeRequestDoesNoHarm(t *testing.T) {
	s := newShared(t)
	first, replies, lost := s.client()
	second, _, _ := s.client()
	s.send(first, 1)
	s.answer(1) // the connection is up, and its queue empty
	await(t, "a reply", replies)
	large := quorate.Request{Command: quorate.Command{Client: 2, Value: make([]byte, 2<<20)}}
	if err := second.Send(s.p.c.ID(0), large); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("a request of more than 2 MiB: %v", err)
	}
	large.Command.Value = large.Command.Value[:2<<20-64]
	if err := second.Send(s.p.c.ID(0), large); err != nil {
		t.Errorf("a request of almost 2 MiB: %v", err)
	}
	s.answer(1)
	s.send(first, 1)
	s.answer(1)
	await(t, "a reply", replies)
	if len(lost) > 0 {
		t.Error("the connection was lost")
	}
}
