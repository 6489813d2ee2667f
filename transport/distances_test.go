package transport_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/transport"
)

const ms = time.Millisecond

// apart are zones of which each is 10 ms from the next; within one it is 1 ms.
func apart() *transport.Distances {
	return &transport.Distances{Way: func(from, to int) time.Duration { return ms + 10*ms*time.Duration(max(from-to, to-from)) }}
}

func TestDistancesValidate(t *testing.T) {
	for want, d := range map[string]*transport.Distances{
		"without ways":    {},
		"jitter of -1ns":  {Way: apart().Way, Jitter: -1},
		"":                apart(),
		"nil is no error": nil,
	} {
		err := transport.HubConfig{Distances: d}.Validate()
		tcp := transport.TCPConfig{Distances: d}.Validate()
		client := transport.TCPClientConfig{Addresses: map[quorate.ID]string{1<<16 | 1: "h:1"}, Distances: d}.Validate()
		if good := d == nil || want == ""; good != (err == nil) || good != (tcp == nil) || good != (client == nil) || !good && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, %v", want, err, tcp, client)
		}
	}
}

func TestBetween(t *testing.T) {
	wan, err := nemesis.WAN("aws3")
	if err != nil {
		t.Fatal(err)
	}
	c, err := quorate.NewCluster(7<<16|1, 3<<16|1)
	if err != nil {
		t.Fatal(err)
	}
	d := transport.Between(c, wan)
	if d.Way(3, 7) != 30*ms || d.Way(7, 7) != wan.Between(0, 0) {
		t.Errorf("from zone 3 to zone 7 %v, within zone 7 %v", d.Way(3, 7), d.Way(7, 7))
	}
}

// heard is when messages arrive at a node.
type heard struct {
	mu sync.Mutex
	at []time.Duration
}

func (h *heard) note(at time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = append(h.at, at)
}

func (h *heard) take() []time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.at
	h.at = nil
	return at
}

type ping struct{ Number int }

// spread is a hub of three zones of one node, which note when pings arrive, and
// answer requests.
type spread struct {
	hub   *transport.Hub
	c     *quorate.Cluster
	links []transport.Link
	heard []heard
	began time.Time
}

func newSpread(t *testing.T, cfg transport.HubConfig) *spread {
	t.Helper()
	c, err := quorate.Grid(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &spread{hub: transport.NewHub(cfg), c: c, heard: make([]heard, 3), began: time.Now()}
	for i := range 3 {
		n := newNode(t, c, i)
		quorate.Register(n, func(quorate.ID, ping) { s.heard[i].note(time.Since(s.began)) })
		quorate.Register(n, func(from quorate.ID, r quorate.Request) {
			n.Send(from, quorate.Reply{Client: r.Command.Client, Seq: r.Command.Seq, Status: quorate.Done})
		})
		l, err := s.hub.Join(n)
		if err != nil {
			t.Fatal(err)
		}
		s.links = append(s.links, l)
		start(t, n, l, nil)
	}
	return s
}

// Messages arrive when they have travelled; a crash takes with it what its node sent.
func TestHubDistances(t *testing.T) {
	for _, encode := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newSpread(t, transport.HubConfig{Distances: apart(), Encode: encode})
			s.links[0].Send(quorate.Envelope{From: s.c.ID(0), To: quorate.Others, Msg: ping{1}})
			time.Sleep(30 * ms)
			synctest.Wait()
			for i, want := range [][]time.Duration{nil, {11 * ms}, {21 * ms}} {
				if got := s.heard[i].take(); !slices.Equal(got, want) {
					t.Errorf("node %d heard the ping after %v, want %v", i, got, want)
				}
			}
			s.links[0].Send(quorate.Envelope{From: s.c.ID(0), To: quorate.Others, Msg: ping{2}})
			time.Sleep(15 * ms)
			s.links[0].Close()
			time.Sleep(15 * ms)
			synctest.Wait()
			if a, b := s.heard[1].take(), s.heard[2].take(); len(a) != 1 || len(b) != 0 {
				t.Errorf("from a node that crashed meanwhile the near one heard %v, the far one %v", a, b)
			}
			if n := s.links[0].Stats().Dropped.Down; n != 1 {
				t.Errorf("%d dropped, want 1", n)
			}
			s.hub.Close()
		})
	}
}

// A fault delays what travels all the more.
func TestHubDistancesAndFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpread(t, transport.HubConfig{Distances: apart()})
		if err := s.links[0].Faults().Set(s.c.ID(1), transport.Fault{Delay: 5 * ms}); err != nil {
			t.Fatal(err)
		}
		s.links[0].Send(quorate.Envelope{From: s.c.ID(0), To: s.c.ID(1), Msg: ping{1}})
		time.Sleep(30 * ms)
		synctest.Wait()
		if got := s.heard[1].take(); !slices.Equal(got, []time.Duration{16 * ms}) {
			t.Errorf("heard after %v", got)
		}
		s.hub.Close()
	})
}

