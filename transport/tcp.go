package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// tcpLink is one node's place in a network of sockets. It dials every peer for
// what it sends, and receives on the connections that peers and clients dial.
type tcpLink struct {
	cfg     TCPConfig
	log     *slog.Logger
	id      quorate.ID
	index   int
	cluster *quorate.Cluster
	me      hello // without who the node is, see intro
	intro   introduction
	peers   []*peer    // by member index, nil for this node
	grams   *datagrams // nil if all goes over connections

	codec       *wire.Codec
	clientCodec *clientWire
	inbox       *Inbox
	faults      *Faults
	delays      *delayLine[tcpDelayed]
	travel      lines[tcpFlight]
	ways        []*line[tcpFlight] // by member index, nil where nothing is held back
	scratch     sync.Pool          // *[]byte, to encode into
	dirty       []signaller
	few         int // of dirty, that the loop writes to by itself
	count       counters
	unsendable  complaints
	lines       quiet

	listener net.Listener
	conns    conns // accepted
	callers  callers
	seats    seats
	routes   routes[tcpCaller]
	waiting  budget // of what waits for clients
	arriving budget // of what has come of their requests that are not whole yet

	ctx       context.Context
	cancel    context.CancelFunc
	wg        sync.WaitGroup
	closeOnce sync.Once
}

type tcpDelayed struct {
	to    *peer
	frame []byte
}

// tcpFlight is a message that travels to a peer.
type tcpFlight struct {
	to    *peer
	frame []byte // not changed any more
	who   quorate.Hello
}

// ListenTCP connects n, on which the replica's handlers are registered, to its
// peers, and takes connections of peers and clients. Peers are dialled in the
// background, for as long as the link is open.
func ListenTCP(cfg TCPConfig, n *quorate.Node) (Link, error) {
	l, err := openTCP(cfg, n)
	if err != nil {
		return nil, err
	}
	l.start()
	return l, nil
}

// openTCP returns a link that listens but takes no part yet.
func openTCP(cfg TCPConfig, n *quorate.Node) (*tcpLink, error) {
	if err := cfg.forCluster(n.Cluster()); err != nil {
		return nil, err
	}
	if err := cfg.TLS.forNode(n.ID()); err != nil {
		return nil, err
	}
	l, err := newTCPLink(cfg.withDefaults(), n)
	if err != nil {
		return nil, err
	}
	if l.listener == nil {
		addr := cfg.Addresses[n.ID()]
		if l.listener, err = net.Listen("tcp", addr); err != nil {
			return nil, fmt.Errorf("node %v: listen on %s: %w", n.ID(), addr, err)
		}
	}
	return l, nil
}

func (l *tcpLink) start() {
	l.wg.Go(l.accept)
	for _, p := range l.peers {
		if p != nil {
			l.wg.Go(p.run)
		}
	}
	if l.grams != nil {
		l.grams.start()
	}
}

