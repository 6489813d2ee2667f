package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/transport"
)

// LocalConfig describes a cluster in this process. Only New is required.
type LocalConfig struct {
	// New builds each node's replica.
	New quorate.Constructor
	// Cluster is the membership. Nil is one zone of Nodes members.
	Cluster *quorate.Cluster
	// Nodes is the size of the cluster if Cluster is nil. Zero is 3.
	Nodes int
	// Transport is "chan", "tcp" or "udp": channels, or sockets on the loopback
	// interface, between members connections or datagrams. Empty is chan.
	Transport string
	// Share has all clients use one connection to each node: what they send at
	// the same time then travels together. On channels it changes nothing.
	Share bool
	// Distances say how far apart the zones are; nil is not at all. Clients lie in
	// the zone that their configuration names.
	Distances *transport.Distances
	// Encode passes messages through the codec on channels, too.
	Encode bool
	// Seed is what the generators of all nodes and faults derive from.
	Seed uint64
	// Machine builds each node's replicated object. Nil is the built-in store.
	Machine func() quorate.StateMachine
	// Once configures the outcome tables around it.
	Once quorate.OnceConfig
	// Journal opens a node's journal at each of its starts, what earlier ones
	// committed included. Nil is memory that lasts as long as the Local.
	Journal func(id quorate.ID) (quorate.Journal, error)
	// Member changes what a node consists of, before each of its starts; nil
	// changes nothing.
	Member func(cfg *NodeConfig) error
	// Observer receives what the replicas observe, each on its node's loop.
	Observer func(id quorate.ID, e quorate.Event)
	// Logger gets what transports and failing nodes have to say; nil is silent.
	Logger *slog.Logger
}

// Validate reports what makes no sense.
func (c LocalConfig) Validate() error {
	switch {
	case c.New == nil:
		return errors.New("local cluster: New is missing: give a protocol's constructor")
	case c.Cluster != nil && c.Nodes != 0 && c.Nodes != c.Cluster.Size():
		return fmt.Errorf("local cluster: Nodes is %d, but Cluster has %d members: give one of them", c.Nodes, c.Cluster.Size())
	case c.Transport != "" && c.Transport != "chan" && c.Transport != "tcp" && c.Transport != "udp":
		return fmt.Errorf("local cluster: transport %q: want chan, tcp or udp", c.Transport)
	}
	return errors.Join(c.Once.Validate(), c.Distances.Validate())
}

// Local is a cluster in this process. Safe for concurrent use.
type Local struct {
	cfg     LocalConfig
	cluster *quorate.Cluster
	net     network
	cuts    *partition
	members []member // by index

	mu      sync.Mutex
	clients map[*localLink]*client.Client // open ones
	closed  bool
}

// member is one place of the cluster, whether its node runs or not.
type member struct {
	mu     sync.Mutex
	node   *Node // nil while stopped
	starts uint64
}

