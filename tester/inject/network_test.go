package inject

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/server/admin"
)

// led is the status of members of which one leads.
func led(leader int) func(i int) *admin.Status {
	return func(i int) *admin.Status {
		if i == leader {
			return &admin.Status{Role: "leader", Ballot: "1@1.1"}
		}
		return &admin.Status{Role: "follower"}
	}
}

// A partition of each shape is told to the members as the grudge says: each drops what
// those are not to hear who do not hear it.
func TestPartitionsOfAllShapes(t *testing.T) {
	for _, k := range partitionKinds() {
		f := newFakeIn(3, 2)
		f.serve(t, led(3))
		c := newGuard(f).view(k.Name)
		n := k.make()
		if err := n.(Checked).Check(c); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
		if k.About == "" {
			t.Errorf("%s: what is it?", k.Name)
		}
		what, heal, err := n.Strike(t.Context(), c, rng(1))
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		calls := f.told()
		if n.Name() != "partition-flapping" && !reflect.DeepEqual(calls, dropped(f.members, field(t, what, "grudge").(history.Map), n.Name())) {
			t.Errorf("%s: %v, and did %v", k.Name, what, calls)
		}
		if err := heal(t.Context()); err != nil {
			t.Fatal(err)
		}
		healed := f.told()
		if len(healed) == 0 || len(healed) != len(calls) && n.Name() != "partition-flapping" {
			t.Errorf("%s: did %v, healed %v", k.Name, calls, healed)
		}
		if err := heal(t.Context()); err != nil || len(f.told()) != 0 {
			t.Errorf("%s: healed twice: %v", k.Name, err)
		}
	}
}

// dropped is what members are asked for a grudge as the history has it.
func dropped(c *quorate.Cluster, grudge history.Map, name string) []string {
	var calls []string
	for _, from := range c.IDs() {
		var to []string
		for _, e := range grudge {
			if slices.Contains(e.Value.([]any), any(from.String())) {
				to = append(to, e.Key.(string))
			}
		}
		if to != nil {
			calls = append(calls, fmt.Sprintf("%v/drop?id=%s&name=%s", from, strings.Join(to, "%2C"), name))
		}
	}
	return calls
}

func TestPartitionsAreAboutTheLeader(t *testing.T) {
	for name, grudge := range map[string]string{
		"partition-leader":         "[{1.1 [1.2]} {1.2 [1.1 1.3]} {1.3 [1.2]}]",
		"partition-leader-deaf":    "[{1.2 [1.1 1.3]}]",
		"partition-leader-mute":    "[{1.1 [1.2]} {1.3 [1.2]}]",
		"partition-leader-shunned": "[{1.2 [1.3]} {1.3 [1.2]}]",
	} {
		f := newFake(3)
		f.serve(t, led(1))
		what, _, err := named(t, name).Strike(t.Context(), newGuard(f).view(name), rng(1))
		if err != nil || fmt.Sprint(field(t, what, "grudge")) != grudge || field(t, what, "about") != "1.2, leader" {
			t.Errorf("%s: %v, %v", name, what, err)
		}
	}
}

func TestAnyPartitionHasAllShapes(t *testing.T) {
	seen := map[string]bool{}
	f := newFakeIn(3, 1)
	f.serve(t, led(1))
	c := newGuard(f).view("")
	r := rng(5)
	for range 500 {
		what, _, err := partition{"partition", anyShape, false}.draw(t.Context(), c, r)
		if err != nil {
			t.Fatal(err)
		}
		shape := field(t, what, "shape").(string)
		seen[fmt.Sprint(shape, len(what) == 3)] = true
	}
	if want := len(nemesis.ShapesOf(f.members)) + 2; len(seen) != want {
		t.Errorf("%d shapes, want %d: %v", len(seen), want, seen)
	}
}

