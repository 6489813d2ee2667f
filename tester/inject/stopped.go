package inject

import (
	"context"
	"time"

	"github.com/quorate/quorate/server/admin"
)

// stoppedClocks stop, and go on where they were: as those of machines that are suspended.
// A clock never runs backwards, so one that is set back far only crawls.
type stoppedClocks struct {
	name  string
	o     *orders
	hooks []hook
	since []time.Time     // when it was stopped; zero: it runs
	lost  []time.Duration // by which it is late
}

// standstill is how far a clock is set back while it stands still: further than that lasts.
const standstill = 30 * time.Second

func newStoppedClocks(c Cluster, name string) *stoppedClocks {
	n := c.Members().Size()
	return &stoppedClocks{name: name + "-clock", o: networkOf(c, name).v.g.orders, hooks: make([]hook, n), since: make([]time.Time, n), lost: make([]time.Duration, n)}
}

func (s *stoppedClocks) stop(ctx context.Context, i int) error {
	s.since[i] = time.Now()
	return s.set(ctx, i, standstill)
}

// run lets a clock go on, about where it was.
func (s *stoppedClocks) run(ctx context.Context, i int) error {
	if s.since[i].IsZero() {
		return nil
	}
	s.lost[i] += time.Since(s.since[i])
	s.since[i] = time.Time{}
	return s.set(ctx, i, s.lost[i])
}

func (s *stoppedClocks) set(ctx context.Context, i int, by time.Duration) error {
	s.hooks[i] = func(ctx context.Context, a *admin.Client) error {
		_, err := a.Bump(ctx, lifetime, -by, 0)
		return err
	}
	return s.o.give(ctx, s.name, s.hooks)
}

// heal sets all clocks right.
func (s *stoppedClocks) heal(ctx context.Context) error {
	return s.o.give(ctx, s.name, make([]hook, len(s.hooks)))
}
