package transport

import (
	"cmp"
	"errors"
	"fmt"
	"net"

	"github.com/quorate/quorate"
)

// UDPConfig tunes a node's UDP link. Only Addresses is required.
type UDPConfig struct {
	// TCPConfig is of the connections at the same addresses: those of clients,
	// and one to each peer. TLS must be nil: datagrams have no authentication.
	TCPConfig
	// Socket, if set, is used instead of a new one on the address of the
	// listener. The link closes it.
	Socket *net.UDPConn
	// MaxDatagram bounds one datagram in bytes; longer messages go over the
	// connection. A network splits what is longer than about 1400 bytes, and
	// loses all of it with any part. 0 means 65507, the most there is.
	MaxDatagram int
	// SocketBuffer asks the kernel for so many bytes in each direction, of which
	// it may give less. 0 means 4 MiB.
	SocketBuffer int
}

// Validate reports what makes no sense for any node.
func (c UDPConfig) Validate() error {
	switch {
	case c.TLS != nil:
		return errors.New("udp: datagrams carry no certificates; with TLS use tcp")
	case c.MaxDatagram < 0 || c.MaxDatagram > largestDatagram || c.MaxDatagram > 0 && c.MaxDatagram <= datagramHeader:
		return fmt.Errorf("udp: datagrams of %d bytes: want more than %d and at most %d; 0 chooses the most", c.MaxDatagram, datagramHeader, largestDatagram)
	case c.SocketBuffer < 0:
		return fmt.Errorf("udp: socket buffer of %d bytes: must not be negative; 0 chooses the default", c.SocketBuffer)
	}
	return c.TCPConfig.Validate()
}

// ListenUDP connects n as [ListenTCP] does, but sends what fits into a datagram
// as one. Datagrams may be lost and arrive in any order, more than once, or
// ahead of a longer message. A peer's are taken only from where the peer is, and
// only after it has greeted by the connection, whose hello has a number that its
// datagrams repeat; whoever can read the network can forge them.
func ListenUDP(cfg UDPConfig, n *quorate.Node) (Link, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	l, err := openTCP(cfg.TCPConfig, n)
	if err != nil {
		return nil, err
	}
	if l.grams, err = newDatagrams(l, cfg); err != nil {
		l.listener.Close()
		return nil, err
	}
	l.start()
	return l, nil
}

// openSocket opens the socket on the port where the listener is.
func openSocket(l *tcpLink, cfg UDPConfig) (*net.UDPConn, error) {
	socket := cfg.Socket
	if socket == nil {
		at, ok := l.listener.Addr().(*net.TCPAddr)
		if !ok {
			return nil, fmt.Errorf("node %v: udp: the listener is on %v, which has no port; give a socket as well", l.id, l.listener.Addr())
		}
		var err error
		if socket, err = net.ListenUDP("udp", &net.UDPAddr{IP: at.IP, Port: at.Port, Zone: at.Zone}); err != nil {
			return nil, fmt.Errorf("node %v: listen for datagrams on %v: %w", l.id, at, err)
		}
	}
	size := cmp.Or(cfg.SocketBuffer, 4<<20)
	if err := errors.Join(socket.SetReadBuffer(size), socket.SetWriteBuffer(size)); err != nil {
		l.log.Warn("socket buffers stay as they are", "wanted", size, "reason", err)
	}
	if got := receiveBuffer(socket); got > 0 && got < size {
		l.log.Info("the kernel gives datagrams less room than wanted: a burst may overflow it; on Linux see net.core.rmem_max", "wanted", size, "given", got)
	}
	return socket, nil
}

// LoopbackUDP is [Loopback] for nodes that use datagrams: each port is taken for
// them, too.
func LoopbackUDP(ids ...quorate.ID) (map[quorate.ID]net.Listener, map[quorate.ID]*net.UDPConn, map[quorate.ID]string, error) {
	for try := 1; ; try++ {
		listeners, addresses, err := Loopback(ids...)
		if err != nil {
			return nil, nil, nil, err
		}
		sockets := map[quorate.ID]*net.UDPConn{}
		for _, id := range ids {
			port := listeners[id].Addr().(*net.TCPAddr).Port
			if sockets[id], err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}); err != nil {
				delete(sockets, id)
				err = fmt.Errorf("open a loopback socket for node %v: %w", id, err)
				break
			}
		}
		if err == nil {
			return listeners, sockets, addresses, nil
		}
		for id, ln := range listeners { // unordered: all are closed
			ln.Close()
			if sockets[id] != nil {
				sockets[id].Close()
			}
		}
		if try == 10 { // somebody has a port for datagrams that was free for connections, ten times
			return nil, nil, nil, err
		}
	}
}
