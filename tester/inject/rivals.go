package inject

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/server/admin"
)

// The nemeses of two leaders.
const (
	rivalsPlain     = "rivals"
	rivalsSuspended = "rivals-suspended"
	rivalsPower     = "rivals-power"
	rivalsLost      = "rivals-disk-lost"
)

// suspends reports whether a nemesis of two leaders sets clocks.
func suspends(name string) bool {
	return name == rivalsSuspended || name == rivalsPower || name == rivalsLost
}

// rivalKinds are the nemeses that let two leaders reach the same members by turns.
func rivalKinds() []kind {
	const clocks = "the same, and the clock of who is cut off stands still, as a suspended machine's: lease reads do not survive that"
	return []kind{
		{Kind{Name: rivalsPlain, About: "two leaders by turns: one is cut off until another is elected, then that one, then the first again", Needs: "three members"},
			func() Nemesis { return rivals{name: rivalsPlain} }},
		{Kind{Name: rivalsSuspended, About: clocks, Needs: "three members"},
			func() Nemesis { return rivals{name: rivalsSuspended, suspend: true} }},
		{Kind{Name: rivalsPower, About: clocks + "; and the power of those who elected the second fails at once", Needs: "three members, processes of this machine whose disks forget what was not synced"},
			func() Nemesis { return rivals{name: rivalsPower, suspend: true, power: true} }},
		{Kind{Name: rivalsLost, About: clocks + "; and one of those who elected the second loses its disk at once", Needs: "three members, processes of this machine, with journals on disk"},
			func() Nemesis { return rivals{name: rivalsLost, suspend: true, lost: true} }},
	}
}

// rivals cuts the leader off until the others have elected a rival, and then lets each of
// the two reach the rest while the other one does not. What the rest promised the rival
// must keep it from obeying the first one; and what the first one hears from the rest must
// depose it, before anybody sees what it takes for the state.
type rivals struct {
	name string
	// suspend stops the clock of who is cut off. Leaders that hear nobody step down after
	// a while, which they do not notice then.
	suspend bool
	// power fails at the voters as soon as the rival is elected; their disks are slow until
	// then, so that what they promised without waiting for it is gone.
	power bool
	// lost takes the disk of one voter instead. It is admitted again when all is healed.
	lost bool
}

func (r rivals) Name() string { return r.name }

// Check wants a rest, which both can reach, and members that can be told.
func (r rivals) Check(c Cluster) error {
	errs := []error{large(c, nemesis.ShapeShunned), operated(c)}
	if r.power || r.lost {
		errs = append(errs, restartable(c))
	}
	if r.lost {
		errs = append(errs, replaceable(c))
	}
	return errors.Join(errs...)
}

// electing is how long the others get to elect somebody, in which none did otherwise.
const electing = 3 * time.Second

// unsyncedFor is how long a sync takes before the power fails: long enough to hear of an
// election, and short enough for one, which takes two of them.
const unsyncedFor = 200 * time.Millisecond

func (r rivals) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	first, why, err := leading(ctx, c, rng)
	hurried, shift, reign, turn := rng.IntN(c.Members().Size()), between(rng, 0, 2000), max(0, between(rng, -500, 500)), between(rng, 100, 800)
	if err != nil {
		return nil, nil, err
	}
	d := &duel{rivals: r, c: c, net: networkOf(c, r.name), clocks: newStoppedClocks(c, r.name)}
	what := history.Map{{Key: history.Keyword("first"), Value: c.Members().ID(first).String() + ", " + why}}
	if hurried != first { // it wants to lead by then, and no lease binds it any more
		d.do(ctx, func() error { return d.cut(ctx, hurried) })
		sleep.For(ctx, shift)
		what = append(what, history.Entry{Key: history.Keyword("hurried"), Value: c.Members().ID(hurried).String()}, millis("shift-ms", shift))
	}
	d.do(ctx, func() error { return errors.Join(d.off(ctx, first), d.slow(ctx, first)) })
	second, ok := d.rival(ctx, first)
	if !ok {
		return append(what, history.Entry{Key: history.Keyword("second"), Value: "none was elected"}), d.heal, d.err
	}
	if r.power || r.lost {
		reign = 0
		d.do(ctx, func() error { return d.fail(ctx, first, second) })
	}
	sleep.For(ctx, reign)
	d.do(ctx, func() error { return errors.Join(d.off(ctx, second), d.clocks.run(ctx, first)) })
	sleep.For(ctx, turn)
	d.do(ctx, func() error { return errors.Join(d.off(ctx, first), d.clocks.run(ctx, second)) })
	return append(what, history.Entry{Key: history.Keyword("second"), Value: c.Members().ID(second).String()}, millis("reign-ms", reign), millis("turn-ms", turn)), d.heal, d.err
}

