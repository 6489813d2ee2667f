package transport

import (
	"net"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// The time for a hello bounds the hello only.
func TestHelloTimeoutEndsWithTheHello(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.HelloTimeout = 30 * time.Millisecond })
	conn := v.as(v.peerHello())
	v.closed(v.dial()) // later than conn, never says hello, and has run out of time
	if _, err := conn.Write(v.frameOf(note{Number: 1})); err != nil {
		t.Fatal(err)
	}
	v.eventually("a note arrives", func(s Stats) bool { return s.Received == 1 })
}

// A peer that takes nothing does not hold up its sender: what does not fit is
// dropped, and in the end the connection is given up.
func TestPeerThatTakesNothing(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	v := newVictim(t, func(c *TCPConfig) {
		c.Addresses[member(2)] = ln.Addr().String()
		c.PeerQueue, c.WriteTimeout = 1<<16, 100*time.Millisecond
	})
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, _, err := readHello(conn); err != nil {
		t.Fatal(err)
	}
	if err := writeHello(conn, v.peerHello()); err != nil {
		t.Fatal(err)
	}
	v.eventually("it is connected", func(s Stats) bool { return s.Connects == 1 })
	v.eventually("the queue overflows", func(s Stats) bool {
		for range 100 {
			v.link.Send(quorate.Envelope{To: member(2), Msg: note{Data: make([]byte, 1<<12)}})
		}
		return s.Dropped.Queue > 0
	})
	v.eventually("the connection is given up", func(s Stats) bool {
		v.link.Send(quorate.Envelope{To: member(2), Msg: note{Data: make([]byte, 1<<12)}})
		return s.Lost == 1
	})
}

// A client that takes no replies costs a bounded queue, and then its connection.
func TestClientThatTakesNothing(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.ClientQueue, c.WriteTimeout = 1<<16, 100*time.Millisecond })
	conn := v.as(v.clientHello())
	if _, err := conn.Write(v.frameOf(request(1))); err != nil {
		t.Fatal(err)
	}
	<-v.link.Inbox().Ready()
	route := v.link.Inbox().Take(nil)[0].From
	v.eventually("the queue overflows and the client is given up", func(s Stats) bool {
		for range 100 {
			v.link.Send(quorate.Envelope{To: route, Msg: quorate.Reply{Value: make([]byte, 1<<12)}})
		}
		return s.Dropped.Queue > 0 && s.Dropped.Route > 0
	})
}
