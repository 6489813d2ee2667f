// Package journal keeps the durable records of nodes: the implementations of
// [quorate.Journal]. Package journaltest has the contract as tests.
package journal

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/quorate/quorate"
)

// The reasons why a handle takes no batch. What it took before stays.
var (
	// ErrClosed: the handle was closed.
	ErrClosed = errors.New("journal is closed")
	// ErrReopened: somebody opened the medium anew, so whoever holds this
	// handle has crashed, whether it knows or not.
	ErrReopened = errors.New("journal was opened by another")
	// ErrBroken: an earlier batch failed, and what it left is unknown.
	ErrBroken = errors.New("journal failed before")
)

// Memory is a journal without a disk, the medium and its first handle in one. It
// outlives the node that uses it, as a disk does: whoever restarts a node calls
// [Memory.Open], which locks the node's earlier life out, so that a batch still
// on its way from there never appears. It is safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	table   *table
	stats   Stats
	life    uint64 // of the handle that may write
	failing error  // what the next Commit returns
	spares  spares
	readers int // iterations under way: their data must not be recycled
	first   *Handle
}

// Stats are the figures of a journal.
type Stats struct {
	Records int    // live
	Bytes   int    // of their data
	Batches uint64 // committed since the journal was made
}

// NewMemory returns an empty journal.
func NewMemory() *Memory {
	m := &Memory{table: newTable()}
	m.first = &Handle{m: m}
	return m
}

// Open returns a new handle on what is committed, and locks out all earlier
// ones, the Memory itself included.
func (m *Memory) Open() *Handle {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.life++
	return &Handle{m: m, life: m.life}
}

// FailNext makes the next Commit fail with err: nothing of the batch is kept,
// and its handle takes no further one.
func (m *Memory) FailNext(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failing = err
}

// Stats returns the figures as of now.
func (m *Memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

// Commit implements [quorate.Journal].
func (m *Memory) Commit(ops []quorate.RecordOp) error { return m.first.Commit(ops) }

// Records implements [quorate.Journal].
func (m *Memory) Records() iter.Seq2[quorate.RecordOp, error] { return m.first.Records() }

// Close implements [quorate.Journal].
func (m *Memory) Close() error { return m.first.Close() }

// Immediate says that Commit does not block: a runtime need not sync beside
// its loop.
func (m *Memory) Immediate() bool { return true }

// Handle is one life's access to a [Memory].
type Handle struct {
	m    *Memory
	life uint64
	err  error // why it takes no batch
}

// Commit implements [quorate.Journal]. It copies the data.
func (h *Handle) Commit(ops []quorate.RecordOp) error {
	m := h.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := h.usable(); err != nil {
		return fmt.Errorf("commit %d records: %w", len(ops), err)
	}
	if err := m.failing; err != nil {
		m.failing = nil
		h.err = fmt.Errorf("%w: %w", ErrBroken, err)
		return fmt.Errorf("commit %d records: %w", len(ops), err)
	}
	m.table.foresee(ops)
	for i := range ops {
		m.apply(&ops[i])
	}
	m.stats.Batches++
	return nil
}

// usable says whether the handle may write; the lock is held.
func (h *Handle) usable() error {
	if h.err != nil {
		return h.err
	}
	if h.life != h.m.life {
		return ErrReopened
	}
	return nil
}

// Records implements [quorate.Journal]: the records as they are when the
// iteration begins.
func (h *Handle) Records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		ops, err := h.snapshot()
		if err != nil {
			yield(quorate.RecordOp{}, fmt.Errorf("read records: %w", err))
			return
		}
		defer h.m.doneReading()
		for _, op := range ops {
			op.Data = bytes.Clone(op.Data)
			if !yield(op, nil) {
				return
			}
		}
	}
}

// snapshot lists the records in order. Their data does not change until
// doneReading.
func (h *Handle) snapshot() ([]quorate.RecordOp, error) {
	m := h.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := h.usable(); err != nil {
		return nil, err
	}
	m.readers++
	ops := make([]quorate.RecordOp, 0, m.stats.Records)
	m.table.each(func(typ, scope string, e entry) {
		ops = append(ops, quorate.RecordOp{Type: typ, Key: quorate.RecordKey{Scope: scope, Number: e.number}, Data: e.data})
	})
	return ops, nil
}

func (m *Memory) doneReading() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readers--
}

// drop gives the data of a record up.
func (m *Memory) drop(data []byte) {
	m.stats.Bytes -= len(data)
	if m.readers == 0 {
		m.spares.recycle(data)
	}
}

// Close implements [quorate.Journal].
func (h *Handle) Close() error {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.err == nil {
		h.err = ErrClosed
	}
	return nil
}

// FailNext is [Memory.FailNext].
func (h *Handle) FailNext(err error) { h.m.FailNext(err) }

// Immediate says that Commit does not block.
func (h *Handle) Immediate() bool { return true }

func (m *Memory) apply(op *quorate.RecordOp) {
	if op.Forget {
		m.forget(op)
		return
	}
	data := m.spares.clone(op.Data)
	m.stats.Bytes += len(data)
	old, replaced := m.table.put(op.Type, op.Key.Scope, op.Key.Number, data)
	if replaced {
		m.drop(old)
		return
	}
	m.stats.Records++
}

func (m *Memory) forget(op *quorate.RecordOp) {
	m.stats.Records -= m.table.forget(op.Type, op.Key.Scope, op.Key.Number, op.To, m.drop)
}