func newTCPLink(cfg TCPConfig, n *quorate.Node) (*tcpLink, error) {
	c, err := peerCodec(n)
	if err != nil {
		return nil, err
	}
	clients, err := newClientWire()
	if err != nil {
		return nil, err
	}
	cluster := n.Cluster()
	l := &tcpLink{
		cfg: cfg, log: cfg.Logger.With("node", n.ID()), id: n.ID(), index: cluster.Index(n.ID()), cluster: cluster,
		codec: c, clientCodec: clients, inbox: NewInbox(cfg.Inbox), faults: newFaults(n, cfg.Seed),
		listener: cfg.Listener, callers: callers{by: make([]caller, cluster.Size())},
		conns: conns{limit: cfg.MaxStrangers}, seats: seats{limit: cfg.MaxClients, quiet: cfg.ClientQuiet},
		waiting: budget{limit: int64(cfg.ClientQueues)}, arriving: budget{limit: int64(cfg.ClientQueues)},
	}
	l.few = fewConnections(runtime.GOMAXPROCS(0))
	l.me = hello{
		Version: version, Kind: kindPeer, From: n.ID(), Members: cluster.String(),
		Settings: n.Settings(), Messages: describe(c), Frame: cfg.MaxFrame, Process: rand.Uint64() | 1,
	}
	l.intro.of(n)
	l.scratch.New = func() any { return new([]byte) }
	l.delays = newDelayLine(maxDelayed, func(d tcpDelayed) { l.carry(d.to, d.frame, false) })
	l.travel = lines[tcpFlight]{of: cfg.Distances, arrive: l.arrive, size: func(f tcpFlight) int { return len(f.frame) }}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	for i, id := range cluster.IDs() {
		l.ways = append(l.ways, l.travel.between(l.id.Zone(), id.Zone()))
		if i == l.index {
			l.peers = append(l.peers, nil)
			continue
		}
		l.peers = append(l.peers, newPeer(l, i, id))
	}
	return l, nil
}

func (l *tcpLink) Inbox() *Inbox   { return l.inbox }
func (l *tcpLink) Faults() *Faults { return l.faults }

func (l *tcpLink) Stats() Stats {
	s := l.count.read()
	l.inbox.account(&s)
	for _, p := range l.peers {
		if p != nil {
			s.Waiting.Out += uint64(p.queue.waiting())
		}
	}
	return s
}

// Addr returns the address on which the link listens.
func (l *tcpLink) Addr() net.Addr { return l.listener.Addr() }

// Close implements [Link].
func (l *tcpLink) Close() error {
	l.closeOnce.Do(func() {
		l.cancel()
		l.listener.Close()
		if l.grams != nil {
			l.grams.socket.Close()
		}
		l.conns.closeAll()
		l.count.down.Add(uint64(l.delays.close() + l.travel.close()))
		l.wg.Wait()
		l.inbox.close()
		for _, c := range l.routes.drain() {
			if c.local != nil {
				c.local.leave()
			}
		}
	})
	return nil
}

func (l *tcpLink) Send(e quorate.Envelope) { l.post(e, false) }

// gather is Send without waking the writers, for the loop: a round's messages
// then leave with one write a connection.
func (l *tcpLink) gather(e quorate.Envelope) { l.post(e, true) }

// release lets leave what was gathered. A few connections it writes to by itself, which
// saves waking their writers; many are written to beside the loop.
func (l *tcpLink) release() {
	few := len(l.dirty) <= l.few
	for _, s := range l.dirty {
		if q, ok := s.(*outQueue); ok && few {
			q.flush()
		} else {
			s.signal()
		}
	}
	clear(l.dirty)
	l.dirty = l.dirty[:0]
}

// fewConnections is to how many connections a loop writes by itself. A write takes some
// microseconds, and so does waking who does it; whether that is worth it depends on how
// many processors there are to write at the same time.
func fewConnections(processors int) int {
	if processors == 1 {
		return math.MaxInt
	}
	return max(4, 64/(processors-1))
}

func (l *tcpLink) post(e quorate.Envelope, gather bool) {
	if l.ctx.Err() != nil {
		l.count.down.Add(1)
		return
	}
	if e.To.IsRoute() {
		l.postClient(e, gather)
		return
	}
	i := l.cluster.Index(e.To)
	if e.To != quorate.Others && (i < 0 || i == l.index) {
		l.count.down.Add(1)
		return
	}
	scratch := l.scratch.Get().(*[]byte)
	defer l.scratch.Put(scratch)
	frame, ok := l.encode((*scratch)[:0], l.codec, e.Msg, l.cfg.MaxFrame)
	if !ok {
		return
	}
	*scratch = frame
	if l.cfg.Distances != nil { // it travels on when this one is used again
		frame = bytes.Clone(frame)
	}
	if i >= 0 {
		l.postPeer(l.peers[i], frame, gather)
		return
	}
	for _, p := range l.peers {
		if p != nil {
			l.postPeer(p, frame, gather)
		}
	}
}

