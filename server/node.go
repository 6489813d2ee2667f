package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// NodeConfig says what a live node consists of. ID, Cluster, New, Join and
// Journal are required.
type NodeConfig struct {
	ID      quorate.ID
	Cluster *quorate.Cluster
	// New builds the replica.
	New quorate.Constructor
	// Machine builds the replicated object. Nil is the built-in store.
	Machine func() quorate.StateMachine
	// Once configures the outcome tables around it.
	Once quorate.OnceConfig
	// Seed is of the node's generator.
	Seed uint64
	// Incarnation is 64 random bits, drawn for each start, and Init says that an
	// empty journal is that of a new cluster's member; see [quorate.NodeConfig].
	// With an incarnation and without Init a node with an empty journal is a
	// learner: it has lost its disk.
	Incarnation uint64
	Init        bool
	// Observer receives what the replica observes, on the node's loop.
	Observer func(quorate.Event)
	// Journal has the node's durable records. The node closes it.
	Journal quorate.Journal
	// Join connects the node, whose handlers are registered, to the network.
	Join func(n *quorate.Node) (transport.Link, error)
	// Clock is the node's clock, see [transport.LoopConfig].
	Clock func() time.Duration
	// Logger gets a line when the node fails; nil is silent.
	Logger *slog.Logger
}

// Validate reports what is missing.
func (c NodeConfig) Validate() error {
	switch {
	case c.New == nil:
		return fmt.Errorf("node %v: New is missing: give the protocol's constructor", c.ID)
	case c.Join == nil:
		return fmt.Errorf("node %v: Join is missing: give what connects it to a network", c.ID)
	case c.Journal == nil:
		return fmt.Errorf("node %v: Journal is missing: give at least one in memory", c.ID)
	}
	return c.Once.Validate()
}

// Node is one live node. Safe for concurrent use.
type Node struct {
	id      quorate.ID
	host    *quorate.Node // touched on the loop only
	link    transport.Link
	journal quorate.Journal
	loop    *transport.Loop
	replica quorate.Replica
	app     *quorate.Once
	machine quorate.StateMachine // within app
	doors   doors
	log     *slog.Logger
	stop    context.CancelFunc
	named   chan struct{} // closed when its identity is on disk
	done    chan struct{}
	err     error // valid once done is closed
}

// ErrStopped is wrapped by what is asked of a node that does not run.
var ErrStopped = errors.New("node does not run")

