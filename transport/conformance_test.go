package transport_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/transport/certs"
	"github.com/quorate/quorate/transport/transporttest"
)

func TestHubConforms(t *testing.T) {
	for _, encode := range []bool{false, true} {
		name := map[bool]string{false: "values", true: "encoded"}[encode]
		t.Run(name, func(t *testing.T) {
			transporttest.Run(t, func(t *testing.T, cfg transporttest.Config) transporttest.Network {
				checkLeaks(t)
				return hubNetwork{transport.NewHub(transport.HubConfig{Encode: encode, Inbox: cfg.Inbox, Seed: cfg.Seed})}
			})
		})
	}
}

// checkLeaks fails t if it leaves a goroutine behind. What is registered with
// t.Cleanup later runs earlier, so this comes first.
func checkLeaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

type hubNetwork struct{ *transport.Hub }

func (h hubNetwork) Client(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (transporttest.Client, error) {
	return h.Hub.Client(onReply, onLost), nil
}

func TestTCPConforms(t *testing.T) {
	transporttest.Run(t, func(t *testing.T, cfg transporttest.Config) transporttest.Network {
		checkLeaks(t)
		return newTCPNetwork(t, cfg)
	})
}

func TestTLSConforms(t *testing.T) {
	transporttest.Run(t, func(t *testing.T, cfg transporttest.Config) transporttest.Network {
		checkLeaks(t)
		return newTLSNetwork(t, cfg)
	})
}

func TestUDPConforms(t *testing.T) {
	transporttest.Run(t, func(t *testing.T, cfg transporttest.Config) transporttest.Network {
		checkLeaks(t)
		return newUDPNetwork(t, cfg)
	})
}

// udpNetwork is a cluster whose peers talk by datagrams.
type udpNetwork struct{ *tcpNetwork }

func (udpNetwork) Lossy() {}

func newUDPNetwork(t testing.TB, cfg transporttest.Config) udpNetwork {
	t.Helper()
	listeners, sockets, addresses, err := transport.LoopbackUDP(cfg.Cluster.IDs()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, socket := range sockets {
			socket.Close() // that of a node that never joined
		}
	})
	listen := func(cfg transport.TCPConfig, node *quorate.Node) (transport.Link, error) {
		socket := sockets[node.ID()]
		delete(sockets, node.ID())
		return transport.ListenUDP(transport.UDPConfig{TCPConfig: cfg, Socket: socket}, node)
	}
	return udpNetwork{&tcpNetwork{listen, nil, cfg, listeners, addresses, map[quorate.ID]transport.Link{}}}
}

// tcpNetwork is a cluster on the loopback interface.
type tcpNetwork struct {
	listen    func(transport.TCPConfig, *quorate.Node) (transport.Link, error)
	secure    *authority // nil for plain text
	cfg       transporttest.Config
	listeners map[quorate.ID]net.Listener // not yet used
	addresses map[quorate.ID]string
	live      map[quorate.ID]transport.Link
}

func newTCPNetwork(t testing.TB, cfg transporttest.Config) *tcpNetwork {
	t.Helper()
	listeners, addresses, err := transport.Loopback(cfg.Cluster.IDs()...)
	if err != nil {
		t.Fatal(err)
	}
	return &tcpNetwork{transport.ListenTCP, nil, cfg, listeners, addresses, map[quorate.ID]transport.Link{}}
}

func newTLSNetwork(t testing.TB, cfg transporttest.Config) *tcpNetwork {
	t.Helper()
	a, err := certs.NewAuthority(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	n := newTCPNetwork(t, cfg)
	n.secure = &authority{t, a}
	return n
}

// authority gives certificates to the members of a test and their clients.
type authority struct {
	t testing.TB
	*certs.Authority
}

func (a *authority) node(id quorate.ID) *transport.TLSConfig {
	if a == nil {
		return nil
	}
	return a.config(a.Node(id))
}

func (a *authority) client() *transport.TLSConfig {
	if a == nil {
		return nil
	}
	return a.config(a.Client())
}

func (a *authority) config(pair certs.Pair, err error) *transport.TLSConfig {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(a.Pair.Certificate)
	return &transport.TLSConfig{Certificate: cert, Authorities: trust}
}

var patient = transport.TCPTiming{RetryMin: time.Millisecond, RetryMax: 20 * time.Millisecond}

func (n *tcpNetwork) Join(node *quorate.Node) (transport.Link, error) {
	id := node.ID()
	cfg := transport.TCPConfig{
		Addresses: map[quorate.ID]string{}, Listener: n.listeners[id],
		Inbox: n.cfg.Inbox, Seed: n.cfg.Seed, TCPTiming: patient, TLS: n.secure.node(id),
	}
	delete(n.listeners, id)
	for _, member := range node.Cluster().IDs() {
		cfg.Addresses[member] = n.addresses[member]
		if cfg.Addresses[member] == "" {
			cfg.Addresses[member] = "127.0.0.1:1" // of a member that only this node knows
		}
	}
	if old := n.live[id]; old != nil && cfg.Listener == nil {
		// A second node must listen elsewhere; a restarted one can listen again.
		ln, err := net.Listen("tcp", n.addresses[id])
		if err != nil {
			ln, err = net.Listen("tcp", "127.0.0.1:0")
		}
		if err != nil {
			return nil, err
		}
		cfg.Listener = ln
	}
	l, err := n.listen(cfg, node)
	if err == nil {
		n.live[id] = l
	}
	return l, err
}

func (n *tcpNetwork) Client(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (transporttest.Client, error) {
	return transport.DialTCP(transport.TCPClientConfig{Addresses: n.addresses, TCPTiming: patient, TLS: n.secure.client()}, onReply, onLost)
}

func (n *tcpNetwork) Close() error {
	for _, ln := range n.listeners {
		ln.Close()
	}
	return nil
}
