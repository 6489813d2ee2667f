package server

import (
	"fmt"
	"maps"
	"net"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/transport"
)

// network is what connects the nodes and clients of a [Local].
type network interface {
	join(n *quorate.Node) (transport.Link, error)
	client(zone int, onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error)
	listen() map[quorate.ID]string // host:port of the members, nil on channels
	close()
}

// Addresses returns the host:port of each member, for clients in other
// processes; nil on channels.
func (l *Local) Addresses() map[quorate.ID]string { return maps.Clone(l.net.listen()) }

func newNetwork(cfg LocalConfig) (network, error) {
	switch cfg.Transport {
	case "", "chan":
		return chanNetwork{transport.NewHub(transport.HubConfig{Encode: cfg.Encode, Seed: cfg.Seed, Distances: cfg.Distances, Logger: cfg.Logger})}, nil
	case "tcp", "udp":
		return newTCPNetwork(cfg)
	}
	return nil, fmt.Errorf("transport %q: want chan, tcp or udp", cfg.Transport)
}

// chanNetwork connects by channels.
type chanNetwork struct{ hub *transport.Hub }

func (n chanNetwork) join(host *quorate.Node) (transport.Link, error) { return n.hub.Join(host) }

func (n chanNetwork) client(zone int, onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
	return n.hub.ClientIn(zone, onReply, onLost), nil
}

func (n chanNetwork) listen() map[quorate.ID]string { return nil }

func (n chanNetwork) close() { n.hub.Close() }

// tcpNetwork connects by sockets on the loopback interface, peers by datagrams if
// so configured. The addresses stay
// the same for as long as the network lasts, so a node that starts again is
// found where it was.
type tcpNetwork struct {
	cfg       LocalConfig
	addresses map[quorate.ID]string

	mu        sync.Mutex
	listeners map[quorate.ID]net.Listener // opened in advance, to reserve the ports
	sockets   map[quorate.ID]*net.UDPConn // likewise
	shares    map[int]*transport.TCPShare // by zone, of clients that share connections
	closed    bool
}

func newTCPNetwork(cfg LocalConfig) (*tcpNetwork, error) {
	n := &tcpNetwork{cfg: cfg, shares: map[int]*transport.TCPShare{}}
	var err error
	if ids := cfg.Cluster.IDs(); cfg.Transport == "udp" {
		n.listeners, n.sockets, n.addresses, err = transport.LoopbackUDP(ids...)
	} else {
		n.listeners, n.addresses, err = transport.Loopback(ids...)
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

func (n *tcpNetwork) listen() map[quorate.ID]string { return n.addresses }

func (n *tcpNetwork) clientConfig(zone int) transport.TCPClientConfig {
	return transport.TCPClientConfig{
		Addresses: n.addresses, Zone: zone, Distances: n.cfg.Distances, TCPTiming: soon(), Logger: n.cfg.Logger, Queue: n.queue(),
	}
}

func (n *tcpNetwork) join(host *quorate.Node) (transport.Link, error) {
	n.mu.Lock()
	ln, socket := n.listeners[host.ID()], n.sockets[host.ID()]
	delete(n.listeners, host.ID())
	delete(n.sockets, host.ID())
	n.mu.Unlock()
	cfg := transport.TCPConfig{
		Addresses: n.addresses, Listener: ln, TCPTiming: soon(), Seed: n.cfg.Seed, Logger: n.cfg.Logger,
		ClientQueue: n.queue(), Distances: n.cfg.Distances,
	}
	if n.cfg.Transport == "udp" {
		return transport.ListenUDP(transport.UDPConfig{TCPConfig: cfg, Socket: socket}, host)
	}
	return transport.ListenTCP(cfg, host)
}

// queue bounds what waits on a connection. One that all clients share has room
// for all of them; zero is the default, for one client.
func (n *tcpNetwork) queue() int {
	if n.cfg.Share {
		return 32 << 20
	}
	return 0
}

func (n *tcpNetwork) client(zone int, onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
	if !n.cfg.Share {
		return transport.DialTCP(n.clientConfig(zone), onReply, onLost)
	}
	share, err := n.share(zone)
	if err != nil {
		return nil, err
	}
	return share.Client(onReply, onLost), nil
}

// share returns the connections that the clients in a zone use.
func (n *tcpNetwork) share(zone int) (*transport.TCPShare, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, fmt.Errorf("attach a client: %w", transport.ErrClosed)
	}
	if s := n.shares[zone]; s != nil {
		return s, nil
	}
	s, err := transport.ShareTCP(n.clientConfig(zone))
	if err == nil {
		n.shares[zone] = s
	}
	return s, err
}

// soon is the timing of connections within a process: a restarted node is
// found quickly, since a dial that fails costs nothing here.
func soon() transport.TCPTiming { return transport.TCPTiming{RetryMax: 50 * time.Millisecond} }

func (n *tcpNetwork) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, s := range n.shares { // unordered: each is closed on its own
		s.Close()
	}
	for _, ln := range n.listeners { // unordered: of nodes that never started
		ln.Close()
	}
	for _, socket := range n.sockets { // unordered: likewise
		socket.Close()
	}
}
