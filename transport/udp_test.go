package transport

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// target is a victim whose peers talk by datagrams; we are node 1.2.
type target struct {
	*victim
	here   *net.UDPConn // on the port where 1.2 should be
	header header       // ours, once we have greeted
}

func newTarget(t *testing.T, change func(*UDPConfig)) *target {
	t.Helper()
	here, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close() })
	tg := &target{victim: newVictimOf(t, func(cfg TCPConfig, n *quorate.Node) (Link, error) {
		cfg.Addresses[member(2)] = here.LocalAddr().String()
		udp := UDPConfig{TCPConfig: cfg}
		if change != nil {
			change(&udp)
		}
		return ListenUDP(udp, n)
	}), here: here}
	tg.header = header{version: version, from: member(2), cluster: clusterHash(tg.link.me), process: tg.peerHello().Process}
	return tg
}

// send sends a datagram to the node from somewhere.
func (tg *target) send(from *net.UDPConn, h header, message []byte) {
	tg.t.Helper()
	tg.raw(from, append(h.append(nil), message...))
}

func (tg *target) raw(from *net.UDPConn, data []byte) {
	tg.t.Helper()
	at := tg.link.Addr().(*net.TCPAddr)
	if _, err := from.WriteToUDPAddrPort(data, at.AddrPort()); err != nil {
		tg.t.Fatal(err)
	}
}

func (tg *target) message(number uint64) []byte {
	return tg.frameOf(note{Number: number})[frameHeader:]
}

func TestDatagramsArriveFromGreetedPeers(t *testing.T) {
	tg := newTarget(t, nil)
	conn := tg.as(tg.peerHello())
	tg.send(tg.here, tg.header, tg.message(1))
	tg.eventually("the datagram arrives", func(s Stats) bool { return s.Received == 1 })
	if d := tg.link.Inbox().Take(nil); d[0].From != member(2) || d[0].Msg.(note).Number != 1 {
		t.Errorf("%+v arrived", d)
	}
	conn.Close() // a connection that breaks does not take the datagrams with it
	tg.eventually("the connection is gone", func(s Stats) bool { return s.Lost == 1 })
	who := tg.header
	who.who = quorate.Hello{Incarnation: 1<<63 + 1, Learner: true}
	tg.send(tg.here, who, tg.message(2))
	tg.eventually("another datagram arrives", func(s Stats) bool { return s.Received == 2 })
	if d := tg.link.Inbox().Take(nil); d[0].Hello != who.who {
		t.Errorf("it arrived from %+v, want %+v", d[0].Hello, who.who)
	}
}

// Nobody is believed who has not greeted, or sends from elsewhere. One line for
// each peer and reason names both sides.
func TestDatagramRefusals(t *testing.T) {
	tg := newTarget(t, nil)
	elsewhere, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	change := func(f func(*header)) header {
		h := tg.header
		f(&h)
		return h
	}
	here := tg.here.LocalAddr().String()
	cases := []struct {
		name string
		from *net.UDPConn
		h    header
		want []string
	}{
		{"not greeted", tg.here, tg.header, []string{"not greeted", "node 1.2 has not greeted node 1.1", here}},
		{"other life", tg.here, change(func(h *header) { h.process = 0x99 }), []string{"not greeted", "process 4d", "process 99"}},
		{"other port", elsewhere, tg.header, []string{"wrong address", "knows node 1.2 at 127.0.0.1, port", elsewhere.LocalAddr().String()}},
		{"stranger", tg.here, change(func(h *header) { h.from = member(9) }), []string{"stranger", "from 1.9", "node 1.1", "{1.1, 1.2}", here}},
		{"itself", tg.here, change(func(h *header) { h.from = member(1) }), nil}, // a stranger again

		{"other version", tg.here, change(func(h *header) { h.version = 9 }), []string{"other version", "node 1.1 has 1, node 1.2 has 9"}},
		{"other cluster", tg.here, change(func(h *header) { h.cluster = 0xabc }),
			[]string{"other cluster", fmt.Sprintf("%016x", tg.header.cluster), "0000000000000abc", "node 1.2"}},
	}
	for i, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			if i == 1 {
				tg.as(tg.peerHello())
				tg.link.grams.mu.Lock()
				clear(tg.link.grams.logged) // one line was logged for want of a greeting
				tg.link.grams.mu.Unlock()
			}
			before, mark := tg.link.Stats(), len(tg.log.String())
			for range 5 {
				tg.send(test.from, test.h, tg.message(1))
			}
			tg.eventually("all are counted", func(s Stats) bool { return s.Refused == before.Refused+5 })
			log := tg.log.String()[mark:]
			if n := strings.Count(log, "datagram refused"); n != 1 && test.want != nil {
				t.Errorf("%d lines are logged: %s", n, log)
			}
			for _, part := range test.want {
				if !strings.Contains(log, part) {
					t.Errorf("the log says %q, not %q", log, part)
				}
			}
		})
	}
	tg.send(tg.here, tg.header, tg.message(1))
	tg.eventually("the peer is still heard", func(s Stats) bool { return s.Received == 1 })
}

