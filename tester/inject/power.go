package inject

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/strace"
	"github.com/quorate/quorate/server/admin"
)

// unsynced is the flag with which a member keeps in memory what its journal has not
// synced.
const unsynced = "--unsynced-in-memory"

// ServerFlags returns the flags that members need for the nemeses of the given names:
// those that cut the power want disks that forget what was not synced.
func ServerFlags(names []string) []string {
	for _, name := range names {
		if name == All || strings.HasPrefix(name, "power") || strings.HasPrefix(name, "disk-lie") || strings.HasPrefix(name, "kill-at-sync") || name == rivalsPower {
			return []string{unsynced}
		}
	}
	return nil
}

// powerKinds are the nemeses of the power, and of its failures at bad moments.
func powerKinds() []kind {
	const disks = "processes of this machine whose disks forget what was not synced, or admin addresses"
	var list []kind
	for _, whom := range []string{"", one, leader, minority, majority, everyone} {
		list = append(list, kind{Kind{Name: form("power", whom), About: "cuts the power: processes end, and what they had not synced is gone" + of(whom), Needs: disks, All: whom == ""},
			func() Nemesis { return power{form("power", whom), whom} }})
	}
	for _, whom := range []string{"", leader} {
		list = append(list, kind{Kind{Name: form("kill-at-sync", whom), About: "ends a member at one of its next syncs" + of(whom), Needs: "processes of this machine, with journals on disk", All: whom == ""},
			func() Nemesis { return killAtSync{form("kill-at-sync", whom), whom} }})
	}
	return list
}

// power cuts the power of members.
type power struct{ name, whom string }

func (p power) Name() string { return p.name }

// Check wants processes that end as if their power failed, or members that do so when
// they are told.
func (p power) Check(c Cluster) error {
	if c.Local() {
		return restartable(c)
	}
	return operated(c)
}

func (p power) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	if c.Local() {
		return each(ctx, c, rng, p.whom, c.Kill, c.Start)
	}
	d := spread(rng, 100*time.Millisecond, 2*time.Second)
	cut := func(id quorate.ID) error {
		operator, err := operatorOf(c, id)
		if err != nil {
			return err
		}
		_, err = operator.Power(ctx, d)
		return err
	}
	return each(ctx, c, rng, p.whom, cut, func(quorate.ID) error { return nil })
}

// killAtSync ends processes when they are about to sync.
type killAtSync struct{ name, whom string }

func (k killAtSync) Name() string { return k.name }

// Check wants processes that can be started again.
func (k killAtSync) Check(c Cluster) error { return restartable(c) }

func (k killAtSync) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	whom := k.whom
	if whom == "" {
		whom = []string{one, leader, minority}[rng.IntN(3)]
	}
	members, how, err := target(ctx, c, rng, whom)
	n, traced := 1+rng.IntN(20), rng.IntN(2) == 0
	if err != nil {
		return nil, nil, err
	}
	struck := c.Members().Members(members)
	by := "hook"
	var offs []func()
	var errs []error
	for _, id := range struck {
		if traced {
			if off, err := strace.Inject(ctx, c.PID(id), fmt.Sprintf("signal=SIGKILL:when=%d", n)); err == nil {
				offs, by = append(offs, off), "strace"
				continue
			}
		}
		errs = append(errs, tell(ctx, c, k.name, id, func(a *admin.Client) error {
			_, err := a.KillAtSync(ctx, lifetime, n)
			return err
		}))
	}
	heal := func(ctx context.Context) error {
		for _, off := range offs {
			off()
		}
		return reviveAll(ctx, c, k.name, struck)
	}
	what := said(how, struck, history.Entry{Key: history.Keyword("sync"), Value: int64(n)}, history.Entry{Key: history.Keyword("by"), Value: by})
	return what, heal, errors.Join(errs...)
}

// operatorOf returns a client of a member's admin listener.
func operatorOf(c Cluster, id quorate.ID) (*admin.Client, error) {
	return networkOf(c, "").v.g.operator(id)
}

// tell asks a member that runs to do something to itself, under a nemesis' name. One
// that does not run, because of another nemesis, is left alone.
func tell(ctx context.Context, c Cluster, name string, id quorate.ID, what func(a *admin.Client) error) error {
	if c.Local() && c.PID(id) == 0 {
		return nil
	}
	operator, err := operatorOf(c, id)
	if err == nil {
		err = what(operator.Named(name))
	}
	if err != nil && c.Local() && c.PID(id) == 0 {
		return nil
	}
	return err
}

// reviveAll ends what members do under a name, and starts those again that ended or
// failed because of it.
func reviveAll(ctx context.Context, c Cluster, name string, ids []quorate.ID) error {
	var errs []error
	for _, id := range ids {
		errs = append(errs, revive(ctx, c, name, id))
	}
	return errors.Join(errs...)
}

func revive(ctx context.Context, c Cluster, name string, id quorate.ID) error {
	failed := false
	err := tell(ctx, c, name, id, func(a *admin.Client) error {
		if _, err := a.Heal(ctx); err != nil {
			return err
		}
		s, err := a.Status(ctx)
		failed = s.State == admin.StateFailed
		return err
	})
	if err != nil || c.PID(id) != 0 && !failed {
		return err
	}
	return restart(c, id)
}

// restart starts a member whose process has ended by itself, or is of no use any more.
// If another nemesis has ended it, that one starts it.
func restart(c Cluster, id quorate.ID) error {
	_, guarded := c.(*view)
	if guarded || c.PID(id) != 0 {
		if err := c.Kill(id); errors.Is(err, ErrHeld) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return c.Start(id)
}
