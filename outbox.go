package quorate

import (
	"errors"
	"fmt"
	"reflect"
)

// Batch is the durable part of one or more steps: the records to sync as one,
// and the messages that wait for them.
type Batch struct {
	Records []RecordOp

	serial uint64
	after  []Envelope
	arena  []byte
}

// Empty reports whether there is nothing to sync.
func (b *Batch) Empty() bool { return len(b.Records) == 0 }

// Backlog returns the bytes of the records that wait for the sync after the one
// under way. A runtime stops feeding a node whose disk does not keep up.
func (n *Node) Backlog() int { return len(n.batch.arena) }

// Send queues m until everything persisted so far is durable.
func (n *Node) Send(to ID, m any) {
	if n.muted(m) {
		return
	}
	n.later = append(n.later, Envelope{n.cfg.ID, to, m})
}

// Broadcast queues m for every member, self included.
func (n *Node) Broadcast(m any) {
	n.Send(Others, m)
	n.Send(n.cfg.ID, m)
}

// SendNow queues m for the next Flush.
func (n *Node) SendNow(to ID, m any) {
	if n.muted(m) {
		return
	}
	n.soon = append(n.soon, Envelope{n.cfg.ID, to, m})
}

// Persist encodes rec into the current batch. It panics if rec's type was not
// registered with [Recover]: what cannot be recovered must not be persisted.
func (n *Node) Persist(rec Record) {
	op := n.recordOp(rec)
	start := len(n.batch.arena)
	arena, err := n.kinds[reflect.TypeOf(rec)].Append(n.batch.arena, rec)
	if err != nil {
		panic(fmt.Sprintf("node %v: persist %s: %v", n.cfg.ID, op.Type, err))
	}
	n.batch.arena = arena
	op.Data = arena[start:len(arena):len(arena)]
	n.batch.Records = append(n.batch.Records, op)
}

// Forget drops a range of records with the current batch.
func (n *Node) Forget(rec Record, from, to uint64) {
	op := n.recordOp(rec)
	op.Key.Number, op.To, op.Forget = from, to, true
	n.batch.Records = append(n.batch.Records, op)
}

func (n *Node) recordOp(rec Record) RecordOp {
	kind, ok := n.kinds[reflect.TypeOf(rec)]
	if !ok {
		panic(fmt.Sprintf("node %v: record type %T has no Recover handler", n.cfg.ID, rec))
	}
	return RecordOp{Type: kind.Name(), Key: rec.RecordKey()}
}

// maxOwn bounds the messages to self that one Flush handles: a replica that
// answers itself for ever shall not hang whoever runs it.
const maxOwn = 1 << 17

// Flush lets leave what may leave at once, and returns what must be synced
// first. While a batch is being synced, or if nothing was persisted, the
// returned Batch is empty. Otherwise the runtime syncs it and calls
// [Node.Synced] or [Node.Failed]. Messages to self are handled within Flush
// and Synced.
func (n *Node) Flush(send func(Envelope)) Batch {
	n.own = 0
	for n.err == nil {
		if len(n.soon) > 0 && !n.unnamed() {
			n.emit(&n.soon, send)
			continue
		}
		if n.flying || !n.batch.Empty() || len(n.later) == 0 {
			break
		}
		n.emit(&n.later, send)
	}
	if n.err != nil || n.flying || n.batch.Empty() {
		return Batch{}
	}
	b := n.batch
	n.serial++
	b.serial, b.after = n.serial, n.later
	n.batch, n.later, n.used, n.flying = n.used, n.takeSpare(), Batch{}, true
	return b
}

// Synced says that b is durable: what waited for it leaves.
func (n *Node) Synced(b Batch, send func(Envelope)) {
	if n.err != nil || !n.flying || b.serial != n.serial {
		return
	}
	n.flying = false
	n.deliver(b.after, send)
	clear(b.Records)
	n.used = Batch{Records: b.Records[:0], arena: b.arena[:0]}
}

// Failed says that b could not be made durable. The node falls silent: it must
// neither promise nor vote what it may forget.
func (n *Node) Failed(b Batch, err error) {
	n.silence(fmt.Errorf("node %v: %w: %w", n.cfg.ID, ErrFailed, err))
}

// Fail says that the node cannot go on, for a reason that its disk knows nothing
// of: the store of an application failed, for instance. The node falls silent;
// what the step under way wanted to send or persist is dropped.
func (n *Node) Fail(err error) { n.silence(fmt.Errorf("node %v: %w", n.cfg.ID, err)) }

// silence ends the node's part in everything.
func (n *Node) silence(err error) {
	n.err = err
	n.soon, n.later, n.batch = nil, nil, Batch{}
}

// emit sends the envelopes in *box, which handlers may refill meanwhile.
func (n *Node) emit(box *[]Envelope, send func(Envelope)) {
	out := *box
	*box = n.takeSpare()
	n.deliver(out, send)
}

func (n *Node) deliver(out []Envelope, send func(Envelope)) {
	for _, e := range out {
		if e.To != n.cfg.ID {
			send(e)
			continue
		}
		if n.own++; n.own > maxOwn {
			panic(fmt.Sprintf("node %v: the replica sends itself messages without end, now a %T", n.cfg.ID, e.Msg))
		}
		if f, ok := e.Msg.(durable); ok {
			f()
			continue
		}
		if err := n.dispatch(n.cfg.ID, e.Msg); errors.Is(err, ErrUnhandled) {
			panic(err) // the replica sent itself what it cannot read
		}
	}
	clear(out)
	if cap(out) > cap(n.spare) {
		n.spare = out[:0]
	}
}

func (n *Node) takeSpare() []Envelope {
	s := n.spare
	n.spare = nil
	return s
}
