package transport

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// note is what the nodes of these tests tell each other.
type note struct {
	Number uint64
	Data   []byte
}

// journalOf collects what a link logs.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// victim is a node under attack, in a cluster of two whose other node is us.
type victim struct {
	t    *testing.T
	link *tcpLink
	log  *logged
}

func newVictim(t *testing.T, change func(*TCPConfig)) *victim {
	t.Helper()
	return newVictimOf(t, func(cfg TCPConfig, n *quorate.Node) (Link, error) {
		if change != nil {
			change(&cfg)
		}
		return ListenTCP(cfg, n)
	})
}

func newVictimOf(t *testing.T, listen func(TCPConfig, *quorate.Node) (Link, error)) *victim {
	t.Helper()
	c, err := quorate.Grid(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: member(1), Cluster: c})
	if err != nil {
		t.Fatal(err)
	}
	quorate.Register(n, func(quorate.ID, note) {})
	n.Agree("quorums", "majority")
	n.Agree("protocol", "test")
	listeners, addresses, err := Loopback(member(1))
	if err != nil {
		t.Fatal(err)
	}
	addresses[member(2)] = "127.0.0.1:1"
	v := &victim{t: t, log: &logged{}}
	cfg := TCPConfig{
		Addresses: addresses, Listener: listeners[member(1)],
		TCPTiming: TCPTiming{RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond},
		Logger:    slog.New(slog.NewTextHandler(v.log, nil)),
	}
	l, err := listen(cfg, n)
	if err != nil {
		t.Fatal(err)
	}
	v.link = l.(*tcpLink)
	t.Cleanup(func() { l.Close() })
	return v
}

func (v *victim) dial() net.Conn {
	v.t.Helper()
	conn, err := net.Dial("tcp", v.link.Addr().String())
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		v.t.Fatal(err)
	}
	return conn
}

// peerHello is the hello of the other node.
func (v *victim) peerHello() hello {
	h := v.link.me
	h.From, h.To, h.Process = member(2), member(1), 77
	return h
}

func (v *victim) clientHello() hello {
	return hello{Version: version, Kind: kindClient, To: member(1), Messages: describe(v.link.clientCodec.Codec)}
}

// as greets and returns a connection that was let in.
func (v *victim) as(h hello) net.Conn {
	v.t.Helper()
	conn := v.dial()
	if _, _, err := greet(conn, h); err != nil {
		v.t.Fatal(err)
	}
	return conn
}

// ask has a client ask for something, and waits until it has arrived.
func (v *victim) ask(conn net.Conn) {
	v.t.Helper()
	before := v.link.Stats().Received
	if _, err := conn.Write(v.frameOf(request(1))); err != nil {
		v.t.Fatal(err)
	}
	v.eventually("a request arrives", func(s Stats) bool { return s.Received == before+1 })
}

// closed waits until the victim has closed conn.
func (v *victim) closed(conn net.Conn) {
	v.t.Helper()
	if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
		v.t.Fatal("the connection stays open")
	}
}

func (v *victim) eventually(what string, ok func(Stats) bool) {
	v.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	giveUp := time.After(20 * time.Second)
	for !ok(v.link.Stats()) {
		select {
		case <-tick.C:
		case <-giveUp:
			v.t.Fatalf("waited in vain until %s; %+v\n%s", what, v.link.Stats(), v.log)
		}
	}
}

// works shows that the victim still serves its peer and its clients.
func (v *victim) works() {
	v.t.Helper()
	conn := v.as(v.peerHello())
	data, err := appendFrame(nil, v.link.codec, note{Number: 5}, 100)
	if err != nil {
		v.t.Fatal(err)
	}
	before := v.link.Stats().Received
	if _, err := conn.Write(data); err != nil {
		v.t.Fatal(err)
	}
	v.eventually("a note arrives", func(s Stats) bool { return s.Received == before+1 })
	conn.Close()
}

func (v *victim) frameOf(m any) []byte {
	v.t.Helper()
	c := v.link.clientCodec.Codec
	if _, ok := m.(note); ok {
		c = v.link.codec
	}
	data, err := appendFrame(nil, c, m, 1<<30)
	if err != nil {
		v.t.Fatal(err)
	}
	return data
}