// duel is one strike of rivals.
type duel struct {
	rivals
	c      Cluster
	net    network
	clocks *stoppedClocks
	down   []quorate.ID // whose power failed
	lost   *lostJournal // nil: nobody's
	err    error
}

// do does the next step, unless one before it failed.
func (d *duel) do(ctx context.Context, step func() error) {
	if d.err == nil && ctx.Err() == nil {
		d.err = step()
	}
}

func (d *duel) cut(ctx context.Context, i int) error {
	return d.net.cut(ctx, nemesis.Isolate(d.c.Members().Size(), quorate.SetOf(i)))
}

// off cuts one member off, and nobody else.
func (d *duel) off(ctx context.Context, i int) error {
	err := d.cut(ctx, i)
	if d.suspend {
		err = errors.Join(err, d.clocks.stop(ctx, i))
	}
	return err
}

// slow makes the disks of all but the first slow.
func (d *duel) slow(ctx context.Context, first int) error {
	if !d.power {
		return nil
	}
	hooks := make([]hook, d.c.Members().Size())
	for i := range hooks {
		if i != first {
			hooks[i] = func(ctx context.Context, a *admin.Client) error {
				_, err := a.SlowDisk(ctx, electing, unsyncedFor)
				return err
			}
		}
	}
	return d.disks().give(ctx, d.name+"-disk", hooks)
}

func (d *duel) disks() *orders { return d.net.v.g.orders }

// rival waits until another member leads.
func (d *duel) rival(ctx context.Context, first int) (int, bool) {
	ctx, cancel := context.WithTimeout(ctx, electing)
	defer cancel()
	for d.err == nil {
		if statuses, err := survey(ctx, d.c); err == nil {
			for i, s := range statuses {
				if i != first && s != nil && s.Role == "leader" {
					return i, true
				}
			}
		}
		if !sleep.For(ctx, 2*time.Millisecond) {
			break
		}
	}
	return 0, false
}

// fail cuts the power of all but the two, or takes a disk of theirs. The two are both cut
// off meanwhile: what is under way from them would tell the others again what they forgot.
// Those that another nemesis has are left to it.
func (d *duel) fail(ctx context.Context, first, second int) error {
	n := d.c.Members().Size()
	rest := d.c.Members().All().Remove(first).Remove(second)
	errs := []error{d.net.cut(ctx, nemesis.Split(n, quorate.SetOf(first), quorate.SetOf(second), rest))}
	if d.rivals.lost {
		rest = quorate.SetOf(rest.Lowest())
	}
	for _, id := range d.c.Members().Members(rest) {
		if d.rivals.lost && !d.net.v.alone(d.net.v.g.lost, id) {
			continue
		}
		err := d.c.Kill(id)
		if errors.Is(err, ErrHeld) {
			d.spare(id)
			continue
		}
		d.down = append(d.down, id)
		errs = append(errs, err)
		if d.rivals.lost {
			d.lost = &lostJournal{lostDisk: lostDisk{name: d.name}, c: d.c, v: d.net.v, id: id, dead: true}
			errs = append(errs, d.lost.remove())
		}
	}
	none := make([]hook, n)
	return errors.Join(append(errs, d.disks().give(ctx, d.name+"-disk", none), d.restart(), d.answering(ctx))...)
}

// spare lets other nemeses take disks, since none was taken here.
func (d *duel) spare(id quorate.ID) {
	if d.rivals.lost {
		d.net.v.leave(d.net.v.g.lost, id)
	}
}

// restart starts those again whose power failed.
func (d *duel) restart() error {
	var errs []error
	for _, id := range d.down {
		errs = append(errs, d.c.Start(id))
	}
	return errors.Join(errs...)
}

// answering waits until those that were started answer, for as long as an election may take.
func (d *duel) answering(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, electing)
	defer cancel()
	for _, id := range d.down {
		operator, err := d.net.v.g.operator(id)
		if err != nil {
			return err
		}
		for {
			if _, err := operator.Status(ctx); err == nil || !sleep.For(ctx, 2*time.Millisecond) {
				break
			}
		}
	}
	return nil
}

func (d *duel) heal(ctx context.Context) error {
	none := make([]hook, d.c.Members().Size())
	err := errors.Join(d.restart(), d.net.mend(ctx), d.disks().give(ctx, d.name+"-disk", none), d.clocks.heal(ctx))
	if err == nil && d.lost != nil {
		err = d.lost.heal(ctx)
	}
	if err == nil {
		d.lost = nil
	}
	return err
}
