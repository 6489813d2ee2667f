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
	return d.fall("crash", after, func(n *server.Node) { n.Kill() })
}

// Power cuts the power of the node and of its disk: it ends, and what its journal
// had not synced is gone. It starts again after that time. It refuses as
// [Daemon.Crash] does. It needs Config.Unsynced.
func (d *Daemon) Power(after time.Duration) error {
	if d.harm.Disk == nil || d.harm.Volatile == nil {
		return fmt.Errorf("cut the power of node %v: its disk is not one that forgets: set Unsynced", d.cfg.ID)
	}
	return d.fall("cut the power of", after, func(n *server.Node) {
		d.harm.Disk.CutPower()
		n.Kill() // it closes the journal
		d.harm.Volatile.Lose()
		d.harm.Disk.RestorePower()
	})
}

// fall ends the node by some means, and has it start again after a time.
func (d *Daemon) fall(what string, after time.Duration, kill func(n *server.Node)) error {
	if after < 0 {
		return fmt.Errorf("%s node %v for %v: want 0 or more", what, d.cfg.ID, after)
	}
	killed := make(chan struct{})
	d.mu.Lock()
	n := d.node
	if d.away != serving || n == nil {
		d.mu.Unlock()
		return fmt.Errorf("%s node %v: %w", what, d.cfg.ID, server.ErrStopped)
	}
	d.node, d.away = nil, crashed
	d.seat.Take(nil)
	d.lives.Go(func() {
		kill(n)
		close(killed)
		d.recover(after)
	})
	d.mu.Unlock()
	<-killed
	d.log.Warn("node ended on purpose", "node", d.cfg.ID, "how", what, "for", after)
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
