package inject

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/server/admin"
)

// restartKinds are the nemeses that end members in order, or crash them from within.
func restartKinds() []kind {
	list := []kind{{Kind{Name: "rolling", About: "each member in turn ends in order, as by SIGTERM, starts again, and serves before the next one ends",
		Needs: "processes of this machine, with journals on disk", All: true}, func() Nemesis { return rolling{} }}}
	for _, whom := range []string{"", leader} {
		about := map[string]string{"": "members crash themselves, for 0.2 to 3 s, and start again from their journals", leader: "the leader crashes itself, for 0.2 to 3 s, and starts again from its journal"}
		n := crash{form("crash", whom), whom}
		list = append(list, kind{Kind{Name: n.name, About: about[whom]}, func() Nemesis { return n }})
	}
	return list
}

// rolling restarts each member in turn.
type rolling struct{}

func (rolling) Name() string { return "rolling" }

// Check wants processes that can be started again.
func (rolling) Check(c Cluster) error { return restartable(c) }

// steady bounds how long a member that was restarted may take to serve before the next
// one has its turn: other faults may keep it from that.
const steady = 10 * time.Second

func (rolling) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	var done []quorate.ID
	ids := c.Members().IDs()
	heal := func(context.Context) error {
		var errs []error
		for _, id := range ids {
			errs = append(errs, c.Start(id))
		}
		return errors.Join(errs...)
	}
	for _, i := range rng.Perm(len(ids)) {
		id := ids[i]
		if ctx.Err() != nil {
			break
		}
		err := c.End(id)
		if errors.Is(err, ErrHeld) {
			continue
		}
		if err == nil {
			err = c.Start(id)
		}
		if err != nil {
			return said("in turn", done), heal, fmt.Errorf("restart member %v: %w", id, err)
		}
		done = append(done, id)
		ready(ctx, c, id)
	}
	return said("in turn", done), nil, nil
}

// ready waits until a member says that it serves, for a bounded time.
func ready(ctx context.Context, c Cluster, id quorate.ID) {
	client, err := c.Admin(id)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, steady)
	defer cancel()
	for {
		if h, err := client.Ready(ctx); err == nil && h.OK || !sleep.For(ctx, 20*time.Millisecond) {
			return
		}
	}
}

// crash has members crash themselves.
type crash struct{ name, whom string }

func (n crash) Name() string { return n.name }

// Check wants members that can be told.
func (n crash) Check(c Cluster) error { return operated(c) }

func (n crash) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	d := between(rng, 200, 3000)
	members, whom, err := target(ctx, c, rng, n.whom)
	if err != nil {
		return nil, nil, err
	}
	var struck []quorate.ID
	var errs []error
	for _, id := range c.Members().Members(members) {
		if networkOf(c, n.name).v.g.absent(id) {
			continue
		}
		client, err := c.Admin(id)
		if err == nil {
			_, err = client.Crash(ctx, d)
		}
		if refused, ok := errors.AsType[*admin.RefusedError](err); ok && refused.Reason == "conflict" {
			continue // it is down already
		}
		struck = append(struck, id)
		errs = append(errs, err)
	}
	heal := func(ctx context.Context) error {
		for _, id := range struck {
			if err := back(ctx, c, id); err != nil {
				return err
			}
		}
		return nil
	}
	return said(whom, struck, millis("down-ms", d)), heal, errors.Join(errs...)
}

// back says whether a member has started again after it crashed itself. It is no
// matter of ours any more once another nemesis has ended its process.
func back(ctx context.Context, c Cluster, id quorate.ID) error {
	if c.Local() && c.PID(id) == 0 {
		return nil
	}
	client, err := c.Admin(id)
	if err != nil {
		return err
	}
	s, err := client.Status(ctx)
	if err == nil && s.State == admin.StateDown {
		err = fmt.Errorf("member %v: %s", id, s.Why)
	}
	return err
}
