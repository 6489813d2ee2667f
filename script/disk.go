package script

import (
	"errors"
	"fmt"
	"strings"

	"github.com/quorate/quorate"
)

// ErrIdleDisk is wrapped when no batch waits for a disk.
var ErrIdleDisk = errors.New("no batch waits for the disk")

// ErrRunning is wrapped when a node is to be restarted that is not down.
var ErrRunning = errors.New("node is running")

func (m *member) commit(b quorate.Batch) {
	if err := m.journal.Commit(b.Records); err != nil {
		m.node.Failed(b, err)
		return
	}
	m.node.Tick(m.now()) // as other runtimes do
	m.node.Synced(b, m.send)
}

// HoldSync makes batches of a node wait for [World.Sync], or ends that: then
// the batch that waits is synced at once.
func (w *World) HoldSync(id quorate.ID, hold bool) error {
	m, err := w.member(id)
	if err != nil {
		return err
	}
	m.manual = hold
	if !hold && m.flying != nil {
		return w.Sync(id)
	}
	return nil
}

// Sync makes the batch of a node that waits for its disk durable, and lets what
// waits for it leave. What was persisted meanwhile is the next batch.
func (w *World) Sync(id quorate.ID) error {
	m, b, err := w.waiting(id)
	if err != nil {
		return err
	}
	m.flying = nil
	m.step(func() { m.commit(b) })
	return nil
}

// FailSync reports a disk error for the batch of a node that waits for its
// disk. The node falls silent.
func (w *World) FailSync(id quorate.ID) error {
	m, b, err := w.waiting(id)
	if err != nil {
		return err
	}
	m.flying = nil
	m.disk.FailNext(errors.New("scripted disk error"))
	m.step(func() { m.commit(b) })
	w.trace(KindNote, "", "%v", m.node.Err())
	return nil
}

func (w *World) waiting(id quorate.ID) (*member, quorate.Batch, error) {
	m, err := w.up(id)
	if err != nil {
		return nil, quorate.Batch{}, err
	}
	if m.flying == nil {
		return nil, quorate.Batch{}, fmt.Errorf("sync %v: %w", id, ErrIdleDisk)
	}
	return m, *m.flying, nil
}

// Crash stops a node at once: its volatile state, the batch that waits for its
// disk and what waits to be sent are lost. Messages in flight stay.
func (w *World) Crash(id quorate.ID) error {
	m, err := w.up(id)
	if err != nil {
		return err
	}
	if m.flying != nil {
		w.trace(KindNote, "", "%v loses %s", id, m.recordTexts(m.flying.Records))
	}
	m.crash()
	return nil
}

// Records returns what a node's journal holds, decoded, in the order of
// recovery. The node must be running: its types are asked for.
func (w *World) Records(id quorate.ID) ([]quorate.Record, error) {
	m, err := w.up(id)
	if err != nil {
		return nil, err
	}
	var records []quorate.Record
	for op, err := range m.journal.Records() {
		if err != nil {
			return nil, fmt.Errorf("records of %v: %w", id, err)
		}
		rec, err := m.node.DecodeRecord(op)
		if err != nil {
			return nil, err
		}
		records = append(records, rec.(quorate.Record))
	}
	return records, nil
}

func (m *member) recordTexts(ops []quorate.RecordOp) string {
	var texts []string
	for _, op := range ops {
		texts = append(texts, m.recordText(op))
	}
	return strings.Join(texts, ", ")
}

func (m *member) recordText(op quorate.RecordOp) string {
	if op.Forget {
		return fmt.Sprintf("forget %s %s[%d,%d)", shortName(op.Type), op.Key.Scope, op.Key.Number, op.To)
	}
	rec, err := m.node.DecodeRecord(op)
	if err != nil {
		return err.Error()
	}
	return Text(rec)
}
