package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/quorate/quorate"
)

// peer is the outgoing side to one member: a queue, and a connection that is
// made again whenever it breaks.
type peer struct {
	link  *tcpLink
	index int
	id    quorate.ID
	addr  string
	queue *outQueue
	nudge chan struct{} // holds a token when the peer has shown up: dial at once
	last  string        // the last failure logged
}

func newPeer(l *tcpLink, index int, id quorate.ID) *peer {
	return &peer{
		link: l, index: index, id: id, addr: l.cfg.Addresses[id],
		queue: newOutQueue(l.cfg.PeerQueue), nudge: make(chan struct{}, 1),
	}
}

// run keeps the peer connected until the link closes. From a failure to the
// next attempt the queue is shut: a peer that comes back needs no old messages.
func (p *peer) run() {
	l, retry := p.link, p.link.cfg.backoff()
	for l.ctx.Err() == nil {
		who, changes, ok := l.intro.wait(l.ctx)
		if !ok {
			return
		}
		conn, err := p.dial(who)
		if err == nil {
			retry.reset()
			p.last = ""
			l.count.connects.Add(1)
			if l.grams != nil {
				l.grams.reached(p.index, conn.RemoteAddr(), who)
			}
			err = p.serve(conn, changes)
		} else if l.grams != nil {
			l.grams.unreachable(p.index)
		}
		l.count.down.Add(uint64(p.queue.setShut(true)))
		if errors.Is(err, errChanged) {
			if l.grams != nil {
				l.grams.unreachable(p.index)
			}
			p.queue.setShut(false)
			continue
		}
		p.report(err)
		if !retry.wait(l.ctx, p.nudge) {
			return
		}
		p.queue.setShut(false)
	}
}

// report logs a failure unless it is the same as the one before.
func (p *peer) report(err error) {
	l := p.link
	if l.ctx.Err() != nil {
		return
	}
	refused := errors.Is(err, errRefused) || errors.Is(err, ErrDisagree)
	if refused {
		l.count.refused.Add(1)
	}
	if err.Error() == p.last {
		return
	}
	p.last = err.Error()
	if refused || errors.Is(err, errMalformed) {
		l.log.Warn("connection refused", "peer", p.id, "remote", p.addr, "reason", err)
		return
	}
	l.log.Info("peer is not connected", "peer", p.id, "remote", p.addr, "reason", err)
}

// dial connects and greets.
func (p *peer) dial(who quorate.Hello) (net.Conn, error) {
	me := p.link.me.as(who)
	me.To = p.id
	from := net.Dialer{LocalAddr: source(p.link.listener.Addr(), p.addr)}
	conn, _, _, err := dial(p.link.ctx, from, p.addr, p.link.cfg.TCPTiming, p.link.cfg.TLS, me)
	return conn, err
}

// source returns where a member that listens at own calls a peer at addr from; nil
// leaves it to the system. On the loopback interface a member with an address of its own
// calls from that one, so that packet filters can tell the members apart.
func source(own net.Addr, addr string) net.Addr {
	at, ok := own.(*net.TCPAddr)
	host, _, err := net.SplitHostPort(addr)
	if !ok || err != nil {
		return nil
	}
	first, to := net.IPv4(127, 0, 0, 1), net.ParseIP(host)
	if !at.IP.IsLoopback() || at.IP.To4() == nil || at.IP.Equal(first) || !to.IsLoopback() || to.To4() == nil {
		return nil
	}
	return &net.TCPAddr{IP: at.IP}
}

// dial connects to addr and exchanges greetings, within the time for a hello.
// It returns the other end's, and a reader of what follows.
func dial(ctx context.Context, from net.Dialer, addr string, t TCPTiming, secure *TLSConfig, me hello) (net.Conn, hello, *frameReader, error) {
	ctx, cancel := context.WithTimeout(ctx, t.HelloTimeout)
	defer cancel()
	raw, err := from.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, hello{}, nil, err
	}
	tune(raw, t)
	unhook := context.AfterFunc(ctx, func() { raw.Close() })
	conn, theirs, frames, err := introduce(ctx, raw, secure, me)
	if !unhook() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		raw.Close()
		return nil, hello{}, nil, fmt.Errorf("greet %s: %w", addr, err)
	}
	return conn, theirs, frames, nil
}

// introduce makes a dialled connection secure, if it is to be, and greets.
func introduce(ctx context.Context, raw net.Conn, secure *TLSConfig, me hello) (net.Conn, hello, *frameReader, error) {
	conn := raw
	if secure != nil {
		var err error
		if conn, err = secure.client(ctx, raw, me); err != nil {
			return nil, hello{}, nil, err
		}
	}
	theirs, frames, err := greet(conn, me)
	return conn, theirs, frames, err
}

// errChanged is why a connection ends on which the node greeted as somebody that
// it is no more. What is sent on it is still that one's.
var errChanged = errors.New("the node greets anew")

// serve writes what is queued until the connection breaks, or until the node is
// somebody else than it greeted as. Nothing comes back on it: a read that returns
// tells that it broke.
func (p *peer) serve(conn net.Conn, changes <-chan struct{}) error {
	defer context.AfterFunc(p.link.ctx, func() { conn.Close() })()
	var wg sync.WaitGroup
	broken := make(chan struct{})
	var readErr error
	wg.Go(func() {
		defer close(broken)
		if n, err := conn.Read(make([]byte, 1)); n > 0 {
			readErr = fmt.Errorf("%w: the peer talks on a connection that is not its own", errMalformed)
		} else {
			readErr = err
		}
	})
	wg.Go(func() {
		select {
		case <-changes:
			conn.Close()
		case <-broken:
		}
	})
	err := p.queue.writeTo(conn, p.link.cfg.WriteTimeout, &p.link.count, broken)
	conn.Close()
	wg.Wait()
	p.link.count.lost.Add(1)
	select {
	case <-changes:
		return errChanged
	default:
	}
	if err == nil {
		err = readErr
	}
	return fmt.Errorf("connection broke: %w", err)
}
