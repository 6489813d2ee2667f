package daemon

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/server/rest"
	"github.com/quorate/quorate/transport"
)

// Daemon is a member of a cluster, with all its listeners. Safe for concurrent
// use.
type Daemon struct {
	cfg     Config
	cluster *quorate.Cluster
	log     *slog.Logger
	tcp     transport.TCPConfig
	room    room
	peers   door
	started time.Time
	open    func() (quorate.Journal, error)
	seat    *server.Seat
	clock   *server.Clock
	harm    admin.Harm // what can be made wrong

	clients, admin *httpDoor // nil if the file has no address for it
	rest           *rest.Handler
	operators      *admin.Handler

	mu       sync.Mutex
	node     *server.Node // nil while it is crashed
	away     state        // why it does not serve
	failure  error        // why it failed for good
	closing  bool
	finished error

	lives sync.WaitGroup // between a crash and the next start
	close sync.Once
	gone  chan struct{} // closed when a failed node has lingered, or the daemon closes
	done  chan struct{}
}

// Start starts a member and returns when it serves: its node has recovered its
// journal, and it listens wherever the file says. What it refuses, it refuses
// before anything is open to anybody.
func Start(cfg Config) (*Daemon, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	d := &Daemon{cfg: cfg.withDefaults(), started: time.Now(), gone: make(chan struct{}), done: make(chan struct{})}
	d.log, d.seat = d.cfg.Logger, server.NewSeat(cfg.ID)
	d.clock = server.NewClock(d.cfg.Clock)
	d.harm.Clock = d.clock
	var err error
	if d.cluster, err = cfg.File.Cluster(); err != nil {
		return nil, err
	}
	if d.tcp, err = cfg.limits(); err != nil {
		return nil, err
	}
	d.room = cfg.room(d.log)
	d.tcp.MaxClients, d.tcp.MaxStrangers = d.room.binary, d.room.strangers
	d.tcp.Logger, d.tcp.Seed, d.tcp.TLS = d.log, seed(), cfg.TLS
	d.peers, _ = doorOf(cfg.File, "address", cfg.File.Addresses, cfg.ID)
	d.tcp.Addresses = endpoints(cfg.File.Addresses)
	d.tcp.Addresses[cfg.ID] = d.peers.bind
	if err := d.openJournal(); err != nil {
		return nil, err
	}
	if err := d.openDoors(); err != nil {
		return nil, err
	}
	if err := d.startNode(true); err != nil {
		d.shutDoors()
		return nil, err
	}
	d.clients.serve()
	d.admin.serve()
	go d.end()
	return d, nil
}

// seed draws what generators start from.
func seed() uint64 {
	var b [8]byte
	crand.Read(b[:]) // never fails
	return binary.NativeEndian.Uint64(b[:])
}

// startNode starts the node from its journal; first says that it is the start of
// the process.
func (d *Daemon) startNode(first bool) error {
	j, err := d.open()
	if err != nil {
		return fmt.Errorf("open the journal of node %v: %w", d.cfg.ID, err)
	}
	cfg, err := d.nodeConfig(j, first)
	if err != nil {
		return errors.Join(err, j.Close())
	}
	n, err := server.StartNode(cfg)
	if err != nil {
		return err
	}
	d.warnLearner(n)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.node = n
	d.seat.Take(n)
	if !d.closing {
		d.away = serving
	}
	go d.watch(n)
	return nil
}

// warnLearner says loudly that a member does not vote, and what to do.
func (d *Daemon) warnLearner(n *server.Node) {
	o, err := n.Overview(context.Background()) // it answers, or has ended
	if err == nil && o.Identity.Learner {
		d.log.Warn("this member has lost its disk, or never had one: it learns, and does not vote. "+
			"Has its cluster lived before? Then wait until it has caught up, and run 'quorate admit'. "+
			"Is the cluster new? Then remove what is in the data directories, and start every member with --init",
			"node", d.cfg.ID, "data_dir", d.cfg.DataDir)
	}
}