// The port alone is not enough.
func TestDatagramsFromAnotherHost(t *testing.T) {
	tg := newTarget(t, nil)
	tg.as(tg.peerHello())
	port := tg.here.LocalAddr().(*net.UDPAddr).Port
	elsewhere, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2), Port: port})
	if err != nil {
		t.Skip("this system has one loopback address, or somebody has the port there: ", err)
	}
	defer elsewhere.Close()
	tg.send(elsewhere, tg.header, tg.message(1))
	tg.eventually("it is refused", func(s Stats) bool { return s.Refused == 1 })
	if log := tg.log.String(); !strings.Contains(log, "wrong address: node 1.1 knows node 1.2 at 127.0.0.1") {
		t.Errorf("the log says %q", log)
	}
}

func TestMalformedDatagrams(t *testing.T) {
	tg := newTarget(t, nil)
	tg.as(tg.peerHello())
	head := tg.header.append(nil)
	bad := [][]byte{
		{}, {1}, append([]byte{'Q', 'D', version, 2}, append(bytes.Clone(head[4:]), tg.message(1)...)...), []byte("GET / HTTP/1.1\r\n\r\n and so on"), head, append(bytes.Clone(head), 200, 1), append(bytes.Clone(head), tg.message(1 << 60)[:3]...),
		append(append(bytes.Clone(head), tg.message(1)...), 1), bytes.Repeat([]byte{0xff}, 60000),
	}
	for i, data := range bad {
		tg.raw(tg.here, data)
		tg.eventually("it is counted", func(s Stats) bool { return s.Malformed == uint64(i+1) })
	}
	if n := strings.Count(tg.log.String(), "datagram dropped"); n != 2 { // of a stranger, and of 1.2
		t.Errorf("%d lines are logged: %s", n, tg.log)
	}
	tg.send(tg.here, tg.header, tg.message(1))
	tg.eventually("the peer is still heard", func(s Stats) bool { return s.Received == 1 })
}

// A peer's older life is not heard any more once the next one has greeted.
func TestDatagramsOfAnEarlierLife(t *testing.T) {
	tg := newTarget(t, nil)
	tg.as(tg.peerHello()).Close()
	tg.eventually("the connection is gone", func(s Stats) bool { return s.Lost == 1 })
	next := tg.peerHello()
	next.Process++
	tg.as(next)
	tg.send(tg.here, tg.header, tg.message(1))
	tg.eventually("it is refused", func(s Stats) bool { return s.Refused == 1 })
	now := tg.header
	now.process++
	tg.send(tg.here, now, tg.message(2))
	tg.eventually("the next life is heard", func(s Stats) bool { return s.Received == 1 })
}

// What fits goes as a datagram, what does not over the connection.
func TestLongMessagesGoOverTheConnection(t *testing.T) {
	const limit = 1000
	a, b := newPairOfUDP(t, limit)
	overhead := len((&victim{t: t, link: a}).frameOf(note{Data: make([]byte, 500)})) - frameHeader - 500
	fits := limit - datagramHeader - overhead
	for _, size := range []int{0, fits, fits + 1, 1 << 20} {
		before := a.Stats()
		a.Send(quorate.Envelope{From: a.id, To: b.id, Msg: note{Data: make([]byte, size)}})
		await(t, a, b, "it arrives", func() bool { return b.Stats().Received == before.Sent+1 })
		if as := a.Stats().Datagrams - before.Datagrams; (as == 1) != (size <= fits) {
			t.Errorf("%d bytes left as %d datagrams", size, as)
		}
		d := b.Inbox().Take(nil)
		if len(d) != 1 || len(d[0].Msg.(note).Data) != size || d[0].From != a.id {
			t.Errorf("%d bytes arrive as %d messages", size, len(d))
		}
	}
}

// newPairOfUDP returns two nodes that reach each other by datagrams.
func newPairOfUDP(t *testing.T, limit int) (a, b *tcpLink) {
	t.Helper()
	c, err := quorate.Grid(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	listeners, sockets, addresses, err := LoopbackUDP(c.IDs()...)
	if err != nil {
		t.Fatal(err)
	}
	var links []*tcpLink
	for i, id := range c.IDs() {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: c.ID(i), Cluster: c})
		if err != nil {
			t.Fatal(err)
		}
		quorate.Register(n, func(quorate.ID, note) {})
		l, err := ListenUDP(UDPConfig{
			TCPConfig:   TCPConfig{Addresses: addresses, Listener: listeners[id], TCPTiming: TCPTiming{RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond}},
			Socket:      sockets[id],
			MaxDatagram: limit,
		}, n)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		links = append(links, l.(*tcpLink))
	}
	a, b = links[0], links[1]
	await(t, a, b, "both are connected", func() bool {
		return a.grams.peers[1].queue.open() && b.grams.peers[0].queue.open()
	})
	return a, b
}