// What makes no sense closes its connection: one log line that names the
// sender and the reason, one count, and the node goes on.
func TestMalformedInput(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.MaxFrame, c.MaxRequest = 1000, 500 })
	stranger := hello{}
	for _, test := range []struct {
		name string
		as   hello // stranger: no greeting first
		send []byte
		want string
	}{
		{"another protocol", stranger, []byte("GET / HTTP/1.1\r\n\r\n"), "no greeting of ours"},
		{"hello too long", stranger, append([]byte(magic), 0xff, 0xff, 0xff, 0xff), "frame of 4294967295 bytes"},
		{"empty hello", stranger, append([]byte(magic), 0, 0, 0, 0), "empty frame"},
		{"hello is no JSON", stranger, append([]byte(magic), frame([]byte("{"))...), "unexpected end"},
		{"hello of wrong types", stranger, append([]byte(magic), frame([]byte(`{"version":"x"}`))...), "cannot unmarshal"},
		{"hello of unknown kind", stranger, append([]byte(magic), frame([]byte(`{"version":1,"kind":"spy"}`))...), `unknown kind \"spy\"`},
		{"oversized frame", v.peerHello(), v.frameOf(note{Data: make([]byte, 1001)}), "at most 1000"},
		{"length of all ones", v.peerHello(), []byte{0xff, 0xff, 0xff, 0xff}, "at most 1000"},
		{"empty frame", v.peerHello(), []byte{0, 0, 0, 0}, "empty frame"},
		{"unknown kind", v.peerHello(), frame([]byte{200, 1, 2}), "unknown kind"},
		{"truncated message", v.peerHello(), frame(v.frameOf(note{Number: 1 << 60})[4:9]), "truncated"},
		{"trailing bytes", v.peerHello(), frame(append(v.frameOf(note{})[4:], 1)), "trailing"},
		{"oversized request", v.clientHello(), v.frameOf(request(501)), "at most 500"},
		{"a client that replies", v.clientHello(), v.frameOf(quorate.Reply{Value: []byte("x")}), "only requests are welcome"},
		{"a client that talks like a peer", v.clientHello(), frame([]byte{3, 0x92, 1, 0}), "unknown kind"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, lines := v.link.Stats(), strings.Count(v.log.String(), "connection closed")
			var conn net.Conn
			if test.as == stranger {
				conn = v.dial()
			} else {
				conn = v.as(test.as)
			}
			if _, err := conn.Write(test.send); err != nil {
				t.Fatal(err)
			}
			v.closed(conn)
			v.eventually("it is counted", func(s Stats) bool { return s.Malformed == before.Malformed+1 })
			v.eventually("it is logged", func(Stats) bool { return strings.Count(v.log.String(), "connection closed") == lines+1 })
			log := v.log.String()
			line := log[strings.LastIndex(log, "connection closed"):]
			who := map[string]string{kindPeer: "node 1.2", kindClient: "client", "": "nothing yet"}[test.as.Kind]
			for _, part := range []string{test.want, conn.LocalAddr().String(), who} {
				if !strings.Contains(line, part) {
					t.Errorf("the log says %q, not %q", line, part)
				}
			}
			if s := v.link.Stats(); s.Received != before.Received {
				t.Error("something was received")
			}
			v.works()
		})
	}
}

// What came whole before a bad frame counts.
func TestGoodFramesBeforeABadOne(t *testing.T) {
	v := newVictim(t, nil)
	conn := v.as(v.peerHello())
	if _, err := conn.Write(append(v.frameOf(note{Number: 1}), 0, 0, 0, 0)); err != nil {
		t.Fatal(err)
	}
	v.eventually("the good frame arrives", func(s Stats) bool { return s.Received == 1 && s.Malformed == 1 })
}

func TestTruncatedStreamEnds(t *testing.T) {
	v := newVictim(t, nil)
	conn := v.as(v.peerHello())
	if _, err := conn.Write([]byte{0, 0, 0, 9, 1}); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	v.eventually("the connection is given up", func(s Stats) bool { return s.Lost == 1 })
	v.works()
}

// A hello that does not come, or comes byte by byte, is not waited for.
func TestSlowHello(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.HelloTimeout = 30 * time.Millisecond })
	silent := v.dial()
	half := v.dial()
	if _, err := half.Write([]byte(magic + "\x00\x00\x01\x00{")); err != nil {
		t.Fatal(err)
	}
	v.closed(silent)
	v.closed(half)
}

// What cannot be encoded is dropped, counted, and named in the log once.
func TestUnsendableMessages(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.MaxFrame = 1000 })
	type unknown struct{ X uint8 }
	for range 3 {
		v.link.Send(quorate.Envelope{To: quorate.Others, Msg: unknown{}})
		v.link.Send(quorate.Envelope{To: member(2), Msg: note{Data: make([]byte, 1001)}})
	}
	if s := v.link.Stats(); s.Dropped.Encode != 6 {
		t.Errorf("%d drops, want 6", s.Dropped.Encode)
	}
	for _, name := range []string{"transport.unknown", "transport.note"} {
		if n := strings.Count(v.log.String(), "type="+name); n != 1 {
			t.Errorf("%s is named %d times in the log", name, n)
		}
	}
	v.link.Send(quorate.Envelope{To: member(1), Msg: note{}}) // to itself
	v.link.Send(quorate.Envelope{To: member(9), Msg: note{}}) // to a stranger
	if s := v.link.Stats(); s.Dropped.Down < 2 {
		t.Errorf("drops %+v, want 2 down", s.Dropped)
	}
}

// Claimed lengths reserve no memory, however many connections claim them.
func TestClaimsReserveNoMemory(t *testing.T) {
	v := newVictim(t, func(c *TCPConfig) { c.MaxFrame, c.MaxRequest = 64<<20, 64<<20 })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 50 {
		conn := v.as(v.clientHello())
		if _, err := conn.Write([]byte{0x03, 0xff, 0xff, 0xff, 1, 2, 3}); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
		t.Errorf("%d MiB were allocated for claims of 64 MiB each", grown>>20)
	}
}

func TestListenErrors(t *testing.T) {
	v := newVictim(t, nil)
	c, err := quorate.Grid(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		cfg  TCPConfig
		want string
	}{
		{TCPConfig{Addresses: map[quorate.ID]string{member(1): "127.0.0.1:0"}}, "member 1.2 has no address"},
		{TCPConfig{Addresses: map[quorate.ID]string{member(1): v.link.Addr().String(), member(2): "x"}}, "address already in use"},
		{TCPConfig{Addresses: map[quorate.ID]string{member(1): "x", member(2): "y"}, MaxFrame: -1}, "may be negative"},
	} {
		n, err := quorate.NewNode(quorate.NodeConfig{ID: member(1), Cluster: c})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ListenTCP(test.cfg, n); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

func TestStatsCoverEveryCounter(t *testing.T) {
	var c counters
	n := reflect.ValueOf(&c).Elem().NumField()
	s := reflect.TypeFor[Stats]().NumField() - 2 + reflect.TypeFor[Drops]().NumField()
	if inbox := 3; n+inbox != s { // the inbox counts what is received and what does not fit; what waits is no counter
		t.Errorf("%d counters and %d figures", n+inbox, s)
	}
}
