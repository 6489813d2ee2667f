package transport

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/quorate/quorate"
)

// datagrams is the road of short messages between peers, beside the connections
// of a tcpLink.
type datagrams struct {
	link   *tcpLink
	socket *net.UDPConn
	limit  int        // of a message
	me     header     // without who the node is
	peers  []gramPeer // by member index

	mu     sync.Mutex
	logged map[complaint]struct{} // at most one for each peer and kind
}

// gramPeer is what is known of a member.
type gramPeer struct {
	queue *outQueue
	port  uint16                   // where it sends from
	road  atomic.Pointer[road]     // by which it was reached last; nil before the first time
	greet atomic.Pointer[greeting] // its latest; nil before the first
}

// road is where datagrams go, and what their header says.
type road struct {
	at   netip.AddrPort
	head []byte
}

// greeting is what a peer's hello says of its datagrams.
type greeting struct {
	process uint64
	host    netip.Addr // the hello came from here
}

type complaint struct {
	peer quorate.ID // zero for strangers
	kind string
}

func newDatagrams(l *tcpLink, cfg UDPConfig) (*datagrams, error) {
	g := &datagrams{
		link: l, limit: cmp.Or(cfg.MaxDatagram, largestDatagram) - datagramHeader,
		me:    header{version: version, from: l.id, cluster: clusterHash(l.me), process: l.me.Process},
		peers: make([]gramPeer, l.cluster.Size()), logged: map[complaint]struct{}{},
	}
	for i, id := range l.cluster.IDs() {
		_, port, err := net.SplitHostPort(cfg.Addresses[id])
		if err != nil {
			return nil, fmt.Errorf("udp: address of member %v: %w", id, err)
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("udp: address %s of member %v: want a port number", cfg.Addresses[id], id)
		}
		g.peers[i].queue, g.peers[i].port = newOutQueue(l.cfg.PeerQueue), uint16(n)
		g.peers[i].queue.setShut(true)
	}
	var err error
	g.socket, err = openSocket(l, cfg)
	return g, err
}

// start sends and receives until the link closes.
func (g *datagrams) start() {
	l := g.link
	l.wg.Go(g.receive)
	for i := range g.peers {
		if i != l.index {
			l.wg.Go(func() { g.send(&g.peers[i], l.cluster.ID(i)) })
		}
	}
}

// reached opens the road to a peer that was dialled, and greeted as who.
func (g *datagrams) reached(i int, remote net.Addr, who quorate.Hello) {
	if at, ok := addrPort(remote); ok {
		head := g.me
		head.who = who
		g.peers[i].road.Store(&road{at, head.append(nil)})
		g.peers[i].queue.setShut(false)
	}
}

// unreachable closes it. Until a dial fails, a broken connection alone does not:
// datagrams may go where a connection has got stuck.
func (g *datagrams) unreachable(i int) {
	g.link.count.down.Add(uint64(g.peers[i].queue.setShut(true)))
}

// greeted notes the greeting of a peer.
func (g *datagrams) greeted(i int, theirs hello, remote net.Addr) {
	at, _ := addrPort(remote)
	g.peers[i].greet.Store(&greeting{process: theirs.Process, host: at.Addr()})
}

func addrPort(a net.Addr) (netip.AddrPort, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), true
}

// send writes what is queued for a peer, a datagram for each message.
func (g *datagrams) send(p *gramPeer, id quorate.ID) {
	l := g.link
	out := make([]byte, 0, 2048)
	var buf []byte
	for {
		select {
		case <-p.queue.wake:
		case <-l.ctx.Done():
			return
		}
		if cap(buf) > 1<<20 {
			buf = nil // a burst has passed
		}
		// The header is fetched first. Should the node become somebody else just
		// now, a message may go out under what it was before, which costs no more
		// than the message; under what it was not yet, it must not.
		road := p.road.Load()
		var n int
		if buf, n = p.queue.take(buf); n == 0 {
			continue
		}
		for rest := buf; len(rest) > 0; {
			var message []byte
			message, rest = splitFrame(rest)
			out = append(append(out[:0], road.head...), message...)
			if _, err := g.socket.WriteToUDPAddrPort(out, road.at); err != nil {
				l.count.down.Add(1)
				if l.ctx.Err() != nil {
					return
				}
				g.complain(slog.LevelWarn, complaint{id, "send"}, "datagram not sent", road.at.String(), err)
				continue
			}
			l.count.datagrams.Add(1)
			l.count.sent.Add(1)
			l.count.writes.Add(1)
			l.count.sentBytes.Add(uint64(len(out)))
		}
		if cap(out) > 1<<16 {
			out = make([]byte, 0, 2048)
		}
	}
}

