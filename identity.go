package quorate

import (
	"errors"
	"fmt"
	"reflect"
)

// Hello says who speaks: which life of its disk a member has, and whether it
// lost the one before. Runtimes deliver it ahead of a member's messages, and
// again whenever it changes: what follows is from that incarnation. Until the
// first one comes a member may not vote.
type Hello struct {
	Incarnation uint64 // 64 random bits drawn for an empty disk
	Learner     bool   // it lost its disk, may learn and must not vote
}

// Identity is the record of a node's own incarnation.
type Identity struct {
	Incarnation uint64
	Learner     bool
}

// Met is the record of the incarnation that counts of another member.
type Met struct {
	Member      ID
	Incarnation uint64
}

// RecordKey implements [Record]: there is one.
func (Identity) RecordKey() RecordKey { return RecordKey{} }

// RecordKey implements [Record]: one for each member.
func (m Met) RecordKey() RecordKey { return RecordKey{Number: uint64(m.Member)} }

// ErrForeign is wrapped by what [Node.Receive] returns for a message that only
// voters may send, from a member that lost its disk or whose incarnation is not
// the one that counts.
var ErrForeign = errors.New("not from the incarnation that counts")

// ErrReplaced is wrapped by what [Node.Err] returns when the others count on
// another incarnation of this member: its disk was replaced, or it was started
// as a member of a new cluster by mistake.
var ErrReplaced = errors.New("node fell silent because another incarnation of it counts")

// Replaced tells a member that talks as Incarnation that Known counts for it.
type Replaced struct {
	Incarnation uint64
	Known       uint64
}

// maxHeld bounds the messages that wait until the incarnation of their sender
// is on disk. More are dropped, as from a full queue. Those that meet say little
// yet; but while a disk is stuck, each may be as large as a message can be.
const maxHeld = 64

// identity is what a node knows of incarnations. A node whose runtime gave it
// none has no identity: it is a voter and takes everybody's word.
//
// What must be durable when: a node shows its own incarnation only when it is
// on disk, or a crash would make two of one. A voter counts what another member
// says only when the incarnation it says it under is on disk, or a crash would
// make it take a later one, which has forgotten all that, for the first.
type identity struct {
	self    Hello
	shown   bool // it is on disk: the runtime may show it
	stored  Identity
	met     []uint64 // by member: the incarnation that counts, 0 for none yet
	talks   []Hello  // by member: who speaks just now
	fresh   Set      // members whose incarnation is not on disk yet
	held    []Envelope
	changed []func(Hello)

	admitter  Admitter
	admission *admission
}

func (n *Node) initIdentity() {
	if n.cfg.Incarnation == 0 {
		return
	}
	size := n.cfg.Cluster.Size()
	n.identity = &identity{met: make([]uint64, size), talks: make([]Hello, size)}
	Recover(n, func(rec Identity) { n.identity.stored = rec })
	Recover(n, func(rec Met) {
		if i := n.cfg.Cluster.Index(rec.Member); i >= 0 {
			n.identity.met[i] = rec.Incarnation
		}
	})
	RegisterOpen(n, n.onFence)
	RegisterOpen(n, n.onFenceReply)
	Register(n, n.onReplaced)
	n.initAdmission()
}

// Voter reports whether this node may vote: it has not lost its disk, or was
// admitted again since.
func (n *Node) Voter() bool { return n.identity == nil || !n.identity.self.Learner }

// Identity returns what the node's links say of it, and false as long as they
// must not yet say anything. The zero Hello is that of a node without an
// identity.
func (n *Node) Identity() (Hello, bool) {
	if n.identity == nil {
		return Hello{}, true
	}
	return n.identity.self, n.identity.shown
}

// OnIdentity registers f to run, on the node's loop, when what [Node.Identity]
// returns has become true or has changed: the links greet with it from then on.
// It never runs on a node without an identity.
func (n *Node) OnIdentity(f func(Hello)) {
	if n.identity != nil {
		n.identity.changed = append(n.identity.changed, f)
	}
}

func (n *Node) showIdentity() {
	id := n.identity
	id.shown = true
	for _, f := range id.changed {
		f(id.self)
	}
}

// beginIdentity runs when the records are replayed. A learner that restarts is
// a new incarnation: it owes nothing to the one before, and answers that were
// given to that one cannot be mistaken for its own.
func (n *Node) beginIdentity() {
	id := n.identity
	if id == nil {
		return
	}
	if id.stored.Incarnation != 0 && !id.stored.Learner {
		id.self = Hello{Incarnation: id.stored.Incarnation}
		n.showIdentity()
		return
	}
	learner := !n.cfg.Init || id.stored.Incarnation != 0
	id.self = Hello{Incarnation: n.cfg.Incarnation, Learner: learner}
	n.Persist(Identity{id.self.Incarnation, learner})
	n.whenDurable(n.showIdentity)
}

