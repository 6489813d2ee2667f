package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/trex/engine"
)

var errCrash = errors.New("the crash of this test")

// fuse crashes the member that comes to a point for the n-th time, counted over
// all members: an error from a journal or a store ends a node on the spot.
type fuse struct {
	mu    sync.Mutex
	n     int
	blown quorate.ID // who crashed

	revived bool // by the test
}

// blows reports whether this is the time, and notes who crashes.
func (f *fuse) blows(id quorate.ID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n--
	if f.n == 0 {
		f.blown = id
	}
	return f.n == 0
}

// cut makes it too late for a crash.
func (f *fuse) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n = 0
}

func (f *fuse) who() quorate.ID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.blown
}

// crashing is a journal in memory with a crash before or after one of its writes.
type crashing struct {
	quorate.Journal
	id            quorate.ID
	before, after *fuse
}

func (j crashing) Commit(ops []quorate.RecordOp) error {
	if j.before.blows(j.id) {
		return errCrash
	}
	if err := j.Journal.Commit(ops); err != nil {
		return err
	}
	if j.after.blows(j.id) {
		return errCrash
	}
	return nil
}

// journals returns what opens the members' journals.
func journals(before, after *fuse) func(quorate.ID) (quorate.Journal, error) {
	var mu sync.Mutex
	disks := map[quorate.ID]*journal.Memory{}
	return func(id quorate.ID) (quorate.Journal, error) {
		mu.Lock()
		defer mu.Unlock()
		if disks[id] == nil {
			disks[id] = journal.NewMemory()
		}
		return crashing{disks[id].Open(), id, before, after}, nil
	}
}

// hasty elects quickly, and saves the state after every few slots.
func hasty() json.RawMessage {
	return json.RawMessage(`{"heartbeat": "5ms", "timeout_min": "20ms", "retransmit": "20ms", "log_limit": 4}`)
}

// script runs a few commands under numbers, whoever crashes, and then all of them
// again on every member: the first results come again, and nothing is executed
// twice. It reports whether somebody crashed.
func script(t *testing.T, c *cluster, fuses ...*fuse) bool {
	t.Helper()
	app, model := newRaw(t), pile{}
	app.alive = func() { revive(c, fuses) }
	var commands []quorate.Command
	var results []answer
	for i := range 14 {
		a := ask{Op: "push", Item: fmt.Sprint("item ", i)}
		if i%3 == 2 {
			a = ask{Op: "pop"}
		}
		commands = append(commands, app.command(uint64(i+1), a))
		results = append(results, app.submit(c, i%3, commands[i]))
		if want := model.Apply(a); !same(results[i], want) {
			t.Fatalf("command %d = %+v, want %+v", i, results[i], want)
		}
	}
	for i := range 3 {
		for n, cmd := range commands {
			if again := app.submit(c, i, cmd); !same(again, results[n]) {
				t.Fatalf("retry of command %d on member %d = %+v, first %+v", n, i, again, results[n])
			}
		}
	}
	for _, f := range fuses {
		f.cut()
	}
	app.alive()
	c.equal()
	for i := range 3 {
		if got := c.items(i, quorate.ReadLocal); !slices.Equal(got, model.Items) {
			t.Fatalf("member %d has %q, want %q", i, got, model.Items)
		}
	}
	return slices.ContainsFunc(fuses, func(f *fuse) bool { return f.who() != 0 })
}

func same(a, b answer) bool { return a.Item == b.Item && a.OK == b.OK && a.Size == b.Size }

// revive starts again who has crashed.
func revive(c *cluster, fuses []*fuse) {
	c.t.Helper()
	for _, f := range fuses {
		id := f.who()
		if id == 0 || f.revived {
			continue
		}
		n, err := c.Node(id)
		if err != nil {
			c.t.Fatal(err)
		}
		<-n.Done() // at once: it has nothing to wait for
		if !errors.Is(n.Err(), errCrash) {
			c.t.Fatalf("node %v ended: %v", id, n.Err())
		}
		if err := c.Start(id); err != nil {
			c.t.Fatal(err)
		}
		f.revived = true
	}
}

// A member crashes before or after a write to its journal, every few writes of
// all members: between what is proposed, chosen, executed, saved and answered.
func TestCrashAtWrites(t *testing.T) {
	const stride = 16
	for when, first := range map[string]int{"before": 1, "after": 9} {
		t.Run(when, func(t *testing.T) {
			for n := first; ; n += stride {
				before, after := &fuse{n: n}, &fuse{}
				if when == "after" {
					before, after = after, before
				}
				c := open(t, engine.LocalConfig{Journal: journals(before, after), Options: hasty()}, nil)
				some := script(t, c, before, after)
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				if !some {
					t.Logf("%d writes", n-1)
					return
				}
			}
		})
	}
}

// shelf is a store that outlives its member: the App's state, the number of the
// last command, and the results, changed in one transaction.
type shelf struct {
	mu      sync.Mutex
	pile    pile
	number  uint64
	results map[uint64][]byte
	skipped int
}

// stored is a pile with a shelf for a store. Its transactions can fail, before
// or after they are durable.
type stored struct {
	engine.App
	id            quorate.ID
	pile          *pile
	shelf         *shelf
	before, after *fuse
}

