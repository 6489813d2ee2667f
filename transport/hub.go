package transport

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/quorate/quorate"
)

// HubConfig tunes a [Hub].
type HubConfig struct {
	// Encode passes every message through the codec, as a socket would. It
	// proves that messages are values; it costs about a microsecond each.
	// Without it the receiver gets the sender's value itself.
	Encode bool
	// Inbox bounds each node's inbox.
	Inbox InboxConfig
	// Seed is of the generators that draw faults.
	Seed uint64
	// Distances say how far apart the zones are; nil is not at all.
	Distances *Distances
	// Logger gets a line for each refusal; nil is silent.
	Logger *slog.Logger
}

// Validate reports what makes no sense.
func (c HubConfig) Validate() error { return errors.Join(c.Inbox.Validate(), c.Distances.Validate()) }

// Hub is a network inside one process.
type Hub struct {
	cfg HubConfig
	log *slog.Logger

	mu      sync.Mutex
	cluster *quorate.Cluster          // of the first node that joined; the others must agree
	schema  string                    // its message set
	setting string                    // see quorate.Node.Agree
	ports   atomic.Pointer[[]hubPort] // by member index
	clients map[*HubClient]struct{}
	closed  bool

	lines lines[hubFlight]
}

type hubPort = atomic.Pointer[hubLink]

// NewHub returns a network without nodes. It panics if cfg is not valid.
func NewHub(cfg HubConfig) *Hub {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Hub{cfg: cfg, log: cfg.Logger, clients: map[*HubClient]struct{}{}}
	h.lines = lines[hubFlight]{of: cfg.Distances, arrive: hubFlight.arrive, size: func(f hubFlight) int { return f.d.size }}
	return h
}

// Join connects n, on which the replica's handlers are registered, to the
// network. It refuses a second live node with the same id, and a node whose
// cluster or messages differ from those of the first node that joined.
func (h *Hub) Join(n *quorate.Node) (Link, error) {
	c, err := peerCodec(n)
	if err != nil {
		return nil, err
	}
	clients, err := clientCodec()
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.admit(n, describe(c)); err != nil {
		h.log.Warn("node refused", "node", n.ID(), "reason", err)
		return nil, err
	}
	l := &hubLink{
		hub: h, id: n.ID(), index: n.Cluster().Index(n.ID()), cluster: n.Cluster(), ports: *h.ports.Load(),
		codec: c, clientCodec: clients, inbox: NewInbox(h.cfg.Inbox), faults: newFaults(n, h.cfg.Seed),
	}
	for _, id := range n.Cluster().IDs() {
		l.ways = append(l.ways, h.lines.between(l.id.Zone(), id.Zone()))
	}
	l.intro.of(n)
	l.delays = newDelayLine(maxDelayed, func(d hubDelayed) { l.deliver(d.to, d.msg) })
	l.ports[l.index].Store(l)
	l.intro.follow(func() { l.greet(0) })
	l.greet(0)
	for i := range l.ports {
		if other := l.ports[i].Load(); other != nil && other != l {
			other.greet(l.id)
		}
	}
	return l, nil
}

func (h *Hub) admit(n *quorate.Node, schema string) error {
	if h.closed {
		return fmt.Errorf("join node %v: hub: %w", n.ID(), ErrClosed)
	}
	if h.cluster == nil {
		ports := make([]hubPort, n.Cluster().Size())
		h.cluster, h.schema, h.setting = n.Cluster(), schema, n.Settings()
		h.ports.Store(&ports)
	}
	if have, want := h.cluster.String(), n.Cluster().String(); have != want {
		return fmt.Errorf("join node %v: %w: it has members %s, the hub has %s", n.ID(), ErrDisagree, want, have)
	}
	if h.schema != schema {
		its, ours := firstDifference(schema, h.schema)
		return fmt.Errorf("join node %v: %w: messages: it has %q, the hub has %q", n.ID(), ErrDisagree, its, ours)
	}
	if its, ours := firstDifference(n.Settings(), h.setting); its != ours {
		return fmt.Errorf("join node %v: %w: settings: it has %q, the hub has %q", n.ID(), ErrDisagree, its, ours)
	}
	if h.live(n.ID()) != nil {
		return fmt.Errorf("join node %v: %w: one is already connected", n.ID(), ErrTwoNodes)
	}
	return nil
}

// live returns the link of a member, nil if it is not connected.
func (h *Hub) live(id quorate.ID) *hubLink {
	ports := h.ports.Load()
	if ports == nil {
		return nil
	}
	for i := range *ports {
		if l := (*ports)[i].Load(); l != nil && l.id == id {
			return l
		}
	}
	return nil
}

// Close closes every link and client.
func (h *Hub) Close() error {
	h.mu.Lock()
	h.closed = true
	var clients []*HubClient
	for c := range h.clients { // unordered: each is closed on its own
		clients = append(clients, c)
	}
	ports := h.ports.Load()
	h.mu.Unlock()
	if ports != nil {
		for i := range *ports {
			if l := (*ports)[i].Load(); l != nil {
				l.Close()
			}
		}
	}
	for _, c := range clients {
		c.Close()
	}
	h.lines.close()
	return nil
}
