package transport

import (
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Clients that greet and keep silent fill all places, and still keep out nobody: the
// first of them has to go, and a client that works keeps its place.
func TestSilentClientsMakeRoom(t *testing.T) {
	const places = 5
	v := newVictim(t, func(c *TCPConfig) { c.MaxClients = places })
	worker := v.as(v.clientHello())
	v.ask(worker)
	var silent []net.Conn
	for range places - 1 {
		silent = append(silent, v.as(v.clientHello()))
	}
	fresh := v.as(v.clientHello())
	v.closed(silent[0])
	v.ask(fresh)
	v.ask(worker)
	if !strings.Contains(v.log.String(), "all 5 places of clients are taken") {
		t.Errorf("the log says %q", v.log)
	}
	for range 3 * places { // a flood
		v.as(v.clientHello())
	}
	v.ask(worker)
	v.ask(fresh)
	v.eventually("all others went", func(s Stats) bool { return s.Refused == 1+3*places })
	v.link.seats.mu.Lock()
	defer v.link.seats.mu.Unlock()
	if n := len(v.link.seats.taken); n != places {
		t.Errorf("%d places are taken, want %d", n, places)
	}
}

// Who has asked keeps its seat until it has been silent for long, and then the longest
// silent one goes.
func TestSeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seats{limit: 3, quiet: 10 * time.Second}
		sit := func() (*seat, net.Conn) {
			conn, other := net.Pipe()
			t.Cleanup(func() { conn.Close(); other.Close() })
			return s.take(conn)
		}
		var all []*seat
		for range 3 {
			p, gone := sit()
			if p == nil || gone != nil {
				t.Fatal("there was room")
			}
			all = append(all, p)
			time.Sleep(time.Second)
			p.ask()
		}
		if p, _ := sit(); p != nil {
			t.Error("a client at work had to go")
		}
		time.Sleep(5 * time.Second)
		all[0].ask()
		time.Sleep(4 * time.Second) // all[1] asked ten seconds ago
		p, gone := sit()
		if p == nil || gone != all[1].conn {
			t.Fatalf("%v went, want the one that has been silent the longest", gone)
		}
		if p, _ := sit(); p == nil {
			t.Error("one that never asked stayed")
		}
		s.leave(p)
		s.leave(p) // it went before
		s.leave(all[0])
		if p, gone := sit(); p == nil || gone != nil {
			t.Error("a place was free")
		}
	})
}
