package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/transport"
)

// Config says which cluster, and how to reach it. Only File is required.
type Config struct {
	// File is the cluster file.
	File *quorate.Config
	// First is the member that clients ask first. Zero is the first of the file.
	First quorate.ID
	// Connections is how many connections to each member the clients share, by turns
	// in the order in which they are opened. Zero is one.
	Connections int
	// TLS secures the connections; nil is plain text.
	TLS *transport.TLSConfig
	// Token is what the admin listeners want, if they want one.
	Token string
	// Logger gets a line for each connection refused or lost; nil is silent.
	Logger *slog.Logger
}

// Cluster is a running cluster, seen from a program that is no part of it. Its
// clients share connections to each member, one unless more are asked for, made at
// first use. Safe for concurrent use.
type Cluster struct {
	file    *quorate.Config
	members *quorate.Cluster
	order   []quorate.ID // whom to ask first, and then
	dial    transport.TCPClientConfig
	share   *transport.TCPShare // the first of shares, for what is no load
	tls     *transport.TLSConfig
	token   string
	largest int // bytes of a request or an answer

	mu     sync.Mutex
	zones  map[int]*turns // of clients, by the number of their zone, 0 for none; nil once closed
	shares int            // of each zone, at most
}

// turns are the connections that clients share by turns.
type turns struct {
	shares []*transport.TCPShare
	next   int
}

// Bounds in bytes.
const (
	queue      = 32 << 20 // what may wait for one member: room for all clients
	smallest   = 2 << 20  // what a request may take at least, as for the members
	perMessage = 1 << 10  // what a request takes beside key and value, as for the members
)

// MaxConnections bounds Config.Connections.
const MaxConnections = 4096

// Open returns the cluster that a file describes. It connects to nobody yet.
func Open(cfg Config) (*Cluster, error) {
	if cfg.File == nil {
		return nil, errors.New("reach a cluster: no cluster file was given")
	}
	if err := cfg.File.Validate(); err != nil {
		return nil, fmt.Errorf("reach a cluster: %w", err)
	}
	members, err := cfg.File.Cluster()
	if err != nil {
		return nil, fmt.Errorf("reach a cluster: %w", err)
	}
	if cfg.First != 0 && members.Index(cfg.First) < 0 {
		return nil, fmt.Errorf("reach member %v: the cluster file has only %v", cfg.First, members.IDs())
	}
	if cfg.Connections < 0 || cfg.Connections > MaxConnections {
		return nil, fmt.Errorf("reach a cluster over %d connections to each member: want 1 to %d", cfg.Connections, MaxConnections)
	}
	limits := cfg.File.Requests()
	largest := max(smallest, limits.MaxKey+limits.MaxValue+perMessage)
	c := &Cluster{file: cfg.File, members: members, order: order(members, cfg.First), tls: cfg.TLS, token: cfg.Token, largest: largest}
	addresses, err := endpoints(cfg.File.Addresses)
	if err != nil {
		return nil, err
	}
	distances, err := transport.Configured(cfg.File)
	if err != nil {
		return nil, fmt.Errorf("reach a cluster: %w", err)
	}
	c.zones, c.shares = map[int]*turns{}, max(1, cfg.Connections)
	c.dial = transport.TCPClientConfig{
		Distances: distances,
		Addresses: addresses, TLS: cfg.TLS, Logger: cfg.Logger, Queue: max(queue, 2*largest), MaxRequest: largest, MaxFrame: 2 * largest,
	}
	c.share, err = transport.ShareTCP(c.dial)
	if err != nil {
		return nil, fmt.Errorf("reach a cluster: %w", err)
	}
	return c, nil
}

// order returns the members, the first and those near it before the others.
func order(members *quorate.Cluster, first quorate.ID) []quorate.ID {
	if first == 0 {
		return members.IDs()
	}
	ids := []quorate.ID{first}
	for _, i := range quorate.NearestFirst(members, first) {
		ids = append(ids, members.ID(i))
	}
	return ids
}

// endpoints returns host:port of every member. Members that talk to each other
// by datagrams listen to clients by TCP on the same port.
func endpoints(addresses map[quorate.ID]string) (map[quorate.ID]string, error) {
	found := make(map[quorate.ID]string, len(addresses))
	for id, address := range addresses {
		scheme, endpoint, err := quorate.SplitAddress(address)
		switch {
		case err != nil:
			return nil, fmt.Errorf("reach member %v: %w", id, err)
		case scheme == "chan":
			return nil, fmt.Errorf("reach member %v at %s: it lives on channels within another process", id, address)
		}
		found[id] = endpoint
	}
	return found, nil
}

