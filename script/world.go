package script

import (
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/wire"
)

// Config says what runs in a [World].
type Config struct {
	Cluster *quorate.Cluster
	// New builds the replica of a node that starts for the first time, or from
	// its journal.
	New quorate.Constructor
	// Rejoin builds the replica of a node that comes back with an empty
	// journal, see [World.RestartEmpty]; nil means New.
	Rejoin quorate.Constructor
	// Identities gives nodes incarnations: the cluster is new when the world
	// begins, and a node that comes back with an empty journal is a learner, see
	// [quorate.NodeConfig] and [World.Admit]. Incarnations are counted from 1.
	Identities bool
	// App returns a fresh state machine for one life of a node. Nil hands nil
	// to the constructor.
	App func() *quorate.Once
	// Seed is that of the nodes' generators.
	Seed uint64
	// Trace receives a line for everything that happens; nil for nobody.
	Trace func(Line)
	// Observe receives the events of all nodes; nil for nobody.
	Observe func(quorate.ID, quorate.Event)
	// Check judges a script when it has ended without a violation, as [Linearizable]
	// does by the history of its clients; nil for no judgement.
	Check func(*World) error
	// Views are commands of a script that look into a replica, by their names.
	Views map[string]View
}

// Validate reports what is missing.
func (c Config) Validate() error {
	switch {
	case c.Cluster == nil:
		return errors.New("script config: Cluster is missing")
	case c.New == nil:
		return errors.New("script config: New is missing")
	}
	return nil
}

// View looks into a running replica for a script, for example at its log. Its
// output must not depend on anything but the replica's state and args.
type View func(r quorate.Replica, app *quorate.Once, args []string) (string, error)

// Kind groups what happens in a [World].
type Kind uint8

// The kinds of happenings.
const (
	KindMessage   Kind = iota + 1 // a message was delivered, dropped or lost
	KindTimer                     // a timer fired
	KindEvent                     // a replica observed something
	KindReply                     // a client got a reply
	KindNote                      // nodes and disks: crashes, restarts, batches
	KindViolation                 // an invariant is broken; see [World.Err]
)

// Line is one happening, rendered for people. Name is the type of the message,
// the event or the name of the timer.
type Line struct {
	Kind Kind
	Name string
	Text string
}

// World holds all nodes of a cluster, with a network, disks and clocks that
// move only when told to. Not safe for concurrent use.
type World struct {
	cfg     Config
	now     time.Duration // of a clock that nobody moved by hand
	members []*member     // in the order of the cluster
	network
	clients
	monitor
	kinds map[string]*wire.Type // of messages, by full name
	lives uint64                // of all members
	err   error
}

// Epoch is where the clocks of a [World] start: after zero, so that a time that
// was never set differs from all that were.
const Epoch = time.Hour

// A world gives up, and reports a violation, when a node or the network does
// not come to rest after this many steps.
const (
	maxRounds     = 1_000
	maxDeliveries = 100_000
)

// NewWorld starts all nodes with empty journals.
func NewWorld(cfg Config) (*World, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	w := &World{cfg: cfg, now: Epoch, kinds: map[string]*wire.Type{}}
	w.network.cuts = map[link]bool{}
	w.clients.routes = map[quorate.Client]quorate.ID{}
	w.monitor.values = map[position]*finding{}
	for _, id := range cfg.Cluster.IDs() {
		w.members = append(w.members, &member{world: w, id: id, disk: journal.NewMemory(), down: true})
	}
	for _, m := range w.members {
		if err := m.start(cfg.New, true); err != nil {
			return nil, fmt.Errorf("start %v: %w", m.id, err)
		}
	}
	return w, nil
}

// Cluster returns the membership.
func (w *World) Cluster() *quorate.Cluster { return w.cfg.Cluster }

// Err returns the first violation: two values chosen in one place, a replica
// that panicked, a node that never comes to rest. It is nil while all is well.
func (w *World) Err() error { return w.err }

// Node returns a member's node, nil while it is down.
func (w *World) Node(id quorate.ID) *quorate.Node {
	if m, err := w.up(id); err == nil {
		return m.node
	}
	return nil
}

// Replica returns a member's replica, nil while it is down.
func (w *World) Replica(id quorate.ID) quorate.Replica {
	if m, err := w.up(id); err == nil {
		return m.replica
	}
	return nil
}

// App returns the state machine of a member's present life, nil while it is down.
func (w *World) App(id quorate.ID) *quorate.Once {
	if m, err := w.up(id); err == nil {
		return m.app
	}
	return nil
}

// ErrDown is wrapped by what needs a running node and found none.
var ErrDown = errors.New("node is down")

func (w *World) member(id quorate.ID) (*member, error) {
	i := w.cfg.Cluster.Index(id)
	if i < 0 {
		return nil, fmt.Errorf("node %v is not a member of %v", id, w.cfg.Cluster)
	}
	return w.members[i], nil
}

func (w *World) up(id quorate.ID) (*member, error) {
	m, err := w.member(id)
	if err == nil && m.down {
		return nil, fmt.Errorf("%v: %w", id, ErrDown)
	}
	return m, err
}

func (w *World) trace(kind Kind, name, format string, args ...any) {
	if w.cfg.Trace != nil {
		w.cfg.Trace(Line{Kind: kind, Name: name, Text: fmt.Sprintf(format, args...)})
	}
}

func (w *World) violate(err error) {
	if w.err == nil {
		w.err = err
	}
	w.trace(KindViolation, "", "VIOLATION: %v", err)
}
