package maelstrom

import (
	"container/heap"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"
)

// Bounds of what waits. Beyond them a test fails, and says who it was.
const (
	maxFlight  = 1 << 16   // messages between nodes on their way
	maxQueue   = 1 << 14   // messages that a node has not read
	maxWaiting = 256 << 20 // their bytes
)

// network carries messages between nodes and clients. Safe for concurrent use.
type network struct {
	cfg   *Config
	log   *console
	clock func() time.Duration // since the test began

	mu      sync.Mutex
	nodes   map[string]*node
	offers  map[string]service
	clients map[string]*caller // those that have left, too: an answer may come late
	cut     map[string]map[string]bool
	links   map[[2]string]*rand.Rand
	flight  flight
	last    int64 // number of a message
	traffic traffic
	sketch  sketch
	closed  bool

	failOnce sync.Once
	failure  error         // valid once failed is closed
	failed   chan struct{} // closed when a node breaks the rules
	sooner   chan struct{} // holds a token when the first of flight is another
}

func newNetwork(cfg *Config, clock func() time.Duration) *network {
	return &network{
		cfg: cfg, log: &console{out: cfg.Log}, clock: clock,
		nodes: map[string]*node{}, clients: map[string]*caller{}, links: map[[2]string]*rand.Rand{},
		offers: newServices(cfg.draws(drawsServices)),
		failed: make(chan struct{}), sooner: make(chan struct{}, 1),
	}
}

// fail ends the test: a node has done what no node may.
func (n *network) fail(err error) {
	n.failOnce.Do(func() {
		n.failure = err
		close(n.failed)
	})
}

// partition drops from now on what arrives from cut[destination]. Nil heals.
func (n *network) partition(cut map[string]map[string]bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = cut
}

// close ends the network: nothing is carried any more.
func (n *network) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
}

// ask carries a client's message to a node.
func (n *network) ask(m message) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	to := n.nodes[m.Dest]
	if to == nil {
		return fmt.Errorf("there is no node %q", m.Dest)
	}
	n.sent(&m)
	return n.give(to, m)
}

// sent numbers and counts a message.
func (n *network) sent(m *message) {
	id := n.last
	n.last++
	m.ID = &id
	n.traffic.sent(!n.ofClient(m))
	n.sketch.sent(m)
	if n.cfg.LogSend {
		n.log.say("send %s -> %s %s", m.Src, m.Dest, m.Body)
	}
}

func (n *network) received(m *message) {
	n.traffic.received(!n.ofClient(m))
	n.sketch.received(m)
	if n.cfg.LogRecv {
		n.log.say("recv %s -> %s %s", m.Src, m.Dest, m.Body)
	}
}

// ofClient reports whether a message comes from a client, or goes to one.
func (n *network) ofClient(m *message) bool {
	return n.clients[m.Src] != nil || n.clients[m.Dest] != nil
}

// tell carries what a node wrote: a message to a client arrives at once, one to a node
// when its time has come. An error says what is wrong with it.
func (n *network) tell(m message, h head, where string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.clients[m.Dest]; c != nil {
		n.sent(&m)
		n.received(&m)
		return c.answer(m, h, where)
	}
	if n.offers[m.Dest] != nil {
		return n.carry(m, 1)
	}
	if n.nodes[m.Dest] == nil {
		return fmt.Errorf("a message to %q: there is no such node, no such client, and no such service", m.Dest)
	}
	rng := n.link(m.Src, m.Dest)
	copies := 1
	if n.cfg.Loss > 0 && rng.Float64() < n.cfg.Loss {
		copies = 0
	} else if n.cfg.Duplicate > 0 && rng.Float64() < n.cfg.Duplicate {
		copies = 2
	}
	return n.carry(m, copies)
}