// File returns the cluster file.
func (c *Cluster) File() *quorate.Config { return c.file }

// Members returns the membership.
func (c *Cluster) Members() *quorate.Cluster { return c.members }

// Order returns the members in the order in which clients ask them.
func (c *Cluster) Order() []quorate.ID { return append([]quorate.ID(nil), c.order...) }

// Client returns a client session over shared connections. If cfg names no
// nodes, it asks all members. Those of one zone have connections of their own where
// the cluster file says how far zones are; clients in none are near everybody.
func (c *Cluster) Client(cfg client.Config) (*client.Client, error) {
	share, err := c.turn(cfg.Zone)
	if err != nil {
		return nil, err
	}
	return c.over(share, cfg)
}

// over returns a client session over given connections.
func (c *Cluster) over(share *transport.TCPShare, cfg client.Config) (*client.Client, error) {
	if len(cfg.Nodes) == 0 {
		cfg.Nodes = c.order
	}
	if cfg.Busy == nil {
		cfg.Busy = func(err error) bool { return errors.Is(err, transport.ErrQueueFull) }
	}
	return client.New(cfg, func(onReply func(quorate.ID, quorate.Reply), onLost func(quorate.ID)) (client.Link, error) {
		return share.Client(onReply, onLost), nil
	})
}

// turn returns the connections of the next client that lies in a zone.
func (c *Cluster) turn(zone int) (*transport.TCPShare, error) {
	if c.dial.Distances == nil {
		zone = 0 // as near as all others
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.zones == nil {
		return nil, fmt.Errorf("reach a cluster from zone %d: %w", zone, transport.ErrClosed)
	}
	t := c.zones[zone]
	if t == nil {
		t = &turns{}
		if zone == 0 {
			t.shares = append(t.shares, c.share)
		}
		c.zones[zone] = t
	}
	at := t.next % c.shares
	if at == len(t.shares) {
		dial := c.dial
		dial.Zone = zone
		s, err := transport.ShareTCP(dial)
		if err != nil {
			return nil, err
		}
		t.shares = append(t.shares, s)
	}
	t.next++
	return t.shares[at], nil
}

// ErrUnreachable says that no member could be connected to, so that nothing was
// sent yet.
var ErrUnreachable = errors.New("no member can be reached")

// Reach returns once a member answers. Its error wraps [ErrUnreachable] if none
// did until ctx ended, and says why.
func (c *Cluster) Reach(ctx context.Context) error {
	probe, err := c.over(c.share, client.Config{})
	if err != nil {
		return err
	}
	defer probe.Close()
	// Who refuses such a read, or knows no leader, has answered.
	if _, err = probe.Read(ctx, "", quorate.ReadLocal); err == nil || c.Stats().Connects > 0 {
		return nil
	}
	return c.Unreachable()
}

// Unreachable returns an error that wraps [ErrUnreachable] if no connection was
// ever made to any member, and nil otherwise. Once the cluster is closed, it says
// that no call was executed, whatever their clients could know; before, what
// waits for a connection may still be sent when it is made.
func (c *Cluster) Unreachable() error {
	if c.Stats().Connects > 0 {
		return nil
	}
	problems := c.share.Problems()
	var reasons []string
	for _, id := range c.order {
		if why := problems[id]; why != nil {
			reasons = append(reasons, fmt.Sprintf("%v: %v", id, why))
		}
	}
	if len(reasons) == 0 {
		return ErrUnreachable
	}
	return fmt.Errorf("%w: %s", ErrUnreachable, strings.Join(reasons, "; "))
}

// Stats returns the counters of the first connections to all members, those of the
// first client that lies in no zone.
func (c *Cluster) Stats() transport.Stats { return c.share.Stats() }

// Connects returns how many connections were made to members for all clients.
func (c *Cluster) Connects() uint64 {
	n := c.share.Stats().Connects
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.zones { // unordered: it is a sum
		for _, s := range t.shares {
			if s != c.share {
				n += s.Stats().Connects
			}
		}
	}
	return n
}

// Close ends the connections and all clients' open calls.
func (c *Cluster) Close() error {
	c.mu.Lock()
	zones := c.zones
	c.zones = nil
	c.mu.Unlock()
	errs := []error{c.share.Close()}
	for _, t := range zones { // unordered: each is closed on its own
		for _, s := range t.shares {
			if s != c.share {
				errs = append(errs, s.Close())
			}
		}
	}
	return errors.Join(errs...)
}
