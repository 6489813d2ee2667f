// Package transporttest checks that a network keeps the contract of package
// transport. Every kind of link passes the same tests.
package transporttest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// Network is a network under test, for one cluster.
type Network interface {
	// Join connects a node. A node that joins again after its link was closed
	// is a restart; a second one with an id in use, or one that disagrees about
	// the cluster, is refused here or by those it connects to.
	Join(n *quorate.Node) (transport.Link, error)
	// Client connects a client.
	Client(onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) (Client, error)
	// Close releases the network after its links and clients were closed.
	Close() error
}

// Lossy is implemented by networks of datagrams: what peers send may get lost
// and come in any order. The tests then send no faster than is received.
type Lossy interface {
	Network
	// Lossy does nothing.
	Lossy()
}

// Client is a client's end of a network.
type Client interface {
	// Send hands a request to a node and returns at once; an error means that it
	// was not sent.
	Send(to quorate.ID, r quorate.Request) error
	// Close ends the client; no callback runs afterwards.
	Close() error
}

// Config says what a test needs of its network.
type Config struct {
	Cluster *quorate.Cluster
	Inbox   transport.InboxConfig
	Seed    uint64 // of injected faults
}

// Run tests the network that open returns. Each test begins with open: what
// open registers with t.Cleanup, a check for leaked goroutines for example,
// runs when everything is closed.
func Run(t *testing.T, open func(t *testing.T, cfg Config) Network) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, func(*testing.T, Config) Network)
	}{
		{"Delivery", testDelivery},
		{"Broadcast", testBroadcast},
		{"Order", testOrder},
		{"Values", testValues},
		{"FullInboxDropsAndCounts", testFullInbox},
		{"OneWayCut", testOneWayCut},
		{"Loss", testLoss},
		{"Duplicate", testDuplicate},
		{"Delay", testDelay},
		{"Jitter", testJitter},
		{"Reorder", testReorder},
		{"FaultsAreChecked", testFaultsAreChecked},
		{"Close", testClose},
		{"Restart", testRestart},
		{"TwoNodesWithOneID", testTwoNodes},
		{"OtherMembers", testOtherMembers},
		{"OtherMessages", testOtherMessages},
		{"OtherSettings", testOtherSettings},
		{"ClientRouting", testClientRouting},
		{"ClientGone", testClientGone},
		{"ClientFlood", testClientFlood},
		{"ClientLosesNode", testClientLosesNode},
		{"ClientOfNobody", testClientOfNobody},
		{"AttachedRouting", testAttachedRouting},
		{"AttachedGone", testAttachedGone},
		{"AttachedFlood", testAttachedFlood},
		{"AttachedBytes", testAttachedBytes},
		{"AttachedStuck", testAttachedStuck},
		{"AttachedReplyBytes", testAttachedReplyBytes},
		{"AttachedLosesNode", testAttachedLosesNode},
		{"AttachedConcurrency", testAttachedConcurrency},
		{"Loops", testLoops},
		{"Identity", testIdentity},
		{"Concurrency", testConcurrency},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open) })
	}
}

// Note is what the nodes of these tests tell each other.
type Note struct {
	Number uint64
	Text   string
	Data   []byte
}

// Stray is a message that only some nodes know.
type Stray struct{ Number uint64 }

const patience = 20 * time.Second // until a test gives up; none waits so long

// rig is a network with its live links.
type rig struct {
	t     *testing.T
	net   Network
	c     *quorate.Cluster
	links []transport.Link
	box   []transport.Delivery
	lossy bool // see Lossy
}

// newRig joins all nodes of a cluster and waits until each has heard each.
func newRig(t *testing.T, open func(*testing.T, Config) Network, nodes int, cfg Config) *rig {
	t.Helper()
	r := &rig{t: t, c: grid(t, nodes), links: make([]transport.Link, nodes)}
	cfg.Cluster = r.c
	r.net = open(t, cfg)
	_, r.lossy = r.net.(Lossy)
	t.Cleanup(func() { r.net.Close() })
	for i := range nodes {
		r.join(i)
	}
	for from := range nodes {
		for to := range nodes {
			if from != to {
				r.probe(from, to)
			}
		}
	}
	return r
}

