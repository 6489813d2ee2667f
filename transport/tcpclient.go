package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"

	"github.com/quorate/quorate"
)

// TCPClientConfig tunes a [TCPClient]. Only Addresses is required.
type TCPClientConfig struct {
	// Addresses are the host:port of the nodes.
	Addresses map[quorate.ID]string
	// Queue bounds the bytes that may wait for one node. 0 means 1 MiB.
	Queue int
	// MaxRequest bounds one encoded request in bytes. A node that takes less says
	// so when it is greeted, and is sent no more. 0 means 2 MiB.
	MaxRequest int
	// MaxFrame bounds one encoded reply in bytes. 0 means 4 MiB.
	MaxFrame int
	// TLS secures the connections; nil is plain text.
	TLS *TLSConfig
	// Zone is where the client lies, and Distances say how far it is to the nodes:
	// it holds back what it sends and what it is sent. Nil is not at all.
	Zone      int
	Distances *Distances
	// Timing of connections.
	TCPTiming
	// Logger gets a line for each connection refused or lost; nil is silent.
	Logger *slog.Logger
}

// Validate reports what makes no sense.
func (c TCPClientConfig) Validate() error {
	if len(c.Addresses) == 0 {
		return errors.New("tcp client: no addresses; give host:port of at least one node")
	}
	if c.Queue < 0 || c.MaxRequest < 0 || c.MaxFrame < 0 {
		return fmt.Errorf("tcp client: queue %d, request %d, frame %d: none may be negative; 0 chooses the default", c.Queue, c.MaxRequest, c.MaxFrame)
	}
	return errors.Join(c.TLS.Validate(), c.TCPTiming.Validate(), c.Distances.Validate())
}

// TCPClient is a client's connections to the nodes of a cluster, one a node,
// made at first use and made again in the background when it breaks. Safe for
// concurrent use.
type TCPClient struct {
	cfg     TCPClientConfig
	log     *slog.Logger
	codec   *clientWire
	onReply func(quorate.ID, quorate.Reply)
	onLost  func(quorate.ID)
	calling sync.Mutex // held around callbacks
	cork    cork       // of what they send
	scratch sync.Pool
	count   counters
	lines   lines[clientFlight]

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex
	nodes map[quorate.ID]*clientNode
}

// clientNode is the connection to one node.
type clientNode struct {
	client *TCPClient
	id     quorate.ID
	addr   string
	queue  *outQueue    // shut while the next dial is not due
	limit  atomic.Int64 // bytes of a request
	open   atomic.Int64 // requests not answered, about
	out    *line[clientFlight]
	in     *line[clientFlight] // both nil where nothing is held back

	problem atomic.Pointer[error] // why it is not connected, nil while it is
}

// DialTCP returns a client of the nodes at the given addresses; it connects
// when it first sends. onReply gets the replies. onLost is told when a
// connection broke, or could not be made although something was sent: what was
// sent to that node and not answered before will not be answered. Callbacks
// run one at a time and must not block: what is sent meanwhile may leave when they
// have returned. Either may be nil.
func DialTCP(cfg TCPClientConfig, onReply func(from quorate.ID, r quorate.Reply), onLost func(node quorate.ID)) (*TCPClient, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	codec, err := newClientWire()
	if err != nil {
		return nil, err
	}
	cfg.TCPTiming = cfg.TCPTiming.withDefaults()
	if cfg.Queue == 0 {
		cfg.Queue = 1 << 20
	}
	if cfg.MaxRequest == 0 {
		cfg.MaxRequest = maxRequest
	}
	if cfg.MaxFrame == 0 {
		cfg.MaxFrame = 4 << 20
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c := &TCPClient{cfg: cfg, log: cfg.Logger, codec: codec, onReply: onReply, onLost: onLost, nodes: map[quorate.ID]*clientNode{}}
	c.scratch.New = func() any { return new([]byte) }
	c.lines = lines[clientFlight]{of: cfg.Distances, arrive: clientFlight.arrive, size: clientFlight.size}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c, nil
}

// Send queues r for a node and returns at once. An error means that it was not
// sent; where a retry elsewhere makes sense it wraps [ErrNotConnected],
// [ErrQueueFull] or [ErrClosed], where none does [wire.ErrTooLarge].
func (c *TCPClient) Send(to quorate.ID, r quorate.Request) error {
	n, err := c.node(to)
	if err != nil {
		return fmt.Errorf("send request to node %v: %w", to, err)
	}
	scratch := c.scratch.Get().(*[]byte)
	defer c.scratch.Put(scratch)
	frame, err := c.codec.appendRequest((*scratch)[:0], &r, int(n.limit.Load()))
	if err != nil {
		return fmt.Errorf("send request to node %v: %w", to, err)
	}
	*scratch = frame
	if err := n.send(frame); err != nil {
		return fmt.Errorf("send request to node %v: %w", to, err)
	}
	return nil
}

// node returns the connection to a node, which begins with its first use.
func (c *TCPClient) node(id quorate.ID) (*clientNode, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return nil, ErrClosed
	}
	if n, ok := c.nodes[id]; ok {
		return n, nil
	}
	addr, ok := c.cfg.Addresses[id]
	if !ok {
		return nil, fmt.Errorf("its address is not known: %w", ErrNotConnected)
	}
	n := &clientNode{client: c, id: id, addr: addr, queue: newOutQueue(c.cfg.Queue)}
	n.out, n.in = c.lines.between(c.cfg.Zone, id.Zone()), c.lines.between(id.Zone(), c.cfg.Zone)
	n.limit.Store(int64(c.cfg.MaxRequest))
	c.nodes[id] = n
	c.wg.Go(n.run)
	return n, nil
}

