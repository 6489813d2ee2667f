package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/trex/engine"
)

// What is pushed on one member is seen and popped on another.
func TestStackOnThreeMembers(t *testing.T) {
	for _, transport := range []string{"chan", "udp"} {
		t.Run(transport, func(t *testing.T) {
			c := open(t, engine.LocalConfig{Transport: transport}, nil)
			c.push(0, "a")
			c.push(1, "b")
			for _, mode := range []quorate.ReadMode{quorate.ReadLog, quorate.ReadIndex} {
				if got := c.items(2, mode); !slices.Equal(got, []string{"a", "b"}) {
					t.Errorf("read by %v: %q", mode, got)
				}
			}
			for _, mode := range []quorate.ReadMode{quorate.ReadHandoff, quorate.ReadTimeline} {
				c.push(2, mode.String())
				if got := c.items(2, mode); len(got) != 3 || got[2] != mode.String() {
					t.Errorf("read by %v of what this engine has pushed: %q", mode, got)
				}
				c.pop(0)
			}
			c.equal()
			if got := c.items(1, quorate.ReadFollower); len(got) != 2 {
				t.Errorf("read by a follower: %q", got)
			}
			for _, want := range []answer{{Item: "b", OK: true, Size: 1}, {Item: "a", OK: true}, {}} {
				if got := c.pop(2); got.Item != want.Item || got.OK != want.OK || got.Size != want.Size {
					t.Errorf("pop = %+v, want %+v", got, want)
				}
			}
			c.equal()
		})
	}
}

// A member's own state is behind, but never wrong; its engine asks it first.
func TestLocalReadsComeFromTheOwnMember(t *testing.T) {
	c := open(t, engine.LocalConfig{}, nil)
	c.push(0, "a")
	c.equal()
	leader := c.Cluster().Index(c.leader())
	follower := (leader + 1) % 3
	if err := c.Partition([]quorate.ID{c.Cluster().ID(follower)}); err != nil {
		t.Fatal(err)
	}
	c.push(leader, "b")
	if got := c.items(follower, quorate.ReadLocal); !slices.Equal(got, []string{"a"}) {
		t.Errorf("local read of a member that is cut off: %q", got)
	}
	if got := c.items(leader, quorate.ReadLocal); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("local read at the leader: %q", got)
	}
	if got := c.items(follower, quorate.ReadIndex); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("index read of an engine whose member is cut off: %q", got)
	}
	c.Heal()
	c.equal()
}