// nodeConfig says what the node consists of. With Config.Init, what is in use is
// refused at the process' start: with such a flag in a script, a member whose
// disk was lost would vote, and has forgotten what it promised. Later an empty
// journal is that of a lost disk, whatever the flag says: the process started
// when its identity was on disk.
func (d *Daemon) nodeConfig(j quorate.Journal, first bool) (server.NodeConfig, error) {
	none, err := empty(j)
	switch {
	case err != nil:
		return server.NodeConfig{}, fmt.Errorf("read the journal of node %v: %w", d.cfg.ID, err)
	case d.cfg.Init && first && !none:
		return server.NodeConfig{}, fmt.Errorf("initialise node %v in %s: %w: it is in use, or was; start the member without --init, or give it another directory", d.cfg.ID, cmp.Or(d.cfg.DataDir, "memory"), ErrInit)
	}
	cfg := server.NodeConfig{
		ID: d.cfg.ID, Cluster: d.cluster, New: d.live, Once: d.cfg.File.Once(), Seed: seed(),
		Incarnation: seed() | 1, Init: d.cfg.Init && first,
		Machine: d.cfg.Machine,
		Journal: j, Join: d.join, Clock: d.clock.Now, Logger: d.log,
	}
	if d.cfg.Amnesia {
		cfg.Incarnation = 0
	}
	if d.operators != nil {
		cfg = d.operators.Instrument(cfg)
	}
	return cfg, nil
}

// join connects the node to its peers.
func (d *Daemon) join(n *quorate.Node) (transport.Link, error) {
	cfg := d.tcp
	ln, err := d.peers.listen()
	if err != nil {
		return nil, fmt.Errorf("node %v: %w", d.cfg.ID, err)
	}
	cfg.Listener = ln
	var link transport.Link
	if d.cfg.network() == "udp" {
		link, err = transport.ListenUDP(transport.UDPConfig{TCPConfig: cfg}, n)
	} else {
		link, err = transport.ListenTCP(cfg, n)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("node %v: %w", d.cfg.ID, d.peers.failed(err))
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return link, nil
}

// watch notes that a node has failed.
func (d *Daemon) watch(n *server.Node) {
	<-n.Done()
	if err := n.Err(); err != nil {
		d.fail(n, err)
	}
}

// fail notes why there will be no node any more, and lets the daemon linger.
func (d *Daemon) fail(n *server.Node, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing || d.failure != nil || d.node != n {
		return
	}
	d.failure, d.away = err, failed
	d.log.Error("member failed: it serves nobody until its process is started again", "node", d.cfg.ID, "reason", err, "exit_in", max(d.cfg.Linger, 0))
	time.AfterFunc(max(d.cfg.Linger, 0), d.leave)
}

func (d *Daemon) leave() { d.close.Do(func() { close(d.gone) }) }

// ID returns the member's ID.
func (d *Daemon) ID() quorate.ID { return d.cfg.ID }

// Cluster returns the membership.
func (d *Daemon) Cluster() *quorate.Cluster { return d.cluster }

// Protocol returns the protocol's name.
func (d *Daemon) Protocol() string { return d.cfg.Protocol }

// Started returns when the daemon was started.
func (d *Daemon) Started() time.Time { return d.started }

// Node returns the node that runs, or that failed; nil while it is crashed.
func (d *Daemon) Node() *server.Node {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.node
}

// Failure returns why the node failed for good, nil if it did not.
func (d *Daemon) Failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failure
}

// Done is closed when the daemon has ended: Close has returned, or the node
// failed and Config.Linger has passed.
func (d *Daemon) Done() <-chan struct{} { return d.done }

// Err returns, once Done is closed, why the daemon ended; nil after an orderly end.
func (d *Daemon) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.finished
}

// Close ends the daemon in order: it refuses what is asked from now on,
// finishes what is under way within Config.Grace, and closes the journal. It
// returns why the node had failed, if it had.
func (d *Daemon) Close() error {
	d.leave()
	<-d.done
	return d.Err()
}

// end waits until the daemon has to end, and ends it.
func (d *Daemon) end() {
	<-d.gone
	d.mu.Lock()
	d.closing, d.finished = true, d.failure
	if d.away != failed {
		d.away = stopping
	}
	d.mu.Unlock()
	d.lives.Wait()
	n := d.Node()
	ctx, cancel := context.WithTimeout(context.Background(), d.cfg.Grace)
	defer cancel()
	if d.rest != nil {
		d.rest.Stop()
	}
	if n != nil {
		if err := n.Drain(ctx); err != nil {
			d.log.Warn("stopping with requests under way", "node", d.cfg.ID, "reason", err)
		}
	}
	d.clients.drain(ctx)
	if n != nil {
		err := n.Close()
		d.mu.Lock()
		d.finished = err
		d.mu.Unlock()
	}
	d.shutDoors()
	close(d.done)
}
