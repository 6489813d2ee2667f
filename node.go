package quorate

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"github.com/quorate/quorate/wire"
)

// NodeConfig says who a node is.
type NodeConfig struct {
	ID       ID
	Cluster  *Cluster
	Seed     uint64      // of the node's generator; derived per node by the runtime
	Observer func(Event) // receives what the replica observes; nil for nobody
	Types    *wire.Cache // shared by a runtime that makes many nodes; may be nil

	// Incarnation is 64 random bits, drawn anew whenever the node starts. They
	// name the life of its disk, unless the journal says that it has a name. Zero
	// switches identities off: the node is a voter whatever its journal holds.
	Incarnation uint64
	// Init says that an empty journal is that of a member of a new cluster, and
	// not of one that lost its disk.
	Init bool
}

// Node hosts one replica. It is passive: it starts no goroutine and reads no
// clock. A runtime feeds it with Receive and Tick and drains it with Flush and
// Synced; the same replica so runs on sockets, on channels and in virtual time.
//
// One round of a runtime is: any number of Receive, then Tick, then Flush. Not
// safe for concurrent use.
type Node struct {
	cfg     NodeConfig
	rng     *rand.Rand
	now     time.Duration
	started bool
	err     error

	handlers   map[reflect.Type]handler
	recoverers map[string]recoverer // by record type name
	kinds      map[reflect.Type]*wire.Type
	starters   []func()
	settings   map[string]string
	conflicts  []error // found at registration, reported by Start

	timers   timerHeap
	timerSeq uint64
	due      []*Timer // scratch of Tick

	soon   []Envelope // of SendNow, leave at the next Flush
	later  []Envelope // of Send, wait for records
	spare  []Envelope
	batch  Batch // what is persisted since the last Flush
	used   Batch // the buffers of the batch synced last, for the next one
	flying bool  // a batch is being synced
	serial uint64
	own    int // messages to self handled since Flush began

	identity *identity // nil for a node without
}

// NewNode returns a node without a replica. Protocols register their handlers
// on it; then the runtime calls [Node.Start].
func NewNode(cfg NodeConfig) (*Node, error) {
	if cfg.Cluster == nil || !cfg.Cluster.Has(cfg.ID) {
		return nil, fmt.Errorf("node %v is not a member of the cluster %v", cfg.ID, cfg.Cluster)
	}
	n := &Node{
		cfg:        cfg,
		rng:        rand.New(rand.NewPCG(cfg.Seed, uint64(cfg.ID))),
		handlers:   map[reflect.Type]handler{},
		recoverers: map[string]recoverer{},
		kinds:      map[reflect.Type]*wire.Type{},
		settings:   map[string]string{},
	}
	n.initIdentity()
	return n, nil
}

// ErrFailed is wrapped by what [Node.Err] returns after the disk failed.
var ErrFailed = errors.New("node fell silent because its journal failed")

// ErrUnhandled is returned by Receive for a message that no handler takes.
var ErrUnhandled = errors.New("no handler")

// ErrStranger is returned by Receive for a message that its sender may not send.
var ErrStranger = errors.New("not from a member of the cluster")

// Start replays the node's durable records, in the order of [RecordKey], and
// then runs what was registered with [Node.OnStart]. It reports conflicting or
// missing registrations and records that cannot be read.
func (n *Node) Start(now time.Duration, records iter.Seq2[RecordOp, error]) error {
	if err := errors.Join(n.conflicts...); err != nil {
		return err
	}
	n.now = now
	if records != nil {
		for op, err := range records {
			if err != nil {
				return fmt.Errorf("recover node %v: %w", n.cfg.ID, err)
			}
			r, ok := n.recoverers[op.Type]
			if !ok {
				return fmt.Errorf("recover node %v: nobody registered for records of type %s", n.cfg.ID, op.Type)
			}
			if err := r.replay(op.Data); err != nil {
				return fmt.Errorf("recover node %v: record %s %q/%d: %w", n.cfg.ID, op.Type, op.Key.Scope, op.Key.Number, err)
			}
		}
	}
	n.started = true
	n.beginIdentity()
	for _, f := range n.starters {
		f()
	}
	return nil
}

