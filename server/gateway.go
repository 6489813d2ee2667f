package server

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/transport"
	"github.com/quorate/quorate/wire"
)

// ErrNoHistory is returned by [Node.History] if the replicated object keeps no
// versions that could be asked for.
var ErrNoHistory = errors.New("the replicated object has no history")

// gateway passes requests of this process to its node: those of a session of
// its own, and single ones that other clients have numbered.
type gateway struct {
	id     quorate.ID
	link   client.Link
	own    *client.Client // nil if the session could not be made
	reply  func(from quorate.ID, r quorate.Reply)
	me     quorate.Client // the session
	leader atomic.Uint32  // last heard of

	mu       sync.Mutex
	attempts uint8
	open     map[quorate.CommandID]*submission // an entry goes when nobody waits for it
	closed   bool
}

// submission is a numbered request under way and all that wait for it.
type submission struct {
	command quorate.Command
	attempt uint8
	waiting int
	done    chan struct{} // closed when reply is valid
	reply   quorate.Reply // Status zero: the node has ended
}

// openGateway attaches a gateway to n.
func openGateway(n *Node) (*gateway, error) {
	g := &gateway{id: n.id, me: drawSession(), open: map[quorate.CommandID]*submission{}}
	cfg := client.Config{Nodes: []quorate.ID{n.id}, Session: g.me, Busy: busy, AttemptTimeout: patience}
	var err error
	g.own, err = client.New(cfg, func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		g.reply = onReply
		link, err := n.Attach(g.onReply, func(node quorate.ID) {
			onLost(node)
			g.lose()
		})
		g.link = link
		return g, err
	})
	return g, err
}

// patience is how long an attempt of the gateway's own session waits. Its link
// loses nothing, so a second one would only tell the node what it knows.
const patience = time.Minute

func drawSession() quorate.Client {
	var b [8]byte
	crand.Read(b[:])                                            // never fails
	return quorate.Client(binary.NativeEndian.Uint64(b[:])) | 1 // never zero
}

// busy reports whether a link has no room just now.
func busy(err error) bool { return errors.Is(err, transport.ErrQueueFull) }

// Send implements [client.Link].
func (g *gateway) Send(to quorate.ID, r quorate.Request) error { return g.link.Send(to, r) }

// farewell is how much earlier than a submission's client the node gives up, as in
// [client.Config].
const farewell = 150 * time.Millisecond

// Close implements [client.Link].
func (g *gateway) Close() error {
	g.lose()
	return g.link.Close()
}

// lose ends what waits for the node.
func (g *gateway) lose() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, s := range g.open { // unordered: each is told on its own
		close(s.done)
	}
	g.open = nil
}

func (g *gateway) onReply(from quorate.ID, r quorate.Reply) {
	if r.Leader != 0 {
		g.leader.Store(uint32(r.Leader))
	}
	if r.Client == g.me {
		g.reply(from, r)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	id := quorate.CommandID{Client: r.Client, Seq: r.Seq}
	s := g.open[id]
	if s == nil || r.Status != quorate.Done && r.Attempt != s.attempt {
		return // nobody waits, or it refuses an earlier attempt
	}
	s.reply = r
	close(s.done)
	delete(g.open, id)
}

// join finds or makes the submission of a command. Two that wait for the same
// command share one request.
func (g *gateway) join(r *quorate.Request) (s *submission, first bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	id := r.Command.ID()
	s = g.open[id]
	switch {
	case g.closed:
		return nil, false, ErrStopped
	case s == nil:
		g.attempts++
		s, first = &submission{command: r.Command, attempt: g.attempts, done: make(chan struct{})}, true
		g.open[id] = s
	case !s.command.Equal(&r.Command):
		return nil, false, nil
	}
	s.waiting++
	return s, first, nil
}

// leave gives up waiting for s.
func (g *gateway) leave(s *submission) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s.waiting--; s.waiting == 0 && g.open[s.command.ID()] == s {
		delete(g.open, s.command.ID())
	}
}

// submit makes one attempt at a numbered command.
func (g *gateway) submit(ctx context.Context, r quorate.Request) (quorate.Reply, error) {
	if r.Command.Client == g.me { // a stranger who took the number of the gateway's own session
		return refusal(&r, quorate.ReasonInvalid), nil
	}
	s, first, err := g.join(&r)
	switch {
	case err != nil:
		return quorate.Reply{}, ended(&r, g.id, quorate.NotExecuted, client.EndClosed, err)
	case s == nil: // one number for two commands
		return refusal(&r, quorate.ReasonInvalid), nil
	}
	defer g.leave(s)
	if first {
		r.Attempt = s.attempt
		asked := r
		asked.Timeout -= min(r.Timeout/4, farewell)
		if err := g.link.Send(g.id, asked); err != nil {
			return g.unsent(&r, err)
		}
	}
	timer := time.NewTimer(r.Timeout)
	defer timer.Stop()
	select {
	case <-s.done:
		if s.reply.Status == 0 {
			return quorate.Reply{}, ended(&r, g.id, quorate.Unknown, client.EndClosed, ErrStopped)
		}
		return s.reply, nil
	case <-timer.C:
		return quorate.Reply{}, ended(&r, g.id, quorate.Unknown, client.EndDeadline, context.DeadlineExceeded)
	case <-ctx.Done():
		return quorate.Reply{}, ended(&r, g.id, quorate.Unknown, client.EndCancelled, ctx.Err())
	}
}

// unsent tells all that wait for r that it did not leave.
func (g *gateway) unsent(r *quorate.Request, err error) (quorate.Reply, error) {
	reason := quorate.ReasonStopping
	switch {
	case errors.Is(err, wire.ErrTooLarge):
		reason = quorate.ReasonTooLarge
	case busy(err):
		reason = quorate.ReasonOverloaded
	}
	reply := refusal(r, reason)
	g.onReply(g.id, reply)
	return reply, nil
}

// refusal is how the node would have refused r.
func refusal(r *quorate.Request, reason quorate.Reason) quorate.Reply {
	return quorate.Reply{Client: r.Command.Client, Seq: r.Command.Seq, Attempt: r.Attempt, Status: quorate.NotExecuted, Reason: reason}
}

// ended is the error of a request that no reply has answered.
func ended(r *quorate.Request, node quorate.ID, status quorate.Status, end client.End, cause error) error {
	op := client.Op{Kind: r.Command.Op, Key: r.Command.Key, Value: r.Command.Value, Version: r.Command.Version, Read: r.Read}
	return &client.Error{Op: op, Outcome: client.Outcome{Status: status, End: end, Attempts: 1, Node: node}, Cause: cause}
}

// Attach makes a client's link to the node, without a socket; see
// [transport.Attacher]. It ends with the node, or when it is closed.
func (n *Node) Attach(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
	a, ok := n.link.(transport.Attacher)
	if !ok {
		return nil, fmt.Errorf("attach to node %v: its link, a %T, takes no clients of its own process", n.id, n.link)
	}
	return a.Attach(onReply, onLost), nil
}
