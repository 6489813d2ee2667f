package inject

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/strace"
	"github.com/quorate/quorate/server/admin"
)

// diskKinds are the nemeses of disks.
func diskKinds() []kind {
	const disks, local = "journals on disk", "processes of this machine, with journals on disk"
	var list []kind
	add := func(name, about, needs string, all, ends bool, made func(name, whom string) Nemesis) {
		for _, whom := range []string{"", leader} {
			list = append(list, kind{Kind{Name: form(name, whom), About: about + of(whom), Needs: needs, All: all && whom == "", Ends: ends},
				func() Nemesis { return made(form(name, whom), whom) }})
		}
	}
	add("disk-slow", "makes each sync take 10 ms to 1 s longer", disks, true, false,
		func(name, whom string) Nemesis { return slowDisk{name, whom} })
	add("disk-fail", "lets a sync fail: the member falls silent, and is started again", local, true, true,
		func(name, whom string) Nemesis { return badDisk{name, whom, admin.DiskFail, "error=EIO"} })
	add("disk-full", "leaves no room on the disk: the member falls silent, and is started again when there is", local, true, true,
		func(name, whom string) Nemesis { return badDisk{name, whom, admin.DiskFull, ""} })
	add("disk-lie", "lets syncs do nothing, then cuts the power: no protocol survives that, and a test must find it", local+" that forget what was not synced", false, true,
		func(name, whom string) Nemesis { return lyingDisk{name, whom} })
	add("disk-lost", "takes the journal of a member away; it learns, and is admitted again", local, true, false,
		func(name, whom string) Nemesis { return lostDisk{name: name, whom: whom} })
	add("disk-rot", "flips a bit in the journal of a member, which must refuse it; then the disk is lost", local, true, true,
		func(name, whom string) Nemesis { return lostDisk{name: name, whom: whom, rot: true} })
	return list
}

// slowDisk makes syncs take longer.
type slowDisk struct{ name, whom string }

func (d slowDisk) Name() string { return d.name }

// Check wants members that can be told to.
func (d slowDisk) Check(c Cluster) error { return operated(c) }

func (d slowDisk) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	members, how, err := target(ctx, c, rng, d.whom)
	delay := spread(rng, 10*time.Millisecond, time.Second)
	if err != nil {
		return nil, nil, err
	}
	hooks := make([]hook, c.Members().Size())
	for i := range hooks {
		if members.Has(i) {
			hooks[i] = func(ctx context.Context, a *admin.Client) error {
				_, err := a.SlowDisk(ctx, lifetime, delay)
				return err
			}
		}
	}
	what := said(how, c.Members().Members(members), history.Entry{Key: history.Keyword("delay-ms"), Value: delay.Milliseconds()})
	return ordered(ctx, c, d.name, hooks, what)
}

// badDisk makes members fall silent because of their disks.
type badDisk struct {
	name, whom string
	fault      string // of the members' own hook
	trace      string // the same for strace; empty if it has none
}

func (d badDisk) Name() string { return d.name }

// Check wants processes that can be started again.
func (d badDisk) Check(c Cluster) error { return restartable(c) }

func (d badDisk) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	members, how, err := target(ctx, c, rng, d.whom)
	traced := rng.IntN(2) == 0 && d.trace != ""
	if err != nil {
		return nil, nil, err
	}
	struck, by := c.Members().Members(members), "hook"
	var offs []func()
	var errs []error
	for _, id := range struck {
		if traced {
			if off, err := strace.Inject(ctx, c.PID(id), d.trace); err == nil {
				offs, by = append(offs, off), "strace"
				continue
			}
		}
		errs = append(errs, tell(ctx, c, d.name, id, func(a *admin.Client) error {
			_, err := a.Disk(ctx, lifetime, d.fault)
			return err
		}))
	}
	heal := func(ctx context.Context) error {
		for _, off := range offs {
			off()
		}
		return reviveAll(ctx, c, d.name, struck)
	}
	return said(how, struck, history.Entry{Key: history.Keyword("by"), Value: by}), heal, errors.Join(errs...)
}

// lyingDisk lets syncs do nothing, and then cuts the power.
type lyingDisk struct{ name, whom string }

func (d lyingDisk) Name() string { return d.name }

// Check wants processes that can be started again.
func (d lyingDisk) Check(c Cluster) error { return restartable(c) }

func (d lyingDisk) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	members, how, err := target(ctx, c, rng, d.whom)
	if err != nil {
		return nil, nil, err
	}
	struck := c.Members().Members(members)
	var errs []error
	for _, id := range struck {
		errs = append(errs, tell(ctx, c, d.name, id, func(a *admin.Client) error {
			_, err := a.Disk(ctx, lifetime, admin.DiskLie)
			return err
		}))
	}
	down := map[quorate.ID]bool{}
	heal := func(context.Context) error {
		var errs []error
		for _, id := range struck { // all are off before the first starts again
			if down[id] {
				continue
			}
			if err := c.Kill(id); errors.Is(err, ErrHeld) || err == nil || c.PID(id) == 0 {
				down[id] = true
			} else {
				errs = append(errs, err)
			}
		}
		if len(errs) > 0 {
			return errors.Join(errs...)
		}
		for _, id := range struck {
			errs = append(errs, c.Start(id))
		}
		return errors.Join(errs...)
	}
	return said(how, struck), heal, errors.Join(errs...)
}