// StartLocal starts a cluster with all its nodes.
func StartLocal(cfg LocalConfig) (*Local, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Cluster == nil {
		c, err := quorate.Grid(1, cmp.Or(cfg.Nodes, 3))
		if err != nil {
			return nil, err
		}
		cfg.Cluster = c
	}
	if cfg.Journal == nil {
		cfg.Journal = memories()
	}
	net, err := newNetwork(cfg)
	if err != nil {
		return nil, err
	}
	l := &Local{
		cfg: cfg, cluster: cfg.Cluster, net: net, cuts: newPartition(cfg.Cluster),
		members: make([]member, cfg.Cluster.Size()), clients: map[*localLink]*client.Client{},
	}
	for _, id := range l.cluster.IDs() {
		if err := l.Start(id); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// memories returns the default of LocalConfig.Journal.
func memories() func(quorate.ID) (quorate.Journal, error) {
	var mu sync.Mutex
	media := map[quorate.ID]*journal.Memory{}
	return func(id quorate.ID) (quorate.Journal, error) {
		mu.Lock()
		defer mu.Unlock()
		if media[id] == nil {
			media[id] = journal.NewMemory()
		}
		return media[id].Open(), nil
	}
}

// Cluster returns the membership.
func (l *Local) Cluster() *quorate.Cluster { return l.cluster }

// Start starts a node that was stopped, from what its journal holds. All else
// it knew is lost. It refuses a node that runs.
func (l *Local) Start(id quorate.ID) error {
	i, err := l.index(id)
	if err != nil {
		return err
	}
	m := &l.members[i]
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.node != nil && m.node.running() {
		return fmt.Errorf("start node %v: it runs already", id)
	}
	if l.isClosed() {
		return fmt.Errorf("start node %v: the cluster is closed", id)
	}
	j, err := l.cfg.Journal(id)
	if err != nil {
		return fmt.Errorf("start node %v: open its journal: %w", id, err)
	}
	m.starts++
	cfg := NodeConfig{
		ID: id, Cluster: l.cluster, New: l.cfg.New, Machine: l.cfg.Machine, Once: l.cfg.Once,
		Seed: derive(l.cfg.Seed, uint64(id), m.starts), Journal: j, Logger: l.cfg.Logger,
		Join: func(n *quorate.Node) (transport.Link, error) { return l.join(i, n) },
	}
	if l.cfg.Observer != nil {
		cfg.Observer = func(e quorate.Event) { l.cfg.Observer(id, e) }
	}
	if l.cfg.Member != nil {
		if err := l.cfg.Member(&cfg); err != nil {
			return errors.Join(fmt.Errorf("start node %v: %w", id, err), j.Close())
		}
	}
	m.node, err = StartNode(cfg)
	return err
}

func (l *Local) join(i int, n *quorate.Node) (transport.Link, error) {
	link, err := l.net.join(n)
	if err == nil {
		l.cuts.joined(i, link)
	}
	return link, err
}

// Stop ends a node as a crash would, see [Node.Kill]. It refuses a node that
// does not run.
func (l *Local) Stop(id quorate.ID) error {
	i, err := l.index(id)
	if err != nil {
		return err
	}
	m := &l.members[i]
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.node == nil {
		return fmt.Errorf("stop node %v: %w", id, ErrStopped)
	}
	m.node.Kill()
	m.node = nil
	return nil
}

// Node returns a running node, for what Local has no method for.
func (l *Local) Node(id quorate.ID) (*Node, error) {
	i, err := l.index(id)
	if err != nil {
		return nil, err
	}
	m := &l.members[i]
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.node == nil {
		return nil, fmt.Errorf("node %v: %w", id, ErrStopped)
	}
	return m.node, nil
}

// Report returns a replica's view of itself.
func (l *Local) Report(ctx context.Context, id quorate.ID) (quorate.Report, error) {
	n, err := l.Node(id)
	if err != nil {
		return quorate.Report{}, err
	}
	return n.Report(ctx)
}

// Stats returns a node's counters since it last started.
func (l *Local) Stats(id quorate.ID) (NodeStats, error) {
	n, err := l.Node(id)
	if err != nil {
		return NodeStats{}, err
	}
	return n.Stats(), nil
}

// Faults returns the control of a running node's directions to its peers. What
// is set there is gone when the node stops.
func (l *Local) Faults(id quorate.ID) (*transport.Faults, error) {
	n, err := l.Node(id)
	if err != nil {
		return nil, err
	}
	return n.Faults(), nil
}

// Partition cuts every link between members of different groups, in both
// directions, and restores those within; it replaces an earlier partition.
// Members named in no group form a group of their own. Clients still reach all
// nodes. A node that is stopped and started stays in its group.
func (l *Local) Partition(groups ...[]quorate.ID) error { return l.cuts.split(groups) }

// Heal ends the partition and removes all faults of running nodes.
func (l *Local) Heal() { l.cuts.heal() }

// Close ends all clients and nodes. It returns why nodes failed, if any did.
func (l *Local) Close() error {
	l.mu.Lock()
	l.closed = true
	var clients []*client.Client
	for _, c := range l.clients { // unordered: each is closed on its own
		clients = append(clients, c)
	}
	l.mu.Unlock()
	for _, c := range clients {
		c.Close()
	}
	var errs []error
	for i := range l.members {
		m := &l.members[i]
		m.mu.Lock()
		if m.node != nil {
			errs = append(errs, m.node.Close())
			m.node = nil
		}
		m.mu.Unlock()
	}
	l.net.close()
	return errors.Join(errs...)
}

func (l *Local) index(id quorate.ID) (int, error) {
	i := l.cluster.Index(id)
	if i < 0 {
		return 0, fmt.Errorf("node %v is not a member of %v", id, l.cluster)
	}
	return i, nil
}

func (l *Local) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// derive mixes a seed of its own for each node and each of its starts.
func derive(seed uint64, parts ...uint64) uint64 {
	for _, p := range parts { // the finalizer of SplitMix64
		seed += 0x9e3779b97f4a7c15 * (p + 1)
		seed = (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		seed = (seed ^ seed>>27) * 0x94d049bb133111eb
		seed ^= seed >> 31
	}
	return seed
}