// encode appends m as a frame. A message that cannot go on the wire is dropped.
func (l *tcpLink) encode(dst []byte, c *wire.Codec, m any, limit int) ([]byte, bool) {
	frame, err := appendFrame(dst, c, m, limit)
	if err != nil {
		l.unencoded(m, err)
		return dst, false
	}
	return frame, true
}

// unencoded notes a message that cannot go on the wire.
func (l *tcpLink) unencoded(m any, err error) {
	l.count.encode.Add(1)
	l.unsendable.about(l.log, m, err)
}

func (l *tcpLink) postPeer(p *peer, frame []byte, gather bool) {
	f := l.faults.draw(p.index)
	if f.copies == 0 {
		l.count.injected.Add(1)
		return
	}
	for k := range f.copies {
		if f.delay[k] == 0 {
			l.carry(p, frame, gather)
		} else if !l.delays.add(f.delay[k], tcpDelayed{p, append([]byte(nil), frame...)}) {
			l.count.queue.Add(1)
		}
	}
}

// carry takes a frame to a peer, at once or for as long as it travels. Who does not
// arrive at once keeps the frame.
func (l *tcpLink) carry(p *peer, frame []byte, gather bool) {
	way := l.ways[p.index]
	if way == nil {
		l.put(l.road(p, frame), frame, gather)
		return
	}
	who, _, _ := l.intro.get()
	if !way.add(tcpFlight{p, frame, who}) {
		l.count.queue.Add(1)
	}
}

// arrive hands what has travelled to the connection. Should the node have become
// somebody else meanwhile, it is still the earlier one's, and is dropped as it
// would be had it been written.
func (l *tcpLink) arrive(f tcpFlight) {
	if who, _, _ := l.intro.get(); who != f.who {
		l.count.down.Add(1)
		return
	}
	l.put(l.road(f.to, f.frame), f.frame, false)
}

// road chooses how a frame goes to a peer: as a datagram, if it fits one and
// the peer has been reached.
func (l *tcpLink) road(p *peer, frame []byte) *outQueue {
	if l.grams == nil || len(frame)-frameHeader > l.grams.limit {
		return p.queue
	}
	if q := l.grams.peers[p.index].queue; q.open() {
		return q
	}
	return p.queue
}

func (l *tcpLink) postClient(e quorate.Envelope, gather bool) {
	c, ok := l.routes.get(e.To)
	r, isReply := e.Msg.(quorate.Reply)
	if !ok || !isReply {
		l.count.route.Add(1)
		return
	}
	if c.local != nil {
		first, ok := c.local.take(Delivery{From: l.id, Msg: e.Msg})
		if !ok {
			l.count.queue.Add(1)
			return
		}
		l.count.sent.Add(1)
		l.wake(c.local.replies, first, gather)
		return
	}
	scratch := l.scratch.Get().(*[]byte)
	defer l.scratch.Put(scratch)
	frame, err := l.clientCodec.appendReply((*scratch)[:0], &r, l.cfg.MaxFrame)
	if err != nil {
		l.unencoded(e.Msg, err)
		return
	}
	*scratch = frame
	l.put(c.queue, frame, gather)
}

func (l *tcpLink) put(q *outQueue, frame []byte, gather bool) {
	first, err := q.put(frame)
	switch {
	case errors.Is(err, ErrNotConnected):
		l.count.down.Add(1)
	case err != nil:
		l.count.queue.Add(1)
	default:
		l.wake(q, first, gather)
	}
}

// signaller is woken once something waits for it.
type signaller interface{ signal() }

func (l *tcpLink) wake(s signaller, first, gather bool) {
	switch {
	case first && gather:
		l.dirty = append(l.dirty, s)
	case first:
		s.signal()
	}
}
