package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/quorate/quorate/server"
)

// state says why a member does not serve.
type state uint8

const (
	serving state = iota
	crashed
	failed
	stopping
)

// Crash ends the node as a crash would: nothing of it is flushed, and what it
// knew is lost but for its journal, from which it starts again after d. It
// returns when the node has ended. A node that does not run is refused with an
// error that wraps [server.ErrStopped].
func (d *Daemon) Crash(after time.Duration) error {
	if after < 0 {
		return fmt.Errorf("crash node %v for %v: want 0 or more", d.cfg.ID, after)
	}
	killed := make(chan struct{})
	d.mu.Lock()
	n := d.node
	if d.away != serving || n == nil {
		d.mu.Unlock()
		return fmt.Errorf("crash node %v: %w", d.cfg.ID, server.ErrStopped)
	}
	d.node, d.away = nil, crashed
	d.seat.Take(nil)
	d.lives.Go(func() {
		n.Kill()
		close(killed)
		d.recover(after)
	})
	d.mu.Unlock()
	<-killed
	d.log.Warn("node crashed on purpose", "node", d.cfg.ID, "for", after)
	return nil
}

// recover starts the node again after a crash, unless the daemon ends first.
func (d *Daemon) recover(after time.Duration) {
	t := time.NewTimer(after)
	defer t.Stop()
	select {
	case <-d.gone:
		return
	case <-t.C:
	}
	if err := d.startNode(false); err != nil {
		d.fail(nil, fmt.Errorf("start again after a crash: %w", err))
		return
	}
	d.log.Warn("node started again", "node", d.cfg.ID)
}

// Admit makes a voter of a node that lost its disk. It returns when the node
// votes, or why it does not.
func (d *Daemon) Admit(ctx context.Context) error {
	n := d.Node()
	if n == nil {
		return fmt.Errorf("admit node %v: %w", d.cfg.ID, server.ErrStopped)
	}
	return n.Admit(ctx)
}
