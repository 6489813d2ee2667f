package transport

import (
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// A client keeps to what its node takes, whatever it was told itself: a request
// beyond that would cost it the connection, with all that is under way there.
func TestClientKeepsToItsNodesLimit(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.MaxRequest = 1000 })
	replies, lost := make(chan quorate.Reply, 10), make(chan quorate.ID, 10)
	c, err := DialTCP(TCPClientConfig{Addresses: map[quorate.ID]string{member(1): v.link.Addr().String()}},
		func(_ quorate.ID, r quorate.Reply) { replies <- r }, func(id quorate.ID) { lost <- id })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := func(size int) {
		t.Helper()
		if err := c.Send(member(1), request(size)); err != nil {
			t.Fatal(err)
		}
		<-v.link.Inbox().Ready()
		for _, d := range v.link.Inbox().Take(nil) {
			v.link.Send(quorate.Envelope{To: d.From, Msg: quorate.Reply{Client: 1}})
		}
		<-replies
	}
	ask(1) // it has been greeted
	if err := c.Send(member(1), request(1000)); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("a request of more than 1000 bytes: %v", err)
	}
	ask(900)
	if len(lost) > 0 {
		t.Error("the connection was lost")
	}
}

// All that waits for clients together is bounded, and is given back with them.
func TestSlowClientsShareABudget(t *testing.T) {
	const limit = 1 << 20
	v := newVictim(t, func(c *TCPConfig) { c.ClientQueue, c.ClientQueues, c.WriteTimeout = limit, limit, time.Minute })
	var conns []net.Conn
	routes := map[quorate.ID]bool{}
	for range 4 { // none of them reads
		conn := v.as(v.clientHello())
		conns = append(conns, conn)
		if _, err := conn.Write(v.frameOf(request(1))); err != nil {
			t.Fatal(err)
		}
		<-v.link.Inbox().Ready()
		routes[v.link.Inbox().Take(nil)[0].From] = true
	}
	v.eventually("what they share overflows", func(s Stats) bool {
		for route := range routes {
			v.link.Send(quorate.Envelope{To: route, Msg: quorate.Reply{Value: make([]byte, 1<<14)}})
		}
		if used := v.link.waiting.used.Load(); used > limit {
			t.Fatalf("%d bytes wait, at most %d may", used, limit)
		}
		return s.Dropped.Queue > 1000
	})
	for _, conn := range conns {
		conn.Close()
	}
	v.eventually("all is given back", func(Stats) bool { return v.link.waiting.used.Load() == 0 })
}

// A link that closes while a client attaches tells it of its end once.
func TestLossIsToldOnce(t *testing.T) {
	v := newVictim(t, nil)
	lost := make(chan quorate.ID, 10)
	a := v.link.Attach(nil, func(id quorate.ID) { lost <- id })
	a.leave()
	a.leave()
	<-lost
	a.Close()
	if len(lost) > 0 {
		t.Error("told twice")
	}
}

// An idle connection costs little: what its two goroutines and its buffer need.
func TestIdleConnectionsAreSmall(t *testing.T) {
	const conns, limit = 300, 48 << 10
	v := newVictim(t, nil)
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	v.as(v.clientHello())
	before := used()
	for range conns {
		v.as(v.clientHello())
	}
	grown := max(used(), before) - before
	t.Logf("%d bytes a connection, both ends", grown/conns)
	if grown/conns > limit {
		t.Errorf("%d idle connections take %d KiB each, at most %d should do", conns, grown/conns>>10, limit>>10)
	}
}

// What clients have sent of large requests that are not whole yet is bounded for all of
// them together, and is given back; whoever asks for little goes on.
func TestUnfinishedRequestsShareABudget(t *testing.T) {
	const limit, large = 4 << 20, 1 << 20
	v := newVictim(t, func(c *TCPConfig) { c.ClientQueues = limit })
	small := v.as(v.clientHello())
	begun := v.frameOf(request(large))
	begun = begun[:len(begun)-1]
	var conns []net.Conn
	for range 20 {
		conn := v.as(v.clientHello())
		conns = append(conns, conn)
		_, _ = conn.Write(begun) // one that is refused may be so while it writes
	}
	v.eventually("some are refused", func(s Stats) bool {
		if used := v.link.arriving.used.Load(); used > limit {
			t.Fatalf("%d bytes are held, at most %d may be", used, limit)
		}
		return s.Refused >= 16
	})
	if _, err := small.Write(v.frameOf(request(1))); err != nil {
		t.Fatal(err)
	}
	v.eventually("a small request arrives", func(s Stats) bool { return s.Received == 1 })
	for _, conn := range conns {
		conn.Close()
	}
	v.eventually("all is given back", func(Stats) bool { return v.link.arriving.used.Load() == 0 })
	if _, err := small.Write(v.frameOf(request(large))); err != nil {
		t.Fatal(err)
	}
	v.eventually("a large request arrives", func(s Stats) bool { return s.Received == 2 })
	if _, err := small.Write(v.frameOf(request(1))); err != nil {
		t.Fatal(err)
	}
	v.eventually("what it took is given back with the next one", func(s Stats) bool { return s.Received == 3 && v.link.arriving.used.Load() == 0 })
}
