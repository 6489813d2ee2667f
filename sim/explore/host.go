package explore

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/wire"
)

// The clocks of a world. Between two steps of a node passes more time than any
// protocol is patient, so that no step finds a leader that was heard of lately.
// All steps of a node together take less than any request may. The pause is a
// prime, lest a timer be due to the nanosecond by accident.
const (
	epoch   = time.Hour
	pause   = 1_000_000_007 * time.Nanosecond
	most    = 50               // steps of one node
	horizon = 1000 * time.Hour // of the outcome tables
	timeout = 900 * time.Hour  // of the requests, which replicas cut to their own: a minute
)

// restless is how many rounds a step may take before it counts as endless.
const restless = 1000

// inputKind says what happens to a node.
type inputKind uint8

const (
	born    inputKind = iota // it starts with an empty disk
	deliver                  // it receives a message
	fire                     // a timer runs
	synced                   // its disk finishes the batch under way
	crash                    // it stops at once, and restarts from its disk
)

// input is what happens to a node. The same inputs in the same order make the
// same node.
type input struct {
	kind inputKind
	arg  uint32 // the message's number, or the timer's
	hold bool   // the disk takes its time: a batch begun now is under way until a synced
}

// effectKind says what a node did.
type effectKind uint8

const (
	sent     effectKind = iota + 1 // a message left
	durable                        // a record got to the disk
	observed                       // the replica reported an event
)

// effect is one thing that a node did, as others may see it.
type effect struct {
	kind  effectKind
	to    quorate.ID // of a message
	value any        // the message, the record, the event
}

// host runs one member for real.
type host struct {
	setup   *setup
	member  int
	now     time.Duration
	disk    *journal.Memory
	journal *journal.Handle
	node    *quorate.Node
	replica quorate.Replica
	app     *quorate.Once
	flying  *quorate.Batch // under way to the disk
	effects []effect       // of the step
}

// setup is what the hosts of a world share.
type setup struct {
	cluster *quorate.Cluster
	build   quorate.Constructor
	types   wire.Cache
}

// newHost returns a member that has an empty disk and does not run yet.
func newHost(s *setup, member int) *host {
	return &host{setup: s, member: member, now: epoch, disk: journal.NewMemory()}
}

// old reports whether the node has taken so many steps that requests would
// expire.
func (h *host) old() bool { return h.now > epoch+most*pause }

func (h *host) id() quorate.ID { return h.setup.cluster.ID(h.member) }

// step lets in happen, with m the message or the name of the timer that it is
// about, and returns what the host did. An error is the protocol's fault.
func (h *host) step(in input, from quorate.ID, m any) (did []effect, broken error) {
	h.effects = nil
	h.now += pause
	defer func() {
		if p := recover(); p != nil {
			did, broken = h.effects, fmt.Errorf("%v panicked: %v", h.id(), p)
		}
	}()
	broken = h.take(in, from, m)
	if broken == nil {
		broken = h.settle(in.hold)
	}
	return h.effects, broken
}

func (h *host) take(in input, from quorate.ID, m any) error {
	switch in.kind {
	case born:
		return h.start()
	case deliver:
		return h.node.Receive(h.now, from, m)
	case fire:
		h.node.Fire(h.now, m.(string))
	case synced:
		if h.flying != nil {
			return h.commit(*h.flying)
		}
	case crash:
		h.flying = nil
		return h.start()
	}
	return nil
}

// start begins a life of the node with what is on its disk. Its generator is
// the same in all lives: chance decides how long to wait, which does not matter
// here.
func (h *host) start() error {
	n, err := quorate.NewNode(quorate.NodeConfig{ID: h.id(), Cluster: h.setup.cluster, Observer: h.observe, Types: &h.setup.types})
	if err != nil {
		return err
	}
	h.node, h.journal = n, h.disk.Open()
	h.app = quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: horizon})
	if h.replica, err = h.setup.build(n, h.app); err != nil {
		return err
	}
	return n.Start(h.now, h.journal.Records())
}

func (h *host) observe(e quorate.Event) {
	if _, timer := e.(quorate.TimerFired); !timer {
		h.effects = append(h.effects, effect{kind: observed, value: e})
	}
}

func (h *host) send(e quorate.Envelope) {
	h.effects = append(h.effects, effect{kind: sent, to: e.To, value: e.Msg})
}

// settle brings the node to rest: timers that are due at once run, what may
// leave leaves, and batches are synced, unless they are to be held.
func (h *host) settle(hold bool) error {
	for range restless {
		if name, due := h.due(); due {
			h.node.Fire(h.now, name)
			continue
		}
		b := h.node.Flush(h.send)
		switch {
		case b.Empty():
			if _, due := h.due(); !due {
				return nil
			}
		case hold:
			h.flying = &b
		default:
			if err := h.commit(b); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%v does not come to rest: %d rounds in one step", h.id(), restless)
}

// due returns the name of a timer that was set to run at the end of this step.
// Those whose time has passed since are not meant: they fire when the
// exploration says so.
func (h *host) due() (string, bool) {
	for name, due := range h.node.Timers() {
		if due == h.now {
			return name, true
		}
	}
	return "", false
}

// commit makes a batch durable and lets go what waited for it.
func (h *host) commit(b quorate.Batch) error {
	h.flying = nil
	for _, op := range b.Records {
		if op.Forget {
			continue
		}
		rec, err := h.node.DecodeRecord(op)
		if err != nil {
			return err
		}
		h.effects = append(h.effects, effect{kind: durable, value: rec})
	}
	if err := h.journal.Commit(b.Records); err != nil {
		return err
	}
	h.node.Synced(b, h.send)
	return nil
}

// form returns what of the host decides about its future, in canonical form.
func (h *host) form() (digest, error) {
	c := newCanon()
	c.any(h.replica)
	c.any(h.app)
	c.node(h.node)
	c.bool(h.flying != nil)
	if h.flying != nil {
		c.any(*h.flying)
	}
	for op, err := range h.journal.Records() {
		if err != nil {
			return digest{}, err
		}
		c.text(op.Type)
		c.text(string(op.Data)) // says what its key is, too
	}
	d, err := c.sum()
	if err != nil {
		return d, fmt.Errorf("canonical form of %v: %w", h.id(), err)
	}
	return d, nil
}

// name returns the short name of a message's type.
func name(m any) string {
	full := reflect.TypeOf(m).String()
	return full[strings.LastIndexByte(full, '.')+1:]
}