// The leader's node dies in the midst of the work of all engines; no command is
// lost or doubled, and its own engine goes on with the help of the others.
func TestFailover(t *testing.T) {
	c := open(t, engine.LocalConfig{}, nil)
	c.push(0, "first")
	const each = 40
	var wg sync.WaitGroup
	var halfway sync.WaitGroup
	halfway.Add(3)
	for i := range 3 {
		wg.Go(func() {
			for n := range each {
				if n == each/2 {
					halfway.Done()
				}
				if _, err := c.calls(i).Execute(within(t), ask{Op: "push", Item: fmt.Sprint(i, "/", n)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	halfway.Wait()
	dead := c.leader()
	if err := c.Stop(dead); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if now := c.leader(); now == dead {
		t.Errorf("%v leads though it does not run", dead)
	}
	items := c.items(c.Cluster().Index(dead), quorate.ReadIndex)
	slices.Sort(items)
	if n := len(slices.Compact(slices.Clone(items))); n != 3*each+1 || len(items) != n {
		t.Errorf("%d items, %d of them different, want %d", len(items), n, 3*each+1)
	}
	if err := c.Start(dead); err != nil {
		t.Fatal(err)
	}
	c.push(c.Cluster().Index(dead), "last")
	c.equal()
}

// One member after the other dies and comes back, the leader too. What an engine
// reads in its timeline has all that it wrote or read before, whoever answers.
func TestTimelineGoesOn(t *testing.T) {
	c := open(t, engine.LocalConfig{}, nil)
	seen := [3]int{}
	read := func(when string) {
		t.Helper()
		for i := range seen {
			n := len(c.items(i, quorate.ReadTimeline))
			if n < seen[i] {
				t.Errorf("%s: engine %d reads %d items after %d", when, i, n, seen[i])
			}
			seen[i] = n
		}
	}
	for round := range 6 {
		dead := c.Cluster().ID(round % 3)
		if round >= 3 {
			dead = c.leader()
		}
		if err := c.Stop(dead); err != nil {
			t.Fatal(err)
		}
		i := round % 3
		seen[i] = c.push(i, fmt.Sprint(round)).Size
		read(fmt.Sprint(dead, " is dead"))
		if err := c.Start(dead); err != nil {
			t.Fatal(err)
		}
		read(fmt.Sprint(dead, " is back"))
	}
}

// With Raw nothing is tried a second time once it may have been executed.
func TestRaw(t *testing.T) {
	c := open(t, engine.LocalConfig{Raw: true}, nil)
	leader := c.Cluster().Index(c.leader())
	c.push(leader, "a")
	for i := range 3 {
		if i != leader {
			if err := c.Stop(c.Cluster().ID(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := c.calls(leader).Execute(within(t), ask{Op: "pop"})
	var e *client.Error
	if !errors.Is(err, client.ErrUnknown) || !errors.As(err, &e) || e.Outcome.Attempts != 1 {
		t.Errorf("a command that was proposed and not chosen: %v", err)
	}
}

// The first retries with the number of a command get its result, whoever
// leads, and the command is executed once.
func TestRetriesGetTheFirstResult(t *testing.T) {
	c := open(t, engine.LocalConfig{}, nil)
	for i := range 5 {
		c.push(0, fmt.Sprint(i))
	}
	app := newRaw(t)
	pop := app.command(1, ask{Op: "pop"})
	first := app.submit(c, 0, pop)
	if first.Item != "4" {
		t.Fatalf("popped %+v", first)
	}
	for round := range 3 {
		for i := range 3 {
			if again := app.submit(c, i, pop); again.Item != "4" || again.Size != 4 {
				t.Fatalf("retry %d on member %d = %+v", round, i, again)
			}
		}
		id := c.leader()
		if err := errors.Join(c.Stop(id), c.Start(id)); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.items(0, quorate.ReadIndex); len(got) != 4 {
		t.Errorf("after the retries: %q", got)
	}
	c.equal()
}

// The leader and another member are dead: what is asked of the third was not
// executed, and its engine says so.
func TestNobodyLeads(t *testing.T) {
	c := open(t, engine.LocalConfig{}, nil)
	c.push(0, "a")
	c.equal()
	leader := c.Cluster().Index(c.leader())
	left := (leader + 2) % 3
	for _, dead := range []int{leader, (leader + 1) % 3} {
		if err := c.Stop(c.Cluster().ID(dead)); err != nil {
			t.Fatal(err)
		}
	}
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := c.calls(left).Execute(short, ask{Op: "push", Item: "b"})
	if !errors.Is(err, client.ErrNotExecuted) {
		t.Errorf("a command without a leader: %v", err)
	}
	if got := c.items(left, quorate.ReadLocal); !slices.Equal(got, []string{"a"}) {
		t.Errorf("local read without a leader: %q", got)
	}
}

// Close ends what is under way with an error, and at once.
func TestCloseWhileExecuting(t *testing.T) {
	c := open(t, engine.LocalConfig{}, nil)
	c.push(0, "a")
	leader := c.Cluster().Index(c.leader())
	for i := range 3 {
		if i == leader {
			continue // it waits for the others
		}
		if err := c.Stop(c.Cluster().ID(i)); err != nil {
			t.Fatal(err)
		}
	}
	const n = 20
	errs := make(chan error, n)
	for range n {
		go func() {
			_, err := c.calls(leader).Execute(within(t), ask{Op: "pop"})
			errs <- err
		}()
	}
	for ctx := within(t); ; c.pause(ctx, "requests under way") {
		if r, err := c.Engine(leader).Report(ctx); err != nil {
			t.Fatal(err)
		} else if r.Pending == n {
			break
		}
	}
	if err := c.Engine(leader).Close(); err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := <-errs; !errors.Is(err, client.ErrClosed) || !errors.Is(err, client.ErrUnknown) && !errors.Is(err, client.ErrNotExecuted) {
			t.Errorf("a call that was under way: %v", err)
		}
	}
	_, err := c.calls(leader).Execute(within(t), ask{Op: "pop"})
	if !errors.Is(err, client.ErrClosed) || !errors.Is(err, client.ErrNotExecuted) {
		t.Errorf("a call after Close: %v", err)
	}
	if err := c.Engine(leader).Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
	<-c.Engine(leader).Done()
}

func TestTooLarge(t *testing.T) {
	c := open(t, engine.LocalConfig{MaxCommand: 1000, MaxResult: 500}, nil)
	ctx := within(t)
	e := c.Engine(0)
	_, err := e.Execute(ctx, make([]byte, 1001))
	refusal(t, err, client.ErrNotExecuted, quorate.ReasonTooLarge)
	_, err = e.Query(ctx, make([]byte, 1001), quorate.ReadIndex)
	refusal(t, err, client.ErrNotExecuted, quorate.ReasonTooLarge)
	if _, err := c.calls(0).Execute(ctx, ask{Op: "large", Times: 600}); !errors.Is(err, engine.ErrResultTooLarge) {
		t.Errorf("a result of more than MaxResult: %v", err)
	}
	if _, err := c.calls(0).Query(ctx, ask{Op: "large", Times: quorate.MaxReturned}, quorate.ReadIndex); !errors.Is(err, engine.ErrResultTooLarge) {
		t.Errorf("an answer of more than 1 MiB: %v", err)
	}
	if r, err := c.calls(0).Query(ctx, ask{Op: "large", Times: quorate.MaxReturned / 2}, quorate.ReadIndex); err != nil || len(r.Item) != quorate.MaxReturned/2 {
		t.Errorf("an answer of less: %d bytes, %v", len(r.Item), err)
	}
	if r, err := c.calls(0).Execute(ctx, ask{Op: "large", Times: 400}); err != nil || len(r.Item) != 400 {
		t.Errorf("a result of less: %d bytes, %v", len(r.Item), err)
	}
}

// What is no command of the application, or of no application at all, changes
// nothing and hurts nobody.
func TestStrangers(t *testing.T) {
	c := open(t, engine.LocalConfig{}, nil)
	c.push(0, "a")
	ctx := within(t)
	garbage := [][]byte{nil, {}, []byte("garbage"), make([]byte, 1000)}
	for _, b := range garbage {
		if r, err := c.Engine(1).Execute(ctx, b); err != nil || len(r) != 1 {
			t.Errorf("result of %.10x: %x, %v", b, r, err)
		}
		if r, err := c.Engine(1).Query(ctx, b, quorate.ReadIndex); err != nil || len(r) != 1 {
			t.Errorf("answer to %.10x: %x, %v", b, r, err)
		}
	}
	type other struct{ A, B, C uint64 }
	if _, err := engine.For[other, answer](c.Engine(0)).Execute(ctx, other{1, 2, 3}); !errors.Is(err, engine.ErrMalformed) {
		t.Errorf("a command of another type: %v", err)
	}
	type odd struct{ M map[string]string }
	if _, err := engine.For[odd, answer](c.Engine(0)).Execute(ctx, odd{}); !errors.Is(err, client.ErrNotExecuted) {
		t.Errorf("a command that cannot be encoded: %v", err)
	}
	kv := must(c.Client(client.Config{}))(t)
	for _, key := range []string{"k", "object"} {
		if r, err := kv.PutIf(ctx, key, []byte("v"), 0); err != nil || r.OK {
			t.Errorf("a store's client puts %s: %+v, %v", key, r, err)
		}
		if r, err := kv.Delete(ctx, key); err != nil || r.OK {
			t.Errorf("a store's client deletes %s: %+v, %v", key, r, err)
		}
	}
	if r, err := kv.Get(ctx, "k"); err != nil || r.OK {
		t.Errorf("a store's client gets k: %+v, %v", r, err)
	}
	if got := c.items(2, quorate.ReadIndex); !slices.Equal(got, []string{"a"}) {
		t.Errorf("after strangers: %q", got)
	}
	c.equal()
}

func TestOpenRefuses(t *testing.T) {
	type unencodable struct{ F func() }
	for name, tc := range map[string]struct {
		open func() error
		want string
	}{
		"no App":       {func() error { _, err := engine.OpenLocal(engine.LocalConfig{}, nil); return err }, "nil"},
		"a nil App":    {openWith(nil), "App is nil"},
		"a nil Object": {openWith(engine.Of[ask, answer](nil)), "Object is nil"},
		"odd commands": {openWith(engine.Of[unencodable, answer](nil)), "is nil"},
		"too many":     {func() error { _, err := engine.OpenLocal(engine.LocalConfig{Members: 1000}, nil); return err }, "nil"},
	} {
		if err := tc.open(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want something about %q", name, err, tc.want)
		}
	}
}

func openWith(app engine.App) func() error {
	return func() error {
		l, err := engine.OpenLocal(engine.LocalConfig{}, func(quorate.ID) engine.App { return app })
		if err == nil {
			l.Close()
		}
		return err
	}
}

// Leaders tells of a failover.
func TestLeaders(t *testing.T) {
	c := open(t, engine.LocalConfig{}, nil)
	c.push(0, "a")
	dead := c.leader()
	watcher := c.Engine((c.Cluster().Index(dead) + 1) % 3)
	killed := false
	for id := range watcher.Leaders(within(t)) {
		switch {
		case id == dead && !killed:
			killed = true
			if err := c.Stop(dead); err != nil {
				t.Fatal(err)
			}
		case id != 0 && id != dead:
			if !killed {
				t.Fatalf("%v leads, not %v", id, dead)
			}
			return
		}
	}
	t.Error("no other leader was seen")
}