// carry sends a message, of which so many copies arrive when their time has come.
func (n *network) carry(m message, copies int) error {
	n.sent(&m)
	rng := n.link(m.Src, m.Dest)
	for range copies {
		d := n.draw(rng)
		if d == 0 {
			if err := n.arrive(m); err != nil {
				return err
			}
			continue
		}
		if len(n.flight) >= maxFlight {
			return fmt.Errorf("%d messages between nodes are on their way: the nodes flood the network", len(n.flight))
		}
		heap.Push(&n.flight, flying{n.clock() + d, *m.ID, m})
		if *n.flight[0].m.ID == *m.ID {
			n.wake()
		}
	}
	return nil
}

func (n *network) wake() {
	select {
	case n.sooner <- struct{}{}:
	default:
	}
}

// link returns the generator of the messages from one node to another: so the n-th of
// them meets the same fate whenever the seed is the same.
func (n *network) link(src, dest string) *rand.Rand {
	at := [2]string{src, dest}
	if n.links[at] == nil {
		h := fnv.New64a()
		fmt.Fprintf(h, "%s>%s", src, dest)
		n.links[at] = rand.New(rand.NewPCG(n.cfg.Seed, h.Sum64()))
	}
	return n.links[at]
}

func (n *network) draw(rng *rand.Rand) time.Duration {
	mean := float64(n.cfg.Latency)
	switch n.cfg.LatencyDist {
	case uniform:
		mean *= 2 * rng.Float64()
	case exponential:
		mean *= min(rng.ExpFloat64(), 100)
	}
	return time.Duration(mean)
}

// arrive hands a message between nodes over, unless a partition is in its way, and has
// services answer theirs.
func (n *network) arrive(m message) error {
	if s := n.offers[m.Dest]; s != nil {
		n.received(&m)
		return n.serve(s, m)
	}
	if n.cut[m.Dest][m.Src] {
		return nil
	}
	return n.give(n.nodes[m.Dest], m)
}

// serve sends the answer of a service, if one is wanted.
func (n *network) serve(s service, m message) error {
	var h head
	if err := json.Unmarshal(m.Body, &h); err != nil {
		return err
	}
	fields := s.ask(m, h)
	if h.MsgID == nil {
		return nil
	}
	fields["in_reply_to"] = *h.MsgID
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return n.carry(message{Src: m.Dest, Dest: m.Src, Body: text}, 1)
}

func (n *network) give(to *node, m message) error {
	if n.closed {
		return nil
	}
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if to.waiting.Add(int64(len(line))) <= maxWaiting {
		select {
		case to.queue <- append(line, '\n'):
			n.received(&m)
			return nil
		default:
		}
	}
	return fmt.Errorf("node %s has %d messages to read, and cannot have more: it does not read them, or others flood it", to.name, len(to.queue))
}

// run delivers what takes time, until stop is closed.
func (n *network) run(stop <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(n.due())
		select {
		case <-stop:
			return
		case <-timer.C:
		case <-n.sooner:
		}
	}
}

// due delivers what is due, and returns the time until the next message is.
func (n *network) due() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.flight) > 0 {
		if wait := n.flight[0].at - n.clock(); wait > 0 {
			return wait
		}
		if err := n.arrive(heap.Pop(&n.flight).(flying).m); err != nil {
			n.fail(err)
		}
	}
	return time.Hour
}

// flying is a message on its way.
type flying struct {
	at time.Duration
	id int64
	m  message
}

// flight is a heap of messages, by the time when they arrive.
type flight []flying

func (f flight) Len() int      { return len(f) }
func (f flight) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *flight) Push(x any)   { *f = append(*f, x.(flying)) }

func (f flight) Less(i, j int) bool {
	return f[i].at < f[j].at || f[i].at == f[j].at && f[i].id < f[j].id
}

func (f *flight) Pop() any {
	last := len(*f) - 1
	x := (*f)[last]
	(*f)[last] = flying{}
	*f = (*f)[:last]
	return x
}

// errStopped is of what a node writes after the test's end.
var errStopped = errors.New("the test is over")
