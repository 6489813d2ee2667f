package inject

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/server/admin"
	"github.com/quorate/quorate/tester/results"
)

func TestRollingRestartsEachMemberInTurn(t *testing.T) {
	f := newFake(3)
	f.serve(t, led(0))
	c := newGuard(f).view("rolling")
	what, heal, err := named(t, "rolling").Strike(t.Context(), c, rng(1))
	if err != nil || heal != nil || f.well() != nil {
		t.Fatal(err, f.well())
	}
	f.mu.Lock()
	calls := f.calls // in the order in which they were made
	f.mu.Unlock()
	var want []string
	for _, id := range field(t, what, "members").([]any) {
		want = append(want, "end "+id.(string), "start "+id.(string), id.(string)+"/readyz")
	}
	if len(want) != 9 || !reflect.DeepEqual(calls, want) {
		t.Errorf("%v, want %v", calls, want)
	}
	slices.Sort(want)
	if reflect.DeepEqual(calls, want) {
		t.Error("members have their turns in order")
	}
}

func TestRollingIsHealedHalfWay(t *testing.T) {
	f := newFake(3)
	f.serve(t, led(0))
	g := newGuard(f)
	ends := 0
	f.fails = func(call string) error {
		if strings.HasPrefix(call, "end") {
			ends++
		}
		if strings.HasPrefix(call, "start") && ends == 2 {
			return errors.New("port in use")
		}
		return nil
	}
	what, heal, err := named(t, "rolling").Strike(t.Context(), g.view("rolling"), rng(1))
	if err == nil || heal == nil || len(field(t, what, "members").([]any)) != 1 || f.well() == nil {
		t.Fatal(what, err)
	}
	f.fails = nil
	if err := heal(t.Context()); err != nil || f.well() != nil {
		t.Error(err, f.well())
	}
	// Members that another nemesis has are left out, and nobody is begun with when the
	// time is over.
	if err := g.view("kill").Kill(f.members.ID(0)); err != nil {
		t.Fatal(err)
	}
	what, _, err = named(t, "rolling").Strike(t.Context(), g.view("rolling"), rng(1))
	if err != nil || len(field(t, what, "members").([]any)) != 2 {
		t.Error(what, err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	what, _, err = named(t, "rolling").Strike(over, g.view("rolling"), rng(1))
	if err != nil || len(field(t, what, "members").([]any)) != 0 {
		t.Error(what, err)
	}
}

func TestMembersCrashThemselves(t *testing.T) {
	f := newFake(3)
	var state atomic.Value
	state.Store(admin.StateDown)
	f.serve(t, func(i int) *admin.Status {
		s := led(1)(i)
		s.State, s.Why = state.Load().(string), "it crashed"
		return s
	})
	g := newGuard(f)
	what, heal, err := named(t, "crash-leader").Strike(t.Context(), g.view("crash-leader"), rng(1))
	if err != nil || !reflect.DeepEqual(field(t, what, "members"), []any{"1.2"}) || !reflect.DeepEqual(f.told(), []string{"1.2/crash"}) {
		t.Fatal(what, err)
	}
	if err := heal(t.Context()); err == nil {
		t.Error("a member that is down is healed")
	}
	state.Store(admin.StateRunning)
	if err := heal(t.Context()); err != nil {
		t.Error(err)
	}
	// One whose process is gone is somebody else's.
	state.Store(admin.StateDown)
	if err := g.view("kill").Kill(f.members.ID(1)); err != nil {
		t.Fatal(err)
	}
	f.told()
	if err := heal(t.Context()); err != nil {
		t.Error(err)
	}
	what, _, err = named(t, "crash-leader").Strike(t.Context(), g.view("crash-leader"), rng(1))
	if err != nil || len(field(t, what, "members").([]any)) != 0 || len(f.told()) != 0 {
		t.Error(what, err)
	}
}

// Whatever strikes at the same time, and however often something does not work, all is
// well when it is over.
func TestAllIsHealedAfterAll(t *testing.T) {
	f := newFake(5)
	f.serve(t, led(1))
	n := 0
	f.fails = func(string) error {
		if n++; n%7 == 0 {
			return errors.New("not this time")
		}
		return nil
	}
	all, err := Parse(strings.Split("all,partition-leader,partition-flapping,kill-one,kill-all,pause-one,pause-leader,loss-leader,crash", ","))
	if err != nil {
		t.Fatal(err)
	}
	if all, err = Fit(f, all); err != nil || len(all) < 15 {
		t.Fatal(all, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	events := map[string]int{}
	counts := Run(ctx, f, all, Schedule{Interval: 5 * time.Millisecond}, func(op history.Op) { events[op.F]++ })
	if err := f.well(); err != nil {
		t.Error(err)
	}
	struck := 0
	for _, c := range counts {
		if c.Times > 0 {
			struck++
		}
		if events["start-"+c.Nemesis] != 2*c.Times || events["stop-"+c.Nemesis] != 2*c.Times {
			t.Errorf("%+v, and %v", c, events)
		}
	}
	if !slices.IsSortedFunc(counts, func(a, b results.Fault) int { return strings.Compare(a.Nemesis, b.Nemesis) }) {
		t.Errorf("not by name: %+v", counts)
	}
	if struck < len(all)/2 || len(counts) != len(all) {
		t.Errorf("%+v", counts)
	}
}
