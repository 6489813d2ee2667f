package transport_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/transport/transporttest"
)

// pair is two nodes on the loopback interface.
type pair struct {
	c         *quorate.Cluster
	listeners map[quorate.ID]net.Listener
	addresses map[quorate.ID]string
}

func newPair(t *testing.T, nodes int) *pair {
	t.Helper()
	p := &pair{c: grid(t, nodes)}
	var err error
	if p.listeners, p.addresses, err = transport.Loopback(p.c.IDs()...); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *pair) listen(t *testing.T, n *quorate.Node, timing transport.TCPTiming) transport.Link {
	t.Helper()
	l, err := transport.ListenTCP(transport.TCPConfig{Addresses: p.addresses, Listener: p.listeners[n.ID()], TCPTiming: timing}, n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	giveUp := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-giveUp:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func connects(l transport.Link) uint64 { return l.Stats().Connects }

// All that a round sends to a peer leaves with one write.
func TestOneWriteARound(t *testing.T) {
	const messages = 5000
	p := newPair(t, 3)
	var links []transport.Link
	var loops []*transport.Loop
	var nodes []*quorate.Node
	for i := range 3 {
		n := newNode(t, p.c, i)
		quorate.Register(n, func(quorate.ID, told) {})
		links = append(links, p.listen(t, n, patient))
		loops = append(loops, start(t, n, links[i], nil))
		nodes = append(nodes, n)
	}
	eventually(t, "all are connected", func() bool { return connects(links[0]) == 2 })
	before := links[0].Stats()
	err := loops[0].Do(t.Context(), func() {
		for k := range uint64(messages) {
			nodes[0].Send(quorate.Others, told{k})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is received", func() bool {
		return links[1].Stats().Received == messages && links[2].Stats().Received == messages && links[0].Stats().Sent == before.Sent+2*messages
	})
	if s := links[0].Stats(); s.Writes != before.Writes+2 {
		t.Errorf("%d writes for %d messages, want one for each of two peers", s.Writes-before.Writes, s.Sent-before.Sent)
	}
}

// encoded counts how often it is encoded.
type encoded struct{ N *atomic.Int64 }

func (e encoded) AppendBinary(dst []byte) ([]byte, error) {
	e.N.Add(1)
	return binary.BigEndian.AppendUint64(dst, 1), nil
}

func (e *encoded) UnmarshalBinary([]byte) error { return nil }

func TestBroadcastIsEncodedOnce(t *testing.T) {
	p := newPair(t, 5)
	n := newNode(t, p.c, 0)
	quorate.Register(n, func(quorate.ID, encoded) {})
	l := p.listen(t, n, patient)
	var count atomic.Int64
	l.Send(quorate.Envelope{From: n.ID(), To: quorate.Others, Msg: encoded{&count}})
	if count.Load() != 1 {
		t.Errorf("encoded %d times for 4 peers", count.Load())
	}
	for _, ln := range p.listeners {
		ln.Close()
	}
}

// A peer that shows up is dialled at once, however long the wait was to be.
func TestPeerThatShowsUpIsDialledAtOnce(t *testing.T) {
	p := newPair(t, 2)
	second := p.listeners[p.c.ID(1)]
	second.Close() // the first dial fails
	hour := transport.TCPTiming{RetryMin: time.Hour, RetryMax: time.Hour}
	n := newNode(t, p.c, 0)
	quorate.Register(n, func(quorate.ID, told) {})
	first := p.listen(t, n, hour)
	eventually(t, "the first dial has failed", func() bool {
		first.Send(quorate.Envelope{To: p.c.ID(1), Msg: told{1}})
		return first.Stats().Dropped.Down > 0
	})
	ln, err := net.Listen("tcp", p.addresses[p.c.ID(1)])
	if err != nil {
		t.Skip("somebody else took the port:", err)
	}
	p.listeners[p.c.ID(1)] = ln
	m := newNode(t, p.c, 1)
	quorate.Register(m, func(quorate.ID, told) {})
	p.listen(t, m, hour)
	eventually(t, "the first node is connected", func() bool { return connects(first) == 1 })
}

// What was sent to a node that cannot be reached is told lost; until it is
// dialled again, requests to it fail at once.
func TestClientOfANodeThatIsDown(t *testing.T) {
	p := newPair(t, 1) // it listens, but nobody answers
	defer p.listeners[p.c.ID(0)].Close()
	lost := make(chan quorate.ID, 10)
	c, err := transport.DialTCP(transport.TCPClientConfig{
		Addresses: p.addresses,
		TCPTiming: transport.TCPTiming{HelloTimeout: 100 * time.Millisecond, RetryMin: time.Hour, RetryMax: time.Hour},
	}, nil, func(node quorate.ID) { lost <- node })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Send(p.c.ID(0), quorate.Request{}); err != nil {
		t.Fatalf("the first request: %v", err)
	}
	select {
	case node := <-lost:
		if node != p.c.ID(0) {
			t.Errorf("%v is told lost", node)
		}
	case <-time.After(patience):
		t.Fatal("the first request is not told lost")
	}
	if err := c.Send(p.c.ID(0), quorate.Request{}); !errors.Is(err, transport.ErrNotConnected) {
		t.Errorf("a request between two dials: %v", err)
	}
	if c.Stats().Dropped.Down != 1 {
		t.Errorf("stats %+v", c.Stats())
	}
	c.Close()
	if err := c.Send(p.c.ID(0), quorate.Request{}); !errors.Is(err, transport.ErrClosed) {
		t.Errorf("a request on a closed client: %v", err)
	}
}

// Requests beyond the bound of the client's own queue are refused.
func TestClientQueueIsBounded(t *testing.T) {
	p := newPair(t, 1) // it listens, but nobody accepts
	defer p.listeners[p.c.ID(0)].Close()
	c, err := transport.DialTCP(transport.TCPClientConfig{Addresses: p.addresses, Queue: 1000}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	full := false
	for range 100 {
		err := c.Send(p.c.ID(0), quorate.Request{Command: quorate.Command{Value: make([]byte, 100)}})
		full = full || errors.Is(err, transport.ErrQueueFull)
	}
	if !full {
		t.Error("10 KB fit a queue of 1 KB")
	}
}

// The toy protocol on sockets, its records recovered by a restarted node.
func TestPrimaryCopyOnTCP(t *testing.T) {
	c := grid(t, 3)
	net := newTCPNetwork(t, transporttest.Config{Cluster: c})
	t.Cleanup(func() { net.Close() })
	journals := []*memory{{}, {}, {}}
	var links []transport.Link
	var loops []*transport.Loop
	run := func(i int) *primaryCopy {
		n := newNode(t, c, i)
		p := newPrimaryCopy(n)
		l, err := net.Join(n)
		if err != nil {
			t.Fatal(err)
		}
		links, loops = append(links, l), append(loops, start(t, n, l, journals[i]))
		return p
	}
	for i := range 3 {
		run(i)
	}
	eventually(t, "all are connected", func() bool {
		return connects(links[0]) == 2 && connects(links[1]) == 2 && connects(links[2]) == 2
	})
	replies := make(chan quorate.Reply, 10)
	client, err := net.Client(func(_ quorate.ID, r quorate.Reply) { replies <- r }, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for seq := range uint64(10) {
		if err := client.Send(c.ID(0), quorate.Request{Command: quorate.Command{Client: 1, Seq: seq, Value: []byte{byte(seq)}}}); err != nil {
			t.Fatal(err)
		}
	}
	for seq := range uint64(10) {
		select {
		case r := <-replies:
			if r.Seq != seq || r.Status != quorate.Done {
				t.Errorf("reply %d: %+v", seq, r)
			}
		case <-time.After(patience):
			t.Fatal("no reply")
		}
	}
	loops[2].Kill()
	links[2].Close()
	p := run(2)
	if err := loops[3].Do(t.Context(), func() {
		if p.next != 10 || !bytes.Equal(p.log[10], []byte{9}) {
			t.Errorf("recovered up to %d, last value %v", p.next, p.log[10])
		}
	}); err != nil {
		t.Fatal(err)
	}
}