func TestWhatIsTooSmallForAShape(t *testing.T) {
	for name, c := range map[string]*fake{"partition-zone": newFake(3), "partition-bridge": newFake(2), "partition": newFake(1), "loss": newFake(1), "kill-zone": newFake(3)} {
		if !c.remote {
			c.serve(t, led(0))
		}
		if _, err := Fit(c, []Nemesis{named(t, name)}); err == nil || !strings.Contains(err.Error(), "take ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"partition", "partition-leader", "partition-flapping", "slow", "crash"} {
		if _, err := Fit(newFake(3), []Nemesis{named(t, name)}); err == nil || !strings.Contains(err.Error(), "admin_address") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMessagesAreDisturbed(t *testing.T) {
	for name, want := range map[string]string{
		"slow-leader":      "1.1/slow?delay=#&id=1.2&name=slow-leader 1.2/slow?delay=#&id=1.1%2C1.3&name=slow-leader 1.3/slow?delay=#&id=1.2&name=slow-leader",
		"delay-leader":     "1.1/slow?delay=#&id=1.2&jitter=#&name=delay-leader 1.2/slow?delay=#&id=1.1%2C1.3&jitter=#&name=delay-leader 1.3/slow?delay=#&id=1.2&jitter=#&name=delay-leader",
		"loss-leader":      "1.1/flaky?id=1.2&name=loss-leader&p=# 1.2/flaky?id=1.1%2C1.3&name=loss-leader&p=# 1.3/flaky?id=1.2&name=loss-leader&p=#",
		"duplicate-leader": "1.1/duplicate?id=1.2&name=duplicate-leader&p=# 1.2/duplicate?id=1.1%2C1.3&name=duplicate-leader&p=# 1.3/duplicate?id=1.2&name=duplicate-leader&p=#",
		"reorder-leader":   "1.1/reorder?delay=#&id=1.2&name=reorder-leader&p=# 1.2/reorder?delay=#&id=1.1%2C1.3&name=reorder-leader&p=# 1.3/reorder?delay=#&id=1.2&name=reorder-leader&p=#",
	} {
		f := newFake(3)
		f.serve(t, led(1))
		what, heal, err := named(t, name).Strike(t.Context(), newGuard(f).view(name), rng(1))
		if err != nil {
			t.Fatal(err)
		}
		calls := f.told()
		for i, call := range calls {
			for _, value := range []string{"delay", "jitter", "p"} {
				if before, after, ok := strings.Cut(call, value+"="); ok {
					_, rest, more := strings.Cut(after, "&")
					if call = before + value + "=#"; more {
						call += "&" + rest
					}
				}
			}
			calls[i] = call
		}
		if got := strings.Join(calls, " "); got != want || len(what.(history.Map)) < 3 {
			t.Errorf("%s: %v\n%s, want\n%s", name, what, got, want)
		}
		if err := heal(t.Context()); err != nil || len(f.told()) != 3 {
			t.Error(err)
		}
	}
	f := newFake(3)
	f.serve(t, led(1))
	if _, _, err := named(t, "loss-all").Strike(t.Context(), newGuard(f).view("loss-all"), rng(1)); err != nil || !strings.Contains(f.told()[0], "1.2%2C1.3") {
		t.Error(err)
	}
}

// keeping lets members be reminded of what they should do.
func keeping(t *testing.T, g *guard) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { g.orders.keep(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
}

// until waits until something was done.
func until(t *testing.T, f *fake, what string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if slices.ContainsFunc(f.told(), func(call string) bool { return strings.HasPrefix(call, what) }) {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Fatalf("%s was not done", what)
}

func TestAMemberThatStartsAnewIsToldAgain(t *testing.T) {
	f := newFake(3)
	f.serve(t, led(1))
	g := newGuard(f)
	keeping(t, g)
	_, heal, err := named(t, "partition-leader").Strike(t.Context(), g.view("partition-leader"), rng(1))
	if err != nil {
		t.Fatal(err)
	}
	f.told()
	killer := g.view("kill")
	if err := killer.Kill(f.members.ID(1)); err != nil {
		t.Fatal(err)
	}
	if err := killer.Start(f.members.ID(1)); err != nil {
		t.Fatal(err)
	}
	until(t, f, "1.2/drop?id=1.1%2C1.3")
	// One that is down cannot be told, and has forgotten all when it starts again.
	if err := killer.Kill(f.members.ID(1)); err != nil {
		t.Fatal(err)
	}
	f.told()
	if err := heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if calls := f.told(); len(calls) != 2 || strings.HasPrefix(calls[1], "1.2") {
		t.Errorf("healed %v", calls)
	}
}

func TestAMemberThatIsPausedIsToldLater(t *testing.T) {
	f := newFake(3)
	f.serve(t, led(1))
	g := newGuard(f)
	keeping(t, g)
	pauser := g.view("pause")
	if err := pauser.Pause(f.members.ID(1)); err != nil {
		t.Fatal(err)
	}
	f.told()
	_, heal, err := named(t, "partition-leader").Strike(t.Context(), g.view("partition-leader"), rng(1))
	if calls := f.told(); err != nil || len(calls) != 2 {
		t.Fatal(calls, err)
	}
	if err := pauser.Resume(f.members.ID(1)); err != nil {
		t.Fatal(err)
	}
	until(t, f, "1.2/drop")
	if err := pauser.Pause(f.members.ID(1)); err != nil {
		t.Fatal(err)
	}
	if err := heal(t.Context()); err == nil || !strings.Contains(err.Error(), "paused") {
		t.Errorf("a member that cannot be told is healed: %v", err)
	}
	if err := pauser.Resume(f.members.ID(1)); err != nil {
		t.Fatal(err)
	}
	f.told()
	if err := heal(t.Context()); err != nil || !reflect.DeepEqual(f.told(), []string{"1.2/heal?name=partition-leader"}) {
		t.Error(err)
	}
}

func TestMembersThatDoNotAnswerAreErrorsAndAreAskedAgain(t *testing.T) {
	f := newFake(3)
	f.serve(t, led(1))
	f.fails = func(call string) error {
		if strings.HasPrefix(call, "1.3/") {
			return errors.New("busy")
		}
		return nil
	}
	g := newGuard(f)
	_, heal, err := named(t, "partition-leader").Strike(t.Context(), g.view("partition-leader"), rng(1))
	if err == nil || !strings.Contains(err.Error(), "member 1.3") {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.fails = nil
	f.mu.Unlock()
	f.told()
	keeping(t, g)
	until(t, f, "1.3/drop")
	if err := heal(t.Context()); err != nil || len(f.told()) != 3 {
		t.Error(err)
	}
}

// filter is a cluster whose packets can be filtered.
type filter struct {
	*fake
	filtered []string
}

func (f *filter) Filter(_ context.Context, name string, grudge []quorate.Set, share float64) error {
	f.filtered = append(f.filtered, fmt.Sprint(name, grudge, share))
	return nil
}

func TestPacketsAreFilteredWhereTheyCanBe(t *testing.T) {
	f := &filter{fake: newFake(3)}
	f.serve(t, led(1))
	c := newGuard(f).view("x")
	for name, want := range map[string]string{"partition-leader-deaf": "partition-leader-deaf[0 5 0] 1", "loss-leader": "loss-leader[2 5 2] 0.32"} {
		f.filtered = nil
		_, heal, err := named(t, name).Strike(t.Context(), c, rng(1))
		if err != nil {
			t.Fatal(err)
		}
		if err := heal(t.Context()); err != nil || len(f.filtered) != 2 || f.filtered[0] != want || f.filtered[1] != name+"[] 0" {
			t.Errorf("%q, want %s", f.filtered, want)
		}
	}
	if calls := f.told(); len(calls) != 0 {
		t.Errorf("members were told, too: %v", calls)
	}
}

func TestAPartitionFlaps(t *testing.T) {
	f := newFake(3)
	f.serve(t, led(1))
	c := newGuard(f).view("x")
	_, heal, err := flapping{}.Strike(t.Context(), c, rand.New(rand.NewPCG(7, 0)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		until(t, f, "1.1/heal")
		until(t, f, "1.1/drop")
	}
	if err := heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.told()
	if err := heal(t.Context()); err != nil || len(f.told()) != 0 {
		t.Error(err)
	}
}
