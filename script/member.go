package script

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// member is one node with its disk and its clock, through all its lives.
type member struct {
	world   *World
	id      quorate.ID
	disk    *journal.Memory // survives crashes
	old     *journal.Memory // the one that was lost last
	journal quorate.Journal // this life's handle on it
	node    *quorate.Node
	replica quorate.Replica
	app     *quorate.Once
	life    int           // counts starts
	skew    time.Duration // of its clock against the world's
	down    bool
	manual  bool           // batches wait for Sync
	flying  *quorate.Batch // waits for Sync
}

func (m *member) now() time.Duration { return m.world.now + m.skew }

// start brings the node up with a fresh replica that recovers from the journal;
// init says that an empty one is that of a new cluster's member.
func (m *member) start(build quorate.Constructor, init bool) error {
	w, cfg := m.world, m.world.cfg
	m.life++
	w.lives++
	nc := quorate.NodeConfig{ID: m.id, Cluster: cfg.Cluster, Seed: cfg.Seed + uint64(m.life) - 1, Observer: m.observe}
	if cfg.Identities {
		nc.Incarnation, nc.Init = w.lives, init
	}
	node, err := quorate.NewNode(nc)
	if err != nil {
		return err
	}
	node.OnIdentity(m.shown)
	m.app = nil
	if cfg.App != nil {
		m.app = cfg.App()
	}
	if m.replica, err = build(node, m.app); err != nil {
		return err
	}
	m.journal = m.disk.Open()
	m.node, m.down = node, false
	m.step(func() {
		if err = node.Start(m.now(), m.journal.Records()); err != nil {
			m.crash()
		}
	})
	return err
}

func (m *member) crash() {
	m.down, m.node, m.replica, m.app, m.flying = true, nil, nil, nil, nil
}

// receive hands over a message, and before it who sent it.
func (m *member) receive(from quorate.ID, hello quorate.Hello, msg any) {
	m.step(func() {
		if m.node.Err() != nil {
			return
		}
		var err error
		if m.world.cfg.Identities && m.world.cfg.Cluster.Has(from) {
			err = m.node.Receive(m.now(), from, hello)
		}
		if err == nil {
			err = m.node.Receive(m.now(), from, msg)
		}
		if err == nil {
			err = m.node.Err()
		}
		if err != nil {
			m.world.trace(KindNote, "", "%v refused: %v", m.id, err)
		}
	})
}

// step does one thing and then what follows from it on this node. A panic is
// how a replica reports that it broke its own invariant: it ends this life.
func (m *member) step(do func()) {
	defer func() {
		if p := recover(); p != nil {
			m.crash()
			m.world.violate(&PanicError{Node: m.id, Value: p, Stack: string(debug.Stack())})
		}
	}()
	do()
	if !m.down {
		m.round()
	}
}

// PanicError is the violation that a replica found itself.
type PanicError struct {
	Node  quorate.ID
	Value any    // what it panicked with
	Stack string // where
}

// Error names the node and what it panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("%v panicked: %v", e.Node, e.Value) }

// round fires what is due and flushes until the node is quiet.
func (m *member) round() {
	for range maxRounds {
		fired := m.tick()
		batch := m.node.Flush(m.send)
		switch {
		case !batch.Empty() && m.manual:
			m.flying = &batch
			m.world.trace(KindNote, "", "%v waits for its disk: %s", m.id, m.recordTexts(batch.Records))
		case !batch.Empty():
			m.commit(batch)
		case !fired && !m.due():
			return
		}
	}
	m.world.violate(fmt.Errorf("%v does not come to rest: still busy after %d rounds at one time", m.id, maxRounds))
}

func (m *member) due() bool {
	d, ok := m.node.Deadline()
	return ok && d <= m.now()
}

func (m *member) tick() bool {
	if !m.due() {
		return false
	}
	m.node.Tick(m.now())
	return true
}

func (m *member) send(e quorate.Envelope) {
	w := m.world
	switch {
	case e.To == quorate.Others:
		for _, id := range w.cfg.Cluster.IDs() {
			if id != m.id {
				w.post(m.id, id, e.Msg)
			}
		}
	case e.To.IsRoute():
		w.answer(m.id, e.To, e.Msg)
	default:
		w.post(m.id, e.To, e.Msg)
	}
}