// StartNode starts a node and returns when it has recovered its records, and
// when who it is, is on disk. Whatever becomes of it, the journal is closed in
// the end.
func StartNode(cfg NodeConfig) (*Node, error) {
	n, err := build(cfg)
	if err != nil {
		if cfg.Journal != nil {
			cfg.Journal.Close()
		}
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop
	go n.run(ctx)
	if err := n.loop.Do(ctx, func() {}); err != nil { // the loop takes calls once it has recovered
		<-n.done
		return nil, fmt.Errorf("start node %v: %w", n.id, n.err)
	}
	select {
	case <-n.named:
		return n, nil
	case <-n.done:
		return nil, fmt.Errorf("start node %v: %w", n.id, n.err)
	}
}

func build(cfg NodeConfig) (*Node, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	host, err := quorate.NewNode(quorate.NodeConfig{
		ID: cfg.ID, Cluster: cfg.Cluster, Seed: cfg.Seed, Observer: cfg.Observer, Incarnation: cfg.Incarnation, Init: cfg.Init,
	})
	if err != nil {
		return nil, err
	}
	if cfg.Machine == nil {
		cfg.Machine = func() quorate.StateMachine { return quorate.NewKV(quorate.KVConfig{}) }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	n := &Node{id: cfg.ID, host: host, journal: cfg.Journal, machine: cfg.Machine(), log: cfg.Logger, named: make(chan struct{}), done: make(chan struct{})}
	if cfg.Incarnation == 0 {
		close(n.named)
	} else {
		first := sync.OnceFunc(func() { close(n.named) })
		host.OnIdentity(func(quorate.Hello) { first() })
	}
	n.app = quorate.NewOnce(n.machine, cfg.Once)
	if n.replica, err = cfg.New(host, n.app); err != nil {
		return nil, fmt.Errorf("build the replica of node %v: %w", cfg.ID, err)
	}
	if n.link, err = cfg.Join(host); err != nil {
		return nil, err
	}
	n.loop = transport.NewLoop(host, n.link, cfg.Journal, transport.LoopConfig{Clock: cfg.Clock, Logger: cfg.Logger})
	return n, nil
}

// run is the node's life. When it ends, by whatever cause, the node is off the
// network, so that peers and clients need not wait for a silent one.
func (n *Node) run(ctx context.Context) {
	defer close(n.done)
	defer n.stop()
	n.err = n.loop.Run(ctx)
	n.link.Close()
	n.shut()
	if err := n.journal.Close(); n.err == nil {
		n.err = err
	}
	if n.err != nil && !errors.Is(n.err, transport.ErrStopped) {
		n.log.Error("node failed", "node", n.id, "reason", n.err)
	}
}

// ID returns the replica's ID.
func (n *Node) ID() quorate.ID { return n.id }

// Done is closed when the node has ended.
func (n *Node) Done() <-chan struct{} { return n.done }

func (n *Node) running() bool {
	select {
	case <-n.done:
		return false
	default:
		return true
	}
}

// Err returns why the node failed; nil while it runs and after an orderly end.
func (n *Node) Err() error {
	if n.running() || errors.Is(n.err, transport.ErrStopped) { // killed
		return nil
	}
	return n.err
}

// Inspect runs f on the node's loop, between rounds. f must not block and must
// not keep what it is given.
func (n *Node) Inspect(ctx context.Context, f func(r quorate.Replica, app *quorate.Once)) error {
	err := n.loop.Do(ctx, func() { f(n.replica, n.app) })
	if errors.Is(err, transport.ErrStopped) {
		err = fmt.Errorf("inspect node %v: %w", n.id, ErrStopped)
		if cause := n.Err(); cause != nil {
			err = fmt.Errorf("%w: %w", err, cause)
		}
	}
	return err
}

// Report returns the replica's view of itself. The role of a node that lost its
// disk is learner.
func (n *Node) Report(ctx context.Context) (quorate.Report, error) {
	o, err := n.Overview(ctx)
	return o.Report, err
}

// Faults returns the control of the node's outgoing directions.
func (n *Node) Faults() *transport.Faults { return n.link.Faults() }

// NodeStats are a node's counters since it started.
type NodeStats struct {
	Link transport.Stats
	Loop transport.LoopStats
}

// Stats returns the counters so far.
func (n *Node) Stats() NodeStats { return NodeStats{n.link.Stats(), n.loop.Stats()} }

// Drain refuses requests from now on, as stopping, and waits until those under
// way have ended, until the node has, or until ctx is done, whose error it then
// returns. [Node.Close] ends the node.
func (n *Node) Drain(ctx context.Context) error {
	n.loop.Drain()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := n.Report(ctx)
		if err == nil && r.Pending == 0 || errors.Is(err, ErrStopped) {
			return nil
		}
		select {
		case <-tick.C:
		case <-n.done:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("drain node %v: %d requests are still under way: %w", n.id, r.Pending, ctx.Err())
		}
	}
}

// Kill ends the node as a crash would: from now on nothing leaves, nothing is
// flushed, and a sync in flight may or may not have happened. It returns when
// the node has ended.
func (n *Node) Kill() {
	n.loop.Kill()
	<-n.done
}

// Close ends the node in order: what waits for the sync in flight still
// leaves. It returns why the node failed before, if it did.
func (n *Node) Close() error {
	n.stop()
	<-n.done
	return n.Err()
}
