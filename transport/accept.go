package transport

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate"
)

// accept takes connections until the link closes.
func (l *tcpLink) accept() {
	retry := l.cfg.backoff()
	for {
		conn, err := l.listener.Accept()
		if l.ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return
		}
		if err != nil { // out of descriptors, most likely
			l.log.Error("accept failed", "reason", err)
			if !retry.wait(l.ctx, nil) {
				return
			}
			continue
		}
		retry.reset()
		gone, ok := l.conns.add(conn)
		if !ok {
			conn.Close()
			return
		}
		if gone != nil {
			l.refuse(gone, hello{}, fmt.Errorf("%w: more than %d connections have not said hello yet, and it is the oldest", errRefused, l.conns.limit))
		}
		l.wg.Go(func() {
			defer l.conns.drop(conn)
			l.receive(conn)
		})
	}
}

// receive greets whoever connected and takes messages until the connection ends.
func (l *tcpLink) receive(raw net.Conn) {
	tune(raw, l.cfg.TCPTiming)
	_ = raw.SetDeadline(time.Now().Add(l.cfg.HelloTimeout)) // fails only if raw is closed
	conn, theirs, frames, err := l.greeted(raw)
	switch {
	case errors.Is(err, errPlain) || errors.Is(err, errTLS):
		l.refuse(raw, theirs, err)
		turnAway(raw, l.me, err)
		return
	case err != nil:
		l.ended(raw, theirs, err)
		return
	case theirs.Refusal != "": // it has looked at this end's certificate
		l.refuse(conn, theirs, fmt.Errorf("%w: %s", errRefused, clip(strings.TrimPrefix(theirs.Refusal, errRefused.Error()+": "))))
		return
	}
	if l.cfg.TLS != nil {
		if err := l.cfg.TLS.judge(conn, l.id, theirs); err != nil {
			l.answer(conn, hello{Version: version, Kind: kindPeer, From: l.id}, theirs, err) // strangers learn no more
			return
		}
	}
	switch theirs.Kind {
	case kindPeer:
		l.receivePeer(conn, theirs, frames)
	case kindClient:
		l.receiveClient(conn, theirs, frames)
	default:
		l.ended(conn, theirs, fmt.Errorf("%w: hello of unknown kind %s", errMalformed, clip(theirs.Kind)))
	}
}

// greeted makes the connection secure, if it is to be, and reads the hello.
func (l *tcpLink) greeted(raw net.Conn) (conn net.Conn, theirs hello, frames *frameReader, err error) {
	conn = raw
	if l.cfg.TLS != nil {
		if conn, err = l.cfg.TLS.server(l.ctx, raw); err != nil {
			return nil, hello{}, nil, err
		}
	}
	theirs, frames, err = readHello(conn)
	return conn, theirs, frames, err
}

// answer completes the greeting; why, if not nil, ends the connection.
func (l *tcpLink) answer(conn net.Conn, me, theirs hello, why error) bool {
	me.To = theirs.From
	if why != nil {
		l.refuse(conn, theirs, why)
		me.Refusal = why.Error()
	} else {
		l.conns.greeted(rawOf(conn))
	}
	if err := writeHello(conn, me); err != nil {
		if why == nil {
			l.ended(conn, theirs, err)
		}
		return false
	}
	_ = conn.SetDeadline(time.Time{})
	return why == nil
}

// refuse counts a connection that is not wanted. One that comes again and again
// is logged now and then.
func (l *tcpLink) refuse(conn net.Conn, theirs hello, why error) {
	if l.lines.fresh(theirs.who() + ": " + why.Error()) {
		l.tell(slog.LevelWarn, "connection refused", "remote", conn.RemoteAddr().String(), "claims", theirs.who(), "reason", why)
	}
	l.count.refused.Add(1)
}

// ended tells why a connection ended, if it should not have.
func (l *tcpLink) ended(conn net.Conn, theirs hello, err error) {
	if l.ctx.Err() != nil {
		return
	}
	if errors.Is(err, errNoRoom) {
		l.refuse(conn, theirs, err)
		return
	}
	if errors.Is(err, errMalformed) {
		l.tell(slog.LevelWarn, "connection closed", "remote", conn.RemoteAddr().String(), "claims", theirs.who(), "reason", err)
		l.count.malformed.Add(1)
		return
	}
	l.tell(slog.LevelInfo, "connection ended", "remote", conn.RemoteAddr().String(), "claims", theirs.who(), "reason", err)
}

// tell logs what strangers can bring about, within bounds.
func (l *tcpLink) tell(level slog.Level, text string, about ...any) {
	skipped, ok := l.lines.allow()
	if !ok {
		return
	}
	if skipped > 0 {
		about = append(about, "lines_skipped", skipped)
	}
	l.log.Log(l.ctx, level, text, about...)
}

