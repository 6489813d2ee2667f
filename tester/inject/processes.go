package inject

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
)

// The members that are meant by the end of a nemesis' name.
const (
	one      = "one"
	leader   = "leader"
	minority = "minority"
	majority = "majority"
	everyone = "all"
	zone     = "zone"
)

// target draws members of a cluster, and says how.
func target(ctx context.Context, c Cluster, rng *rand.Rand, whom string) (members quorate.Set, how string, err error) {
	n := c.Members().Size()
	free := whom == ""
	if free {
		whom = []string{one, leader, minority, majority, everyone}[rng.IntN(5)]
	}
	some := func(size int) quorate.Set { return quorate.SetOf(rng.Perm(n)[:size]...) }
	switch whom {
	case leader:
		i, why, err := leading(ctx, c, rng)
		if err != nil && free { // nobody insists
			return some(1), one, nil
		}
		return quorate.SetOf(i), why, err
	case zone:
		zones := c.Members().Zones()
		return c.Members().Zone(zones[rng.IntN(len(zones))]), whom, nil
	case minority:
		return some(max(1, (n-1)/2)), whom, nil
	case majority:
		return some(n/2 + 1), whom, nil
	case everyone:
		return c.Members().All(), whom, nil
	}
	return some(1), one, nil
}

// processKinds are the nemeses of processes.
func processKinds() []kind {
	const local, disks = "processes of this machine", "processes of this machine, with journals on disk"
	about := map[string]string{
		"": "members drawn anew each time: one, the leader, a minority, a majority, all", one: "one member", leader: "the leader",
		minority: "as many as leave a majority", majority: "a majority", everyone: "all members", zone: "all members of one zone",
	}
	var list []kind
	for _, whom := range []string{"", one, leader, minority, majority, everyone, zone} {
		list = append(list, kind{Kind{Name: form("kill", whom), About: "kills, as kill -9 does, and starts again: " + about[whom], Needs: disks, All: whom == ""},
			func() Nemesis { return kill{form("kill", whom), whom} }})
	}
	for _, whom := range []string{"", one, leader, minority, majority, everyone, zone} {
		list = append(list, kind{Kind{Name: form("pause", whom), About: "stops, as SIGSTOP does, and lets go on: " + about[whom], Needs: local, All: whom == ""},
			func() Nemesis { return pause{form("pause", whom), whom} }})
	}
	return list
}

// form returns the name of a nemesis that means some members only.
func form(name, whom string) string {
	if whom == "" {
		return name
	}
	return name + "-" + whom
}

// kill ends processes at once and starts them again.
type kill struct{ name, whom string }

func (k kill) Name() string { return k.name }

// Check wants processes that can be started again, and remember what they promised.
func (k kill) Check(c Cluster) error { return errors.Join(zoned(c, k.whom), restartable(c)) }

// zoned wants zones, where one is meant.
func zoned(c Cluster, whom string) error {
	if whom == zone && len(c.Members().Zones()) < 2 {
		return errors.New("the cluster has one zone; take one of several")
	}
	return nil
}

func restartable(c Cluster) error {
	if err := reachable(c); err != nil {
		return err
	}
	for _, id := range c.Members().IDs() {
		if c.DataDir(id) == "" {
			return fmt.Errorf("member %v keeps its journal in memory: killed, it would forget what it promised, and not vote any more; keep journals on disk", id)
		}
	}
	return nil
}

func reachable(c Cluster) error {
	if !c.Local() {
		return errors.New("the members' processes are out of reach: let the test start the cluster itself, or choose faults that members inject themselves")
	}
	return nil
}

func (k kill) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	return each(ctx, c, rng, k.whom, c.Kill, c.Start)
}

// pause stops processes and lets them go on.
type pause struct{ name, whom string }

func (p pause) Name() string { return p.name }

// Check wants processes that signals reach.
func (p pause) Check(c Cluster) error { return errors.Join(zoned(c, p.whom), reachable(c)) }

func (p pause) Strike(ctx context.Context, c Cluster, rng *rand.Rand) (any, func(context.Context) error, error) {
	return each(ctx, c, rng, p.whom, c.Pause, c.Resume)
}

// each does something to some members, and undoes it. Members that another nemesis has
// are left out.
func each(ctx context.Context, c Cluster, rng *rand.Rand, whom string, do, undo func(quorate.ID) error) (any, func(context.Context) error, error) {
	members, how, err := target(ctx, c, rng, whom)
	if err != nil {
		return nil, nil, err
	}
	var struck []quorate.ID
	var errs []error
	for _, id := range c.Members().Members(members) {
		err := do(id)
		if !errors.Is(err, ErrHeld) {
			struck = append(struck, id) // failed or not: undoing what was not done does no harm
			errs = append(errs, err)
		}
	}
	heal := func(context.Context) error {
		var errs []error
		for _, id := range struck {
			errs = append(errs, undo(id))
		}
		return errors.Join(errs...)
	}
	return said(how, struck), heal, errors.Join(errs...)
}

// said is what the history tells of members that were struck.
func said(how string, members []quorate.ID, more ...history.Entry) history.Map {
	list := []any{}
	for _, id := range members {
		list = append(list, id.String())
	}
	return append(history.Map{
		{Key: history.Keyword("targets"), Value: how},
		{Key: history.Keyword("members"), Value: list},
	}, more...)
}