func newStored(id quorate.ID, s *shelf, before, after *fuse) *stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := clone(s.pile)
	return &stored{App: engine.Of(&p), id: id, pile: &p, shelf: s, before: before, after: after}
}

func clone(p pile) pile { return pile{slices.Clone(p.Items), p.Applied} }

func (s *stored) Applied() (uint64, error) {
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	return s.shelf.number, nil
}

func (s *stored) ApplyAt(number uint64, command []byte) ([]byte, error) {
	if s.before.blows(s.id) {
		return nil, errCrash
	}
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	if number != s.shelf.number+1 {
		return nil, fmt.Errorf("command %d after %d", number, s.shelf.number)
	}
	result := s.Apply(command)
	s.shelf.pile, s.shelf.number, s.shelf.results[number] = clone(*s.pile), number, result
	if s.after.blows(s.id) {
		return nil, errCrash
	}
	return result, nil
}

func (s *stored) Recall(number uint64) ([]byte, bool) {
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	s.shelf.skipped++
	result, ok := s.shelf.results[number]
	return result, ok
}

func (s *stored) RestoreAt(number uint64, r io.Reader) error {
	if err := s.Restore(r); err != nil {
		return err
	}
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	s.shelf.pile, s.shelf.number = clone(*s.pile), number
	return nil
}

// shelves returns what makes the members' Apps.
func shelves(before, after *fuse) (map[quorate.ID]*shelf, func(quorate.ID) engine.App) {
	var mu sync.Mutex
	all := map[quorate.ID]*shelf{}
	return all, func(id quorate.ID) engine.App {
		mu.Lock()
		defer mu.Unlock()
		if all[id] == nil {
			all[id] = &shelf{results: map[uint64][]byte{}}
		}
		return newStored(id, all[id], before, after)
	}
}

// An App with a store of its own, of whose transactions every third one fails,
// before or after it is durable: what is in the store is skipped, and its result is the first one.
func TestCrashAtTransactions(t *testing.T) {
	skipped := 0
	for when, first := range map[string]int{"before": 1, "after": 2} {
		t.Run(when, func(t *testing.T) {
			for n := first; ; n += 3 {
				before, after := &fuse{n: n}, &fuse{}
				if when == "after" {
					before, after = after, before
				}
				all, app := shelves(before, after)
				c := open(t, engine.LocalConfig{Options: hasty()}, app)
				some := script(t, c, before, after)
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				for id, s := range all {
					if s.number != 14 || s.pile.Applied != 14 {
						t.Errorf("%v executed %d commands, its store is at %d", id, s.pile.Applied, s.number)
					}
					skipped += s.skipped
				}
				if !some {
					t.Logf("%d transactions", n-1)
					return
				}
			}
		})
	}
	if skipped == 0 {
		t.Error("no command was skipped: nothing was tested")
	}
}

// A store that has forgotten the result of a command says so.
func TestResultLost(t *testing.T) {
	all, app := shelves(&fuse{}, &fuse{})
	c := open(t, engine.LocalConfig{}, app)
	raw := newRaw(t)
	push := raw.command(1, ask{Op: "push", Item: "a"})
	raw.submit(c, 0, push)
	c.equal()
	restart(c, func() {
		for _, s := range all {
			s.results = map[uint64][]byte{}
		}
	})
	for i := range 2 {
		if i > 0 { // so that another one answers
			if err := c.Stop(c.leader()); err != nil {
				t.Fatal(err)
			}
		}
		r := raw.reply(c, i, push)
		if _, err := engine.Outcome(r, nil); !errors.Is(err, engine.ErrResultLost) {
			t.Errorf("a retry: %+v, %v", r, err)
		}
	}
	if got := c.items(0, quorate.ReadIndex); len(got) != 1 {
		t.Errorf("after the retries: %q", got)
	}
}

// restart ends all members, and starts them again after f.
func restart(c *cluster, f func()) {
	c.t.Helper()
	for _, id := range c.Cluster().IDs() {
		if err := c.Stop(id); err != nil {
			c.t.Fatal(err)
		}
	}
	f()
	for _, id := range c.Cluster().IDs() {
		if err := c.Start(id); err != nil {
			c.t.Fatal(err)
		}
	}
}

// A store that has lost commands which the journal knows to be in it stops the
// member.
func TestStoreThatLostCommands(t *testing.T) {
	all, app := shelves(&fuse{}, &fuse{})
	c := open(t, engine.LocalConfig{Options: hasty()}, app)
	for i := range 20 {
		c.push(0, fmt.Sprint(i))
	}
	c.equal()
	id := c.Cluster().ID(0)
	for ctx := within(t); ; c.pause(ctx, "a trimmed log") {
		if r, err := c.Report(ctx, id); err != nil {
			t.Fatal(err)
		} else if r.Retained < 10 {
			break
		}
	}
	if err := c.Stop(id); err != nil {
		t.Fatal(err)
	}
	number := all[id].number
	all[id].number = 0
	if err := c.Start(id); err == nil || !strings.Contains(err.Error(), "has lost what was in it") {
		t.Errorf("a store that has lost everything: %v", err)
	}
	all[id].number = number
	if err := c.Start(id); err != nil {
		t.Error(err)
	}
	c.equal()
}