// durable is a message to self that runs when what was persisted before it is
// on disk.
type durable func()

func (n *Node) whenDurable(f func()) {
	n.later = append(n.later, Envelope{n.cfg.ID, n.cfg.ID, durable(f)})
}

// unnamed reports whether nothing may leave yet, because nobody must hear from
// an incarnation that a crash could undo.
func (n *Node) unnamed() bool { return n.identity != nil && !n.identity.shown }

// muted reports whether m must not be sent: a learner says only what anybody
// may say. It is asked when m is queued, not when it leaves: what a learner
// queued is no vote of the voter that it becomes. Its clients are told what
// becomes of their requests, also where the protocol takes no replies itself
// because it forwards nothing.
func (n *Node) muted(m any) bool {
	if n.Voter() {
		return false
	}
	_, reply := m.(Reply)
	return !reply && !n.handlers[reflect.TypeOf(m)].open
}

// onHello notes who speaks. A voter journals the first incarnation that it
// meets of each member.
func (n *Node) onHello(from ID, h Hello) error {
	i, id := n.cfg.Cluster.Index(from), n.identity
	if i < 0 {
		return fmt.Errorf("node %v: greeting of %v: %w", n.cfg.ID, from, ErrStranger)
	}
	if id == nil {
		return nil
	}
	id.talks[i] = h
	if h.Incarnation != 0 && !h.Learner && id.met[i] == 0 && n.Voter() {
		n.meet(i, h.Incarnation)
	}
	return nil
}

// meet journals the incarnation that counts of a member from now on.
func (n *Node) meet(i int, incarnation uint64) {
	id := n.identity
	id.drop(n.cfg.Cluster.ID(i))
	id.met[i], id.fresh = incarnation, id.fresh.Add(i)
	n.Persist(Met{n.cfg.Cluster.ID(i), incarnation})
	n.whenDurable(func() {
		if id.met[i] == incarnation {
			id.fresh = id.fresh.Remove(i)
			n.resume(n.cfg.Cluster.ID(i))
		}
	})
}

// drop forgets what is held of a member.
func (id *identity) drop(member ID) {
	rest := id.held[:0]
	for _, e := range id.held {
		if e.From != member {
			rest = append(rest, e)
		}
	}
	clear(id.held[len(rest):])
	id.held = rest
}

// resume handles what was held of a member.
func (n *Node) resume(member ID) {
	var ready []Envelope
	for _, e := range n.identity.held {
		if e.From == member {
			ready = append(ready, e)
		}
	}
	n.identity.drop(member)
	for _, e := range ready {
		if n.err == nil {
			n.handlers[reflect.TypeOf(e.Msg)].call(e.From, e.Msg)
		}
	}
}

// police decides about a message of another member that only voters may send:
// whether it is handled now.
func (n *Node) police(i int, from ID, m any) (bool, error) {
	id := n.identity
	h := id.talks[i]
	switch {
	case h.Incarnation != 0 && !h.Learner && h.Incarnation == id.met[i] && !id.fresh.Has(i):
		return true, nil
	case h.Incarnation == 0:
		return false, fmt.Errorf("node %v: message %T from %v, which has not said who it is: %w", n.cfg.ID, m, from, ErrForeign)
	case h.Learner:
		return false, fmt.Errorf("node %v: message %T from %v, incarnation %016x, which lost its disk and may not vote: %w", n.cfg.ID, m, from, h.Incarnation, ErrForeign)
	case id.met[i] == 0: // this node is a learner: it learns from whoever votes
		return true, nil
	case h.Incarnation != id.met[i]:
		if n.Voter() {
			n.SendNow(from, Replaced{Incarnation: h.Incarnation, Known: id.met[i]})
		}
		return false, fmt.Errorf("node %v: message %T from %v, incarnation %016x: %w, which is %016x", n.cfg.ID, m, from, h.Incarnation, ErrForeign, id.met[i])
	}
	if len(id.held) >= maxHeld {
		return false, fmt.Errorf("node %v: message %T from %v: %d messages wait until the incarnations of their senders are on disk: %w", n.cfg.ID, m, from, maxHeld, ErrForeign)
	}
	id.held = append(id.held, Envelope{from, n.cfg.ID, m})
	return false, nil
}

// onReplaced ends a node that is not who the others count on. That of a member
// which is foreign itself never gets here.
func (n *Node) onReplaced(from ID, m Replaced) {
	if m.Incarnation != n.identity.self.Incarnation || !n.Voter() {
		return
	}
	n.silence(fmt.Errorf("node %v: %w: %v counts on incarnation %016x, this disk has %016x; "+
		"start it without --init on an empty disk, and admit it", n.cfg.ID, ErrReplaced, from, m.Known, m.Incarnation))
}