// Stats returns the counters so far.
func (c *TCPClient) Stats() Stats { return c.count.read() }

// Problems says why nodes are not connected that were asked for.
func (c *TCPClient) Problems() map[quorate.ID]error {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[quorate.ID]error{}
	for id, n := range c.nodes {
		if problem := n.problem.Load(); problem != nil {
			found[id] = *problem
		}
	}
	return found
}

// Close ends all connections. When it returns, no callback runs any more; so
// it must not be called from one.
func (c *TCPClient) Close() error {
	c.mu.Lock()
	c.cancel()
	c.mu.Unlock()
	c.wg.Wait()
	c.count.down.Add(uint64(c.lines.close()))
	return nil
}

// run keeps the node connected until the client closes.
func (n *clientNode) run() {
	c := n.client
	retry := c.cfg.backoff()
	me := hello{Version: version, Kind: kindClient, To: n.id, Messages: describe(c.codec.Codec)}
	for last := ""; ; n.queue.setShut(false) {
		conn, theirs, frames, err := dial(c.ctx, net.Dialer{}, n.addr, c.cfg.TCPTiming, c.cfg.TLS, me)
		connected := err == nil
		if connected {
			retry.reset()
			last = ""
			c.count.connects.Add(1)
			n.problem.Store(nil)
			if theirs.Request > 0 {
				n.limit.Store(int64(min(theirs.Request, c.cfg.MaxRequest)))
			}
			err = n.serve(conn, frames)
			c.count.lost.Add(1)
		} else if errors.Is(err, errRefused) {
			c.count.refused.Add(1)
		}
		n.problem.Store(&err)
		waiting := n.queue.setShut(true)
		c.count.down.Add(uint64(waiting))
		if c.ctx.Err() != nil {
			return
		}
		if err.Error() != last {
			last = err.Error()
			c.log.Info("node is not connected", "node", n.id, "remote", n.addr, "reason", err)
		}
		if connected || waiting > 0 {
			n.lose()
		}
		if !retry.wait(c.ctx, nil) {
			return
		}
	}
}

// serve writes requests and reads replies until the connection breaks.
func (n *clientNode) serve(conn net.Conn, frames *frameReader) error {
	c := n.client
	n.open.Store(0)
	defer context.AfterFunc(c.ctx, func() { conn.Close() })()
	var wg sync.WaitGroup
	ended := make(chan struct{})
	wg.Go(func() {
		if err := n.queue.writeTo(conn, c.cfg.WriteTimeout, &c.count, ended); err != nil {
			conn.Close()
		}
	})
	frames.limit = c.cfg.MaxFrame
	frames.watch(conn, c.cfg.FrameTimeout)
	err := n.read(frames)
	close(ended)
	conn.Close()
	wg.Wait()
	return fmt.Errorf("connection broke: %w", err)
}

// read hands replies to the callback, those that arrived together under one lock.
func (n *clientNode) read(frames *frameReader) error {
	for {
		frame, err := frames.next()
		if err != nil {
			return err
		}
		if err := n.tell(frames, frame); err != nil {
			n.client.count.malformed.Add(1)
			return err
		}
	}
}

// tell hands on a reply and those that came with it. What the callbacks send leaves
// together; not all of it at the end, so that the node has something to do.
func (n *clientNode) tell(frames *frameReader, frame []byte) error {
	c := n.client
	c.calling.Lock()
	defer c.calling.Unlock()
	c.cork.put()
	defer c.cork.pull()
	for i := 1; ; i++ {
		if i%256 == 0 {
			c.cork.pull()
			c.cork.put()
		}
		r, err := c.codec.decodeReply(frame)
		if err != nil {
			return err
		}
		c.count.receivedBytes.Add(uint64(frameHeader + len(frame)))
		n.answered()
		switch {
		case n.in == nil:
			n.tellReply(r)
		case !n.in.add(clientFlight{node: n, reply: r, bytes: len(frame)}):
			c.count.queue.Add(1)
		}
		if !frames.ready() {
			return nil
		}
		if frame, err = frames.next(); err != nil {
			return err
		}
	}
}