func (l *tcpLink) receivePeer(conn net.Conn, theirs hello, frames *frameReader) {
	i, err := l.judgePeer(theirs)
	if err == nil {
		err = l.callers.enter(i, caller{conn, theirs.Process}, theirs.From)
	}
	if err == nil {
		defer l.callers.leave(i, conn)
		if l.grams != nil {
			l.grams.greeted(i, theirs, conn.RemoteAddr())
		}
	}
	if !l.answer(conn, l.me, theirs, err) {
		return
	}
	select { // it is up: there is no use in waiting to dial it
	case l.peers[i].nudge <- struct{}{}:
	default:
	}
	frames.limit = l.cfg.MaxFrame
	frames.watch(conn, l.cfg.FrameTimeout)
	if err = l.meet(theirs); err == nil {
		err = l.pump(frames, Delivery{From: theirs.From, Hello: theirs.is()}, l.codec, nil)
	}
	l.count.lost.Add(1)
	l.ended(conn, theirs, err)
}

// meet tells the node who has connected, so that it knows all members before
// they have anything to say.
func (l *tcpLink) meet(theirs hello) error {
	if theirs.is() != (quorate.Hello{}) && !l.inbox.Put(Delivery{From: theirs.From, Msg: theirs.is(), Hello: theirs.is()}) {
		return fmt.Errorf("%w: the inbox is full: no room for who calls", errRefused)
	}
	return nil
}

// judgePeer decides whether a node may send to this one, and returns its index.
func (l *tcpLink) judgePeer(theirs hello) (int, error) {
	if theirs.From == l.id {
		return -1, fmt.Errorf("%w: %w: process %x is called and process %x calls, both are node %v",
			errRefused, ErrTwoNodes, l.me.Process, theirs.Process, l.id)
	}
	if theirs.To != l.id {
		return -1, fmt.Errorf("%w: node %v expects node %v at this address, which is node %v", errRefused, theirs.From, theirs.To, l.id)
	}
	if err := l.me.differences(theirs); err != nil {
		return -1, fmt.Errorf("%w: %w", errRefused, err)
	}
	i := l.cluster.Index(theirs.From)
	if i < 0 {
		return -1, fmt.Errorf("%w: %v is a stranger to the cluster %v of node %v", errRefused, theirs.From, l.cluster, l.id)
	}
	return i, nil
}

// callers keeps which process of each member is connected to this node.
type callers struct {
	mu sync.Mutex
	by []caller // by member index
}

type caller struct {
	conn    net.Conn
	process uint64
}

// enter admits a member's connection. It takes the place of an older one of
// the same process; another process must leave first.
func (cs *callers) enter(i int, c caller, id quorate.ID) error {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	old := cs.by[i]
	if old.conn != nil && old.process != c.process {
		return fmt.Errorf("%w: %w: node %v is connected as process %x from %v, process %x comes from %v", errRefused, ErrTwoNodes,
			id, old.process, old.conn.RemoteAddr(), c.process, c.conn.RemoteAddr())
	}
	if old.conn != nil {
		old.conn.Close()
	}
	cs.by[i] = c
	return nil
}

func (cs *callers) leave(i int, conn net.Conn) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.by[i].conn == conn {
		cs.by[i] = caller{}
	}
}

// decoder reads messages.
type decoder interface {
	Decode(frame []byte) (any, error)
}

// asking is a client whose requests arrive.
type asking struct {
	seat *seat
	full func(quorate.Request) // is told what did not fit
}

// pump puts what arrives, from whom d says, into the inbox until the stream ends.
// Frames that arrived together go in together. from is the client who sends them, nil
// for a peer.
func (l *tcpLink) pump(frames *frameReader, d Delivery, c decoder, from *asking) error {
	var box []Delivery
	bytes := 0
	refused := func(d Delivery) {
		if from != nil {
			from.full(d.Msg.(quorate.Request))
		}
	}
	flush := func() {
		if from != nil && len(box) > 0 {
			from.seat.ask()
		}
		l.count.receivedBytes.Add(uint64(bytes))
		l.inbox.putAll(box, refused)
		clear(box)
		box, bytes = box[:0], 0
	}
	for {
		if len(box) > 0 && (!frames.ready() || len(box) == 256) {
			flush()
		}
		frame, err := frames.next()
		if err != nil {
			flush()
			return err
		}
		m, err := c.Decode(frame)
		if err != nil {
			flush()
			return fmt.Errorf("%w: message: %w", errMalformed, err)
		}
		if _, ok := m.(quorate.Request); !ok && from != nil {
			flush()
			return fmt.Errorf("%w: a client sent %T, only requests are welcome", errMalformed, m)
		}
		bytes += frameHeader + len(frame)
		d.Msg, d.size = m, len(frame)
		box = append(box, d)
	}
}
