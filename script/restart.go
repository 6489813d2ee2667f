package script

import (
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// Restart starts a node that is down, from its journal. That the replica
// refuses to start is an error and leaves the node down.
func (w *World) Restart(id quorate.ID) error { return w.restart(id, w.cfg.New, false) }

// RestartEmpty starts a node that is down as if its disk had been replaced by
// an empty one, with [Config.Rejoin]. In a world with identities it is a learner.
func (w *World) RestartEmpty(id quorate.ID) error { return w.restartEmpty(id, false) }

// RestartInit is [World.RestartEmpty] by somebody who says that the cluster is
// new, which it is not.
func (w *World) RestartInit(id quorate.ID) error { return w.restartEmpty(id, true) }

func (w *World) restartEmpty(id quorate.ID, init bool) error {
	m, err := w.member(id)
	if err != nil {
		return err
	}
	if m.down { // else restart refuses
		m.old, m.disk = m.disk, journal.NewMemory()
	}
	if w.cfg.Rejoin != nil {
		return w.restart(id, w.cfg.Rejoin, init)
	}
	return w.restart(id, w.cfg.New, init)
}

// RestartOld starts a node that is down from the disk that it lost last: somebody
// has put it back.
func (w *World) RestartOld(id quorate.ID) error {
	m, err := w.member(id)
	if err != nil {
		return err
	}
	if m.old == nil {
		return fmt.Errorf("restart %v from its old disk: it never lost one", id)
	}
	if m.down {
		m.disk = m.old
	}
	return w.restart(id, w.cfg.New, false)
}

func (w *World) restart(id quorate.ID, build quorate.Constructor, init bool) error {
	m, err := w.member(id)
	if err != nil {
		return err
	}
	if !m.down {
		return fmt.Errorf("restart %v: %w; crash it first", id, ErrRunning)
	}
	return m.start(build, init)
}

// Admit begins to make a node that lost its disk a voter again. It goes on as
// messages are delivered and timers fire; what comes of it is noted in the trace.
func (w *World) Admit(id quorate.ID) error {
	m, err := w.up(id)
	if err != nil {
		return err
	}
	m.step(func() {
		m.node.Admit(func(err error) {
			if err != nil {
				w.trace(KindNote, "", "%v", err)
			}
		})
	})
	return nil
}

// shown notes what a node is when it is known on its disk. That all are voters
// when a world begins is no news.
func (m *member) shown(h quorate.Hello) {
	switch {
	case h.Learner:
		m.world.trace(KindNote, "", "%v is a learner, incarnation %d", m.id, h.Incarnation)
	case m.life > 1:
		m.world.trace(KindNote, "", "%v is a voter, incarnation %d", m.id, h.Incarnation)
	}
}