// receive puts what arrives into the inbox.
func (g *datagrams) receive() {
	l := g.link
	retry := l.cfg.backoff()
	buf := make([]byte, largestDatagram+1)
	for {
		n, from, err := g.socket.ReadFromUDPAddrPort(buf)
		if l.ctx.Err() != nil {
			return
		}
		if err != nil {
			g.complain(slog.LevelError, complaint{0, "receive"}, "no datagram received", g.socket.LocalAddr().String(), err)
			if !retry.wait(l.ctx, nil) {
				return
			}
			continue
		}
		retry.reset()
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		d, err := g.take(buf[:n], from)
		if err != nil {
			g.refuse(d.From, from, err)
			continue
		}
		l.count.receivedBytes.Add(uint64(n))
		l.inbox.Put(d)
	}
}

// take believes a datagram, or says why not. It then says also which member it
// claims to be from, if any.
func (g *datagrams) take(data []byte, from netip.AddrPort) (Delivery, error) {
	h, message, err := parseDatagram(data)
	if err != nil {
		return Delivery{}, err
	}
	i := g.link.cluster.Index(h.from)
	if i < 0 || i == g.link.index {
		return Delivery{}, fmt.Errorf("%w: it claims to be from %v, which is no peer of node %v in %v", errStranger, h.from, g.me.from, g.link.cluster)
	}
	d := Delivery{From: h.from, Hello: h.who, size: len(message)}
	if err := g.judge(&g.peers[i], h, from); err != nil {
		return d, err
	}
	if d.Msg, err = g.link.codec.Decode(message); err != nil {
		return d, fmt.Errorf("%w: message of node %v: %w", errMalformed, h.from, err)
	}
	return d, nil
}

// Reasons to refuse a datagram, each logged once for each peer.
var (
	errStranger = errors.New("stranger")
	errAddress  = errors.New("wrong address")
	errVersion  = errors.New("other version")
	errCluster  = errors.New("other cluster")
	errLife     = errors.New("not greeted") // usual for a moment after one end has started again
)

func (g *datagrams) judge(p *gramPeer, h header, from netip.AddrPort) error {
	greet := p.greet.Load()
	switch {
	case h.version != g.me.version:
		return fmt.Errorf("%w: node %v has %d, node %v has %d", errVersion, g.me.from, g.me.version, h.from, h.version)
	case h.cluster != g.me.cluster:
		return fmt.Errorf("%w: members, settings and messages of node %v hash to %016x, those of node %v to %016x", errCluster, g.me.from, g.me.cluster, h.from, h.cluster)
	case greet == nil:
		return fmt.Errorf("%w: node %v has not greeted node %v yet", errLife, h.from, g.me.from)
	case from.Port() != p.port || !p.lives(from.Addr()):
		return fmt.Errorf("%w: node %v knows node %v at %s, port %d", errAddress, g.me.from, h.from, p.hosts(), p.port)
	case h.process != greet.process:
		return fmt.Errorf("%w: node %v has greeted node %v as process %x, this is process %x", errLife, h.from, g.me.from, greet.process, h.process)
	}
	return nil
}

// lives reports whether a peer that has greeted may send from a host: from where
// it greeted, or where it is dialled.
func (p *gramPeer) lives(host netip.Addr) bool {
	road := p.road.Load()
	return host == p.greet.Load().host || road != nil && host == road.at.Addr()
}

func (p *gramPeer) hosts() string {
	hosts := p.greet.Load().host.String()
	if road := p.road.Load(); road != nil && road.at.Addr().String() != hosts {
		hosts += " and " + road.at.Addr().String()
	}
	return hosts
}

// refuse counts a datagram that is not taken.
func (g *datagrams) refuse(claimed quorate.ID, from netip.AddrPort, why error) {
	if errors.Is(why, errMalformed) {
		g.complain(slog.LevelWarn, complaint{claimed, errMalformed.Error()}, "datagram dropped", from.String(), why)
		g.link.count.malformed.Add(1)
		return
	}
	level, reason := slog.LevelInfo, errLife
	for _, kind := range []error{errStranger, errAddress, errVersion, errCluster} {
		if errors.Is(why, kind) {
			level, reason = slog.LevelWarn, kind
		}
	}
	g.complain(level, complaint{claimed, reason.Error()}, "datagram refused", from.String(), why)
	g.link.count.refused.Add(1)
}

// complain logs what goes wrong with one peer, once for each kind of trouble.
func (g *datagrams) complain(level slog.Level, about complaint, text, remote string, why error) {
	g.mu.Lock()
	_, again := g.logged[about]
	g.logged[about] = struct{}{}
	g.mu.Unlock()
	if !again {
		g.link.log.Log(g.link.ctx, level, text, "remote", remote, "reason", why)
	}
}
