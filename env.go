package quorate

import (
	"math/rand/v2"
	"time"
)

// Env is all that a protocol may touch. Its implementation is the [Node] that
// hosts the replica, whatever world the node runs in. Everything a handler
// does through Env takes effect when the handler's step is flushed.
type Env interface {
	// ID returns this replica's ID.
	ID() ID
	// Cluster returns the membership. It never changes.
	Cluster() *Cluster
	// Voter reports whether this node may vote. One that lost its disk may not,
	// until it is admitted again: of what it sends only messages registered with
	// [RegisterOpen] leave.
	Voter() bool
	// Now returns this node's clock. In a live world it counts from the Unix
	// epoch; it never runs backwards unless a simulation makes it.
	Now() time.Duration
	// Rand returns this node's own generator, seeded per node.
	Rand() *rand.Rand
	// Send sends m to a member, to a client's route, or to [Others], once
	// everything persisted so far is durable. It may be lost, delayed,
	// duplicated or reordered. A message to self comes back in a later step.
	Send(to ID, m any)
	// Broadcast is Send to every member, self included.
	Broadcast(m any)
	// SendNow is Send without the wait: only for messages that reveal nothing
	// that is not yet durable.
	SendNow(to ID, m any)
	// NewTimer returns an idle timer that calls f on this node. The name is for traces.
	NewTimer(name string, f func()) *Timer
	// Persist stores rec in place of the earlier record of the same type and
	// key. It is durable before any later Send leaves.
	Persist(rec Record)
	// Forget drops the records of rec's type and scope with numbers in
	// [from, to); it becomes durable with whatever is persisted next to it.
	Forget(rec Record, from, to uint64)
	// Observe reports e to whoever watches this node.
	Observe(e Event)
	// Watched reports whether anybody does: events that come for every command
	// need not be made for nobody.
	Watched() bool
}

// Record is a typed piece of durable state. A restart hands every live record
// to the handler registered with [Recover]: a message to one's later self.
// Like messages, records are structs of exported fields, encoded by package wire.
type Record interface {
	RecordKey() RecordKey
}

// RecordKey names a record among those of its type. Records are recovered in
// ascending order of type name, scope and number.
type RecordKey struct {
	Scope  string // an object's key, an instance's row; often empty
	Number uint64 // a slot, an instance's number
}

// RecordOp is one change to a node's durable state, as it goes to a journal.
type RecordOp struct {
	Type   string // the record type's name, as in wire
	Key    RecordKey
	Data   []byte // the encoded record; valid until the batch is synced
	Forget bool   // drop the numbers in [Key.Number, To) of Key.Scope instead
	To     uint64
}

// Envelope is a message on its way.
type Envelope struct {
	From, To ID // To may be Others
	Msg      any
}