func await(t *testing.T, a, b *tcpLink, what string, ok func() bool) {
	t.Helper()
	(&victim{t: t, link: b, log: &logged{}}).eventually(what, func(Stats) bool { return ok() })
}

// A peer whose process has gone costs no datagrams.
func TestNoDatagramsToAPeerThatIsDown(t *testing.T) {
	a, b := newPairOfUDP(t, 0)
	b.Close()
	await(t, a, b, "the road is closed", func() bool { return !a.grams.peers[1].queue.open() })
	before := a.Stats()
	await(t, a, b, "what is sent is dropped", func() bool {
		a.Send(quorate.Envelope{From: a.id, To: b.id, Msg: note{}})
		return a.Stats().Dropped.Down > before.Dropped.Down
	})
	if s := a.Stats(); s.Datagrams != before.Datagrams {
		t.Errorf("%d datagrams left", s.Datagrams-before.Datagrams)
	}
}

func TestUDPConfig(t *testing.T) {
	c, err := quorate.Grid(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	// A port that is free for connections, since this test has it, and taken for datagrams.
	listeners, sockets, addresses, err := LoopbackUDP(member(1))
	if err != nil {
		t.Fatal(err)
	}
	defer sockets[member(1)].Close()
	for want, cfg := range map[string]UDPConfig{
		"with TLS use tcp":            {TCPConfig: TCPConfig{TLS: newKeyring(t, time.Hour).node(1)}},
		"32 and at most 65507":        {MaxDatagram: 65508},
		"want more than 32":           {MaxDatagram: 32},
		"must not be negative":        {SocketBuffer: -1},
		"peer queue -1":               {TCPConfig: TCPConfig{PeerQueue: -1}},
		"want a port number":          {TCPConfig: TCPConfig{Addresses: map[quorate.ID]string{member(1): "127.0.0.1:http"}}},
		"listen for datagrams on 127": {TCPConfig: TCPConfig{Addresses: addresses, Listener: listeners[member(1)]}},
	} {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: member(1), Cluster: c})
		if err != nil {
			t.Fatal(err)
		}
		if cfg.Addresses == nil {
			cfg.Addresses = map[quorate.ID]string{member(1): "127.0.0.1:0"}
		} else if strings.Contains(want, "port number") {
			if cfg.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
		}
		l, err := ListenUDP(cfg, n)
		if err == nil {
			l.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// FuzzDatagram feeds arbitrary datagrams: no panic, and nothing is taken that
// does not say what a greeted peer would say.
func FuzzDatagram(f *testing.F) {
	c, err := quorate.Grid(1, 2)
	if err != nil {
		f.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: member(1), Cluster: c})
	if err != nil {
		f.Fatal(err)
	}
	quorate.Register(n, func(quorate.ID, note) {})
	l, err := ListenUDP(UDPConfig{TCPConfig: TCPConfig{
		Addresses: map[quorate.ID]string{member(1): "127.0.0.1:0", member(2): "127.0.0.1:7"}, Logger: slog.New(slog.DiscardHandler),
	}}, n)
	if err != nil {
		f.Fatal(err)
	}
	defer l.Close()
	g := l.(*tcpLink).grams
	from := net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7}
	g.greeted(1, hello{Process: 77}, &net.TCPAddr{IP: from.IP, Port: 1})
	good := header{version: version, from: member(2), cluster: g.me.cluster, process: 77}
	frame, err := appendFrame(nil, g.link.codec, note{Number: 1, Data: []byte("x")}, 1000)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(good.append(nil), frame[frameHeader:]...))
	f.Add(good.append(nil))
	f.Add([]byte("QD"))
	f.Fuzz(func(t *testing.T, data []byte) {
		at := from.AddrPort()
		d, err := g.take(data, at)
		if err != nil {
			if len(err.Error()) > 4*clippedValue {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			g.refuse(d.From, at, err)
			return
		}
		want := good
		want.who = d.Hello
		if !bytes.HasPrefix(data, want.append(nil)) {
			t.Fatalf("%x was taken", data)
		}
		if _, ok := d.Msg.(note); !ok || d.From != member(2) {
			t.Fatalf("%+v was taken", d)
		}
	})
}
