package transport

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
)

// Whoever says nothing makes room for whoever comes next, so a flood of silent
// connections shuts out neither peers nor clients, and ends none that is let in.
func TestFloodOfSilentConnections(t *testing.T) {
	v := newVictim(t, nil)
	peer, client := v.as(v.peerHello()), v.as(v.clientHello())
	first := v.dial()
	for range 3 * maxStrangers {
		v.dial()
	}
	v.closed(first)
	v.eventually("the oldest had to go", func(s Stats) bool { return s.Refused > maxStrangers })
	if !strings.Contains(v.log.String(), "have not said hello yet") {
		t.Errorf("the log says %q", v.log)
	}
	v.link.conns.mu.Lock()
	if n := v.link.conns.strangers.Len(); n > maxStrangers {
		t.Errorf("%d strangers", n)
	}
	v.link.conns.mu.Unlock()
	second := v.as(v.clientHello()) // let in at once
	for i, conn := range []net.Conn{client, second} {
		if _, err := conn.Write(v.frameOf(request(10))); err != nil {
			t.Fatal(err)
		}
		v.eventually("a request arrives", func(s Stats) bool { return s.Received == uint64(i)+1 })
	}
	if _, err := peer.Write(v.frameOf(note{})); err != nil {
		t.Fatal(err)
	}
	v.eventually("a note arrives", func(s Stats) bool { return s.Received == 3 })
}

// Attackers of all kinds at once, over and over, while a peer and a client go on.
func TestNodeUnderAttack(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.MaxClients = 50 })
	peer, client := v.as(v.peerHello()), v.as(v.clientHello())
	attacks := []func(net.Conn){
		func(c net.Conn) { _, _ = c.Write(bytes.Repeat([]byte("garbage"), 1000)) },
		func(c net.Conn) { _, _ = c.Write([]byte(magic + "\xff\xff\xff\xff")) },
		func(c net.Conn) { _, _ = c.Write([]byte{22, 3, 1, 2, 0, 1, 0}) },
		func(c net.Conn) { _ = writeHello(c, v.clientHello()); _, _ = c.Write([]byte{0, 0, 0, 9, 1}) },
	}
	var wg sync.WaitGroup
	for k := range attacks {
		wg.Go(func() {
			for range 200 {
				conn, err := net.Dial("tcp", v.link.Addr().String())
				if err != nil {
					continue
				}
				attacks[k](conn)
				conn.Close()
			}
		})
	}
	for i := range uint64(50) {
		for _, conn := range []net.Conn{peer, client} {
			data := v.frameOf(request(10))
			if conn == peer {
				data = v.frameOf(note{Number: i})
			}
			if _, err := conn.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		v.eventually("both arrive", func(s Stats) bool { return s.Received >= 2*(i+1) })
		v.link.Inbox().Take(nil)
	}
	wg.Wait()
	if n := strings.Count(v.log.String(), "\n"); n > quietBurst+100 {
		t.Errorf("%d lines are logged", n)
	}
}

func TestLogIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q quiet
		lines := func(tries int) (allowed int, skipped uint64) {
			for range tries {
				n, ok := q.allow()
				if ok {
					allowed++
				}
				skipped += n
			}
			return allowed, skipped
		}
		if n, s := lines(1000); n != quietBurst || s != 0 {
			t.Errorf("%d of 1000 lines, %d skipped before", n, s)
		}
		time.Sleep(2 * time.Second)
		if n, s := lines(1000); n != 2*quietRate || s != 1000-quietBurst {
			t.Errorf("%d of 1000 lines after 2 s, %d skipped before", n, s)
		}
		time.Sleep(time.Hour)
		if n, _ := lines(1000); n != quietBurst {
			t.Errorf("%d of 1000 lines after an hour", n)
		}
	})
}

func TestLogDoesNotRepeatItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q quiet
		if !q.fresh("a") || q.fresh("a") || !q.fresh("b") {
			t.Error("want a line once")
		}
		time.Sleep(quietPause)
		if !q.fresh("a") {
			t.Error("want it again after a while")
		}
		for i := range 10 * quietMemory {
			q.fresh(fmt.Sprint(i))
			if len(q.said) > quietMemory {
				t.Fatalf("%d lines are remembered", len(q.said))
			}
		}
	})
}

// A frame that drips in is not waited for. A stream that is quiet between frames
// may be quiet for as long as it likes.
func TestSlowFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience = 10 * time.Second
		here, there := net.Pipe()
		defer here.Close()
		f := newFrameReader(there, 1000)
		f.watch(there, patience)
		ended := make(chan error, 1)
		frames := make(chan string, 100)
		go func() {
			for {
				b, err := f.next()
				if err != nil {
					ended <- err
					there.Close()
					return
				}
				frames <- string(b)
			}
		}()
		say := func(data []byte) {
			t.Helper()
			if _, err := here.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		whole := frame([]byte("hello"))
		for _, pause := range []time.Duration{0, time.Hour, patience - time.Second, 5 * time.Second, time.Hour} {
			time.Sleep(pause)
			say(whole[:3]) // a frame may take a little less than its time
			time.Sleep(patience - time.Second)
			say(whole[3:])
			say(whole)
		}
		synctest.Wait()
		if len(frames) != 10 || len(ended) != 0 {
			t.Fatalf("%d frames came, %d ends", len(frames), len(ended))
		}
		start := time.Now()
		for _, b := range whole { // each byte comes soon, all of them do not
			if _, err := here.Write([]byte{b}); err != nil {
				break
			}
			synctest.Wait()
			if len(ended) > 0 {
				break
			}
			time.Sleep(3 * time.Second)
		}
		err := <-ended
		if took := time.Since(start); took < patience || took > patience+3*time.Second || !strings.Contains(fmt.Sprint(err), "the rest did not") {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// The bound holds for peers, for clients, and for what nodes send to clients.
func TestSlowFramesEndConnections(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.FrameTimeout = 50 * time.Millisecond })
	for i, h := range []hello{v.peerHello(), v.clientHello()} {
		conn := v.as(h)
		if _, err := conn.Write([]byte{0, 0}); err != nil {
			t.Fatal(err)
		}
		v.closed(conn)
		v.eventually("it is counted", func(s Stats) bool { return s.Malformed == uint64(i)+1 })
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	lost := make(chan quorate.ID, 1)
	c, err := DialTCP(TCPClientConfig{
		Addresses: map[quorate.ID]string{member(1): ln.Addr().String()}, TCPTiming: TCPTiming{FrameTimeout: 50 * time.Millisecond},
	}, nil, func(id quorate.ID) {
		select {
		case lost <- id:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Send(member(1), request(1)); err != nil {
		t.Fatal(err)
	}
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, _, err := readHello(conn); err != nil {
		t.Fatal(err)
	}
	if err := writeHello(conn, v.link.clientHello()); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); os.IsTimeout(err) {
		t.Fatal("the client keeps the connection")
	}
	<-lost
}