// OnStart registers f to run when the node has recovered its records.
func (n *Node) OnStart(f func()) { n.starters = append(n.starters, f) }

// Receive hands a message to its handler. Handlers hear from members only;
// a [Request] may come from a client's route as well. Anything else wraps
// [ErrStranger]. A node that has not started, or whose journal failed, ignores
// everything. A [Hello] says who sends what follows; what only voters may send
// and somebody else sent wraps [ErrForeign].
//
// The clock that shows now must be read after m has arrived. Leases count on it: a
// runtime that reads it, stands still, and then takes a message that came meanwhile
// would have the node believe that it came before.
func (n *Node) Receive(now time.Duration, from ID, m any) error {
	if n.err != nil || !n.started {
		return nil
	}
	if h, ok := m.(Hello); ok {
		n.now = now
		return n.onHello(from, h)
	}
	if _, request := m.(Request); !n.cfg.Cluster.Has(from) && !(request && from.IsRoute()) {
		return fmt.Errorf("node %v: message %T from %v: %w", n.cfg.ID, m, from, ErrStranger)
	}
	n.now = now
	return n.dispatch(from, m)
}

func (n *Node) dispatch(from ID, m any) error {
	h, ok := n.handlers[reflect.TypeOf(m)]
	if !ok {
		return fmt.Errorf("node %v: message %T from %v: %w", n.cfg.ID, m, from, ErrUnhandled)
	}
	if n.identity != nil && !h.open && from != n.cfg.ID {
		if ok, err := n.police(n.cfg.Cluster.Index(from), from, m); !ok {
			return err
		}
	}
	h.call(from, m)
	return nil
}

// Tick fires the timers due, in the order of their deadlines. A timer that is
// re-armed while Tick runs fires in a later Tick.
func (n *Node) Tick(now time.Duration) {
	if n.err != nil || !n.started {
		return
	}
	n.now = now
	n.due = n.due[:0]
	for len(n.timers) > 0 && n.timers[0].due <= now {
		t := n.timers[0]
		n.timers.remove(0)
		t.pos = firing
		n.due = append(n.due, t)
	}
	for _, t := range n.due {
		if t.pos == firing { // neither stopped nor re-armed by one before it
			t.pos = idle
			if n.cfg.Observer != nil {
				n.cfg.Observer(TimerFired{t.name})
			}
			t.f()
		}
	}
}

// Deadline returns when Tick is next due, on this node's clock; false if never.
func (n *Node) Deadline() (time.Duration, bool) {
	if n.err != nil || len(n.timers) == 0 {
		return 0, false
	}
	return n.timers[0].due, true
}

// Err returns why the node fell silent, nil while it has not.
func (n *Node) Err() error { return n.err }

// Messages returns the types of the messages that have handlers here, in no
// particular order: a transport builds its codec from them.
func (n *Node) Messages() []reflect.Type {
	var types []reflect.Type
	for t := range n.handlers { // unordered: as documented
		types = append(types, t)
	}
	return types
}

// Records returns the types of the records that can be recovered here, each with
// the shape of its fields, in ascending order: a journal whose records have
// another shape is not this node's.
func (n *Node) Records() []string {
	var records []string
	for name, r := range n.recoverers { // unordered: sorted next
		records = append(records, name+" "+r.kind.Shape())
	}
	slices.Sort(records)
	return records
}

// ID returns the replica's ID.
func (n *Node) ID() ID { return n.cfg.ID }

// Cluster returns the membership.
func (n *Node) Cluster() *Cluster { return n.cfg.Cluster }

// Now returns the node's clock as of the current step.
func (n *Node) Now() time.Duration { return n.now }

// Rand returns the node's generator.
func (n *Node) Rand() *rand.Rand { return n.rng }

// NewTimer returns an idle timer.
func (n *Node) NewTimer(name string, f func()) *Timer {
	n.timerSeq++
	return &Timer{name: name, f: f, node: n, seq: n.timerSeq, pos: idle}
}

// Watched reports whether there is an observer.
func (n *Node) Watched() bool { return n.cfg.Observer != nil }

// Observe reports e to the observer.
func (n *Node) Observe(e Event) {
	if n.cfg.Observer != nil {
		n.cfg.Observer(e)
	}
}