// A client's requests and replies travel, too, as does the news that a node is gone,
// behind what the node has said.
func TestHubClientDistances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSpread(t, transport.HubConfig{Distances: apart()})
		var replies, lost heard
		client := func(zone int) *transport.HubClient {
			return s.hub.ClientIn(zone, func(quorate.ID, quorate.Reply) { replies.note(time.Since(s.began)) }, func(quorate.ID) { lost.note(time.Since(s.began)) })
		}
		near, far, everywhere := client(1), client(3), client(0)
		for _, c := range []*transport.HubClient{near, far, everywhere} {
			if err := c.Send(s.c.ID(0), quorate.Request{Command: quorate.Command{Client: 1, Seq: 1}}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(100 * ms)
		synctest.Wait()
		if got := replies.take(); !slices.Equal(got, []time.Duration{0, 2 * ms, 42 * ms}) {
			t.Errorf("replies after %v", got)
		}
		if err := far.Send(s.c.ID(0), quorate.Request{Command: quorate.Command{Client: 1, Seq: 2}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * ms) // the reply is on its way
		s.links[0].Close()
		if err := far.Send(s.c.ID(0), quorate.Request{}); err == nil {
			t.Error("a request left for a node that has gone")
		}
		time.Sleep(100 * ms)
		synctest.Wait()
		if r, l := replies.take(), lost.take(); !slices.Equal(r, []time.Duration{142 * ms}) || !slices.Equal(l, []time.Duration{125 * ms, 126 * ms, 146 * ms}) {
			t.Errorf("the reply came after %v, the news that the node is gone after %v", r, l)
		}
		s.hub.Close()
	})
}

// A request for which there is no room is refused, as over a connection.
func TestHubClientDistancesOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := quorate.Grid(2, 1)
		if err != nil {
			t.Fatal(err)
		}
		hub := transport.NewHub(transport.HubConfig{Distances: apart(), Inbox: transport.InboxConfig{Clients: 1}})
		n := newNode(t, c, 0)
		quorate.Register(n, func(quorate.ID, quorate.Request) {})
		if _, err := hub.Join(n); err != nil { // nobody empties its inbox
			t.Fatal(err)
		}
		var got []quorate.Reply
		client := hub.ClientIn(2, func(_ quorate.ID, r quorate.Reply) { got = append(got, r) }, nil)
		for seq := range uint64(2) {
			if err := client.Send(c.ID(0), quorate.Request{Command: quorate.Command{Client: 7, Seq: seq}, Attempt: 3}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(22 * ms)
		synctest.Wait()
		if want := (quorate.Reply{Client: 7, Seq: 1, Attempt: 3, Status: quorate.NotExecuted, Reason: quorate.ReasonOverloaded}); len(got) != 1 || got[0].Seq != want.Seq || got[0].Reason != want.Reason || got[0].Attempt != 3 || got[0].Client != 7 {
			t.Errorf("replies %+v, want %+v", got, want)
		}
		hub.Close()
	})
}

func TestConfigured(t *testing.T) {
	file := &quorate.Config{Addresses: map[quorate.ID]string{1<<16 | 1: "a:1", 2<<16 | 1: "a:2"}}
	if d, err := transport.Configured(file); d != nil || err != nil {
		t.Errorf("without a wan: %v, %v", d, err)
	}
	file.WAN = "aws3"
	if d, err := transport.Configured(file); err != nil || d.Way(1, 2) != 30*ms {
		t.Errorf("over aws3: %v", err)
	}
	file.WAN = "mars"
	if _, err := transport.Configured(file); err == nil || !strings.Contains(err.Error(), "want one of aws3") {
		t.Errorf("over mars: %v", err)
	}
}

// Over sockets, too: a reply has travelled both ways, and the news that the node is
// gone comes behind it.
func TestTCPClientDistances(t *testing.T) {
	c, err := quorate.Grid(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	listeners, addresses, err := transport.Loopback(c.IDs()...)
	if err != nil {
		t.Fatal(err)
	}
	listeners[c.ID(1)].Close()
	n := newNode(t, c, 0)
	quorate.Register(n, func(from quorate.ID, r quorate.Request) {
		n.Send(from, quorate.Reply{Client: r.Command.Client, Seq: r.Command.Seq, Status: quorate.Done})
	})
	l, err := transport.ListenTCP(transport.TCPConfig{Addresses: addresses, Listener: listeners[c.ID(0)], Distances: apart()}, n)
	if err != nil {
		t.Fatal(err)
	}
	start(t, n, l, nil)
	began, news := time.Now(), make(chan string, 10)
	client, err := transport.DialTCP(transport.TCPClientConfig{Addresses: addresses, Zone: 2, Distances: apart()},
		func(quorate.ID, quorate.Reply) {
			if took := time.Since(began); took < 22*ms {
				t.Errorf("a reply after %v", took)
			}
			news <- "reply"
		}, func(quorate.ID) { news <- "lost" })
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Send(c.ID(0), quorate.Request{Command: quorate.Command{Client: 1, Seq: 1}}); err != nil {
		t.Fatal(err)
	}
	hear := func(want string) {
		t.Helper()
		select {
		case got := <-news:
			if got != want {
				t.Errorf("heard %s, want %s", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("heard nothing, want %s", want)
		}
	}
	hear("reply")
	l.Close()
	hear("lost")
	// Nobody listens at the other: what was sent there is lost when it has travelled.
	if err := client.Send(c.ID(1), quorate.Request{Command: quorate.Command{Client: 1, Seq: 2}}); err != nil {
		t.Fatal(err)
	}
	hear("lost")
}
