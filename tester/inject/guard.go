package inject

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// ErrHeld is wrapped when another nemesis has a member's process down, or paused.
var ErrHeld = errors.New("another nemesis has it already")

// guard stands between nemeses that are active at the same time and the members'
// processes: what one has taken down no other one starts.
type guard struct {
	c     Cluster
	ended time.Duration // how long a process may take to end

	orders *orders

	mu     sync.Mutex
	down   map[quorate.ID]*view // whoever killed or ended it
	paused map[quorate.ID]*view
	admins map[quorate.ID]*admin.Client // clients are kept: some clusters make a new one each time
	lost   map[quorate.ID]*view         // whoever took its disk away; one at a time
}

func newGuard(c Cluster) *guard {
	g := &guard{c: c, ended: 30 * time.Second, down: map[quorate.ID]*view{}, paused: map[quorate.ID]*view{}, admins: map[quorate.ID]*admin.Client{}, lost: map[quorate.ID]*view{}}
	g.orders = newOrders(g)
	return g
}

// operator returns a client of a member's admin listener, always the same.
func (g *guard) operator(id quorate.ID) (*admin.Client, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.admins[id]; c != nil {
		return c, nil
	}
	c, err := g.c.Admin(id)
	if err == nil {
		g.admins[id] = c
	}
	return c, err
}

// close lets go of the connections to members.
func (g *guard) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.admins { // unordered: all of them
		_ = c.Close() // it lets go of idle connections, no more
	}
}

// view is the cluster as one nemesis acts on it.
type view struct {
	Cluster
	g    *guard
	name string
}

func (g *guard) view(name string) *view { return &view{Cluster: g.c, g: g, name: name} }

// Admin returns a client that others share.
func (v *view) Admin(id quorate.ID) (*admin.Client, error) { return v.g.operator(id) }

// Unwrap returns the cluster behind, for [As].
func (v *view) Unwrap() Cluster { return v.Cluster }

// As returns what a cluster can do besides what every [Cluster] can, such as filter
// packets. Clusters that stand before others are looked through.
func As[T any](c Cluster) (T, bool) {
	for {
		if t, ok := c.(T); ok {
			return t, true
		}
		u, ok := c.(interface{ Unwrap() Cluster })
		if !ok {
			var none T
			return none, false
		}
		c = u.Unwrap()
	}
}

// take notes in a table that the nemesis has a member.
func (v *view) take(table map[quorate.ID]*view, id quorate.ID) error {
	v.g.mu.Lock()
	defer v.g.mu.Unlock()
	if by := table[id]; by != nil && by != v {
		return fmt.Errorf("member %v: %w: %s", id, ErrHeld, by.name)
	}
	table[id] = v
	return nil
}

func (v *view) has(table map[quorate.ID]*view, id quorate.ID) bool {
	v.g.mu.Lock()
	defer v.g.mu.Unlock()
	return table[id] == v
}

// alone takes a member in a table if the table has no other one, and reports whether it
// did.
func (v *view) alone(table map[quorate.ID]*view, id quorate.ID) bool {
	v.g.mu.Lock()
	defer v.g.mu.Unlock()
	if len(table) > 0 {
		return false
	}
	table[id] = v
	return true
}

func (v *view) leave(table map[quorate.ID]*view, id quorate.ID) {
	v.g.mu.Lock()
	defer v.g.mu.Unlock()
	delete(table, id)
}

// Kill ends a process, and returns when it has ended.
func (v *view) Kill(id quorate.ID) error { return v.finish(id, v.Cluster.Kill) }

// End asks a process to end, and returns when it has.
func (v *view) End(id quorate.ID) error { return v.finish(id, v.Cluster.End) }

func (v *view) finish(id quorate.ID, how func(quorate.ID) error) error {
	if err := v.take(v.g.down, id); err != nil {
		return err
	}
	if v.PID(id) == 0 { // it has ended by itself
		return nil
	}
	if err := how(id); err != nil {
		v.leave(v.g.down, id)
		return err
	}
	limit := time.NewTimer(v.g.ended)
	defer limit.Stop()
	for v.PID(id) != 0 {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-limit.C: // it stays taken: who takes it has to start it
			return fmt.Errorf("member %v has not ended within %v", id, v.g.ended)
		}
	}
	return nil
}

// Start starts a member that this nemesis has taken down. One that another has is left
// to that one; one that runs is left alone.
func (v *view) Start(id quorate.ID) error {
	if !v.has(v.g.down, id) {
		return nil
	}
	if v.PID(id) == 0 {
		if err := v.Cluster.Start(id); err != nil {
			return err
		}
	}
	v.leave(v.g.down, id)
	return nil
}

// Pause stops a process that none has paused.
func (v *view) Pause(id quorate.ID) error {
	if err := v.take(v.g.paused, id); err != nil {
		return err
	}
	err := v.Cluster.Pause(id)
	if err != nil {
		v.leave(v.g.paused, id)
	}
	return err
}

// Resume lets a process go on that this nemesis has paused. It may have been killed
// meanwhile.
func (v *view) Resume(id quorate.ID) error {
	if !v.has(v.g.paused, id) {
		return nil
	}
	if v.PID(id) != 0 {
		if err := v.Cluster.Resume(id); err != nil && v.PID(id) != 0 {
			return err
		}
	}
	v.leave(v.g.paused, id)
	return nil
}