func grid(t *testing.T, nodes int) *quorate.Cluster {
	t.Helper()
	c, err := quorate.Grid(1, nodes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// node returns a node that knows Note, Request and what register adds.
func node(t *testing.T, c *quorate.Cluster, i int, register ...func(*quorate.Node)) *quorate.Node {
	t.Helper()
	n, err := quorate.NewNode(quorate.NodeConfig{ID: c.ID(i), Cluster: c})
	if err != nil {
		t.Fatal(err)
	}
	quorate.Register(n, func(quorate.ID, Note) {})
	for _, r := range register {
		r(n)
	}
	return n
}

func (r *rig) join(i int) {
	r.t.Helper()
	l, err := r.net.Join(node(r.t, r.c, i))
	if err != nil {
		r.t.Fatal(err)
	}
	r.links[i] = l
	r.t.Cleanup(func() { l.Close() })
}

func (r *rig) send(from, to int, n Note) {
	r.links[from].Send(quorate.Envelope{From: r.c.ID(from), To: r.c.ID(to), Msg: n})
	if r.lossy {
		r.eventually("little is on its way", func() bool { return r.onTheWay() < 16 })
	}
}

// onTheWay returns how many messages have left and not arrived.
func (r *rig) onTheWay() int {
	n := 0
	for _, l := range r.links {
		if l != nil {
			s := l.Stats()
			n += int(s.Datagrams) - int(s.Received+s.Refused+s.Dropped.Inbox)
		}
	}
	return n
}

// take returns what has arrived at a node, waiting until something has.
func (r *rig) take(at int) []transport.Delivery {
	r.t.Helper()
	for {
		select {
		case <-r.links[at].Inbox().Ready():
		case <-time.After(patience):
			r.t.Fatalf("nothing arrives at %v; stats %+v", r.c.ID(at), r.links[at].Stats())
		}
		r.box = r.links[at].Inbox().Take(r.box)
		if len(r.box) > 0 {
			return r.box
		}
	}
}

// notes returns the next n notes that arrive at a node; more is an error. If
// the network promises no order they are sorted.
func (r *rig) notes(at, n int) []Note {
	r.t.Helper()
	got := r.arrivals(at, n)
	r.order(got)
	return got
}

// order sorts what a network that promises no order has brought.
func (r *rig) order(notes []Note) {
	if r.lossy {
		slices.SortStableFunc(notes, func(a, b Note) int { return cmp.Compare(a.Number, b.Number) })
	}
}

// arrivals returns the next n notes that arrive at a node, as they come.
func (r *rig) arrivals(at, n int) []Note {
	r.t.Helper()
	var got []Note
	for len(got) < n {
		for _, d := range r.take(at) {
			got = append(got, d.Msg.(Note))
		}
	}
	if len(got) > n {
		r.t.Fatalf("%d notes arrived at %v, want %d", len(got), r.c.ID(at), n)
	}
	return got
}

// probe sends until something arrives, then lets a last note flush what may
// still be on its way.
func (r *rig) probe(from, to int) {
	r.t.Helper()
	const last = 1 << 40
	arrived := func() (any, last bool) {
		r.box = r.links[to].Inbox().Take(r.box)
		for _, d := range r.box {
			if n, ok := d.Msg.(Note); ok && d.From == r.c.ID(from) {
				any, last = true, last || n.Number == 1<<40
			}
		}
		return any, last
	}
	r.eventually("a probe arrives", func() bool {
		r.send(from, to, Note{})
		any, _ := arrived()
		return any
	})
	r.send(from, to, Note{Number: last})
	r.eventually("the last probe arrives", func() bool {
		_, ok := arrived()
		return ok
	})
}

// eventually waits for something that happens soon but not at once.
func (r *rig) eventually(what string, ok func() bool) {
	r.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	giveUp := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-giveUp:
			r.t.Fatalf("waited in vain until %s", what)
		}
	}
}
