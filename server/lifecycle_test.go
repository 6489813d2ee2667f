package server_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/server"
)

// brokenJournal cannot be read.
type brokenJournal struct{ quorate.Journal }

func (brokenJournal) Records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		yield(quorate.RecordOp{}, errors.New("torn page"))
	}
}

func TestStartFails(t *testing.T) {
	cases := []struct {
		name string
		cfg  server.LocalConfig
		text string
	}{
		{"no protocol", server.LocalConfig{}, "New is missing"},
		{"sizes that differ", server.LocalConfig{New: newToy, Nodes: 3, Cluster: grid(t, 1, 5)}, "Nodes is 3"},
		{"too many nodes", server.LocalConfig{New: newToy, Nodes: 100}, "at most"},
		{"unknown transport", server.LocalConfig{New: newToy, Transport: "pigeon"}, "want chan, tcp or udp"},
		{"bad horizon", server.LocalConfig{New: newToy, Once: quorate.OnceConfig{Horizon: -1}}, "horizon"},
		{"replica that refuses", server.LocalConfig{New: func(*quorate.Node, *quorate.Once) (quorate.Replica, error) {
			return nil, errors.New("no quorum")
		}}, "no quorum"},
		{"journal that cannot be opened", server.LocalConfig{New: newToy, Journal: func(quorate.ID) (quorate.Journal, error) {
			return nil, errors.New("locked")
		}}, "locked"},
		{"journal that cannot be read", server.LocalConfig{New: newToy, Journal: func(id quorate.ID) (quorate.Journal, error) {
			if id.Node() == 3 {
				return brokenJournal{journal.NewMemory()}, nil
			}
			return journal.NewMemory(), nil
		}}, "torn page"},
		{"one that registers twice", server.LocalConfig{New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			quorate.Register(n, func(quorate.ID, quorate.Request) {})
			return newToy(n, app)
		}}, "is handled at"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			l, err := server.StartLocal(tc.cfg)
			if err == nil {
				l.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want %q", err, tc.text)
			}
		})
	}
}

func grid(t *testing.T, zones, nodes int) *quorate.Cluster {
	t.Helper()
	c, err := quorate.Grid(zones, nodes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestStrangersAreRefused(t *testing.T) {
	l := startLocal(t, server.LocalConfig{Nodes: 1})
	stranger := grid(t, 1, 2).ID(1)
	_, errFaults := l.Faults(stranger)
	_, errReport := l.Report(t.Context(), stranger)
	_, errStats := l.Stats(stranger)
	for i, err := range []error{l.Start(stranger), l.Stop(stranger), errFaults, errReport, errStats} {
		if err == nil || !strings.Contains(err.Error(), "not a member") {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// Rule: closing ends everything, in any state, while calls are under way.
func TestClose(t *testing.T) {
	each(t, server.LocalConfig{}, func(t *testing.T, l *server.Local) {
		clients := []*client.Client{attach(t, l, patient), attach(t, l, patient)}
		if err := clients[1].Close(); err != nil {
			t.Fatal(err)
		}
		if err := l.Stop(l.Cluster().ID(2)); err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				if _, err := clients[0].Put(context.Background(), "k", nil); !errors.Is(err, client.ErrClosed) {
					t.Errorf("open at the close: %v", err)
				}
			})
		}
		for clients[0].Stats().Calls < 8 {
			waitMoment(t, l)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		calls.Wait()
		if _, err := l.Client(client.Config{}); err == nil {
			t.Error("a closed cluster took a client")
		}
		if err := l.Start(l.Cluster().ID(0)); err == nil {
			t.Error("a closed cluster started a node")
		}
	})
}

// Rule: each node draws its own numbers, after each of its starts others.
func TestSeedsDiffer(t *testing.T) {
	var mu sync.Mutex
	var drawn []uint64
	run := func(seed uint64) []uint64 {
		drawn = nil
		l := startLocal(t, server.LocalConfig{Seed: seed, New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
			mu.Lock()
			defer mu.Unlock()
			drawn = append(drawn, n.Rand().Uint64())
			return newToy(n, app)
		}})
		if err := errors.Join(l.Stop(l.Cluster().ID(0)), l.Start(l.Cluster().ID(0))); err != nil {
			t.Fatal(err)
		}
		return drawn
	}
	first, same, other := run(1), run(1), run(2)
	if !slices.Equal(first, same) {
		t.Errorf("seed 1 drew %x, then %x", first, same)
	}
	all := slices.Concat(first, other)
	slices.Sort(all)
	if len(slices.Compact(all)) != 8 {
		t.Errorf("numbers repeat in %x and %x", first, other)
	}
}

// Rule: a node that has no room for more requests is not taken for a dead one.
func TestFullInbox(t *testing.T) {
	l := startLocal(t, server.LocalConfig{New: newSingle})
	c := attach(t, l, client.Config{Timeout: time.Minute, AttemptTimeout: time.Minute})
	primary, err := l.Node(l.Cluster().ID(0))
	if err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	blocked, unblock := make(chan struct{}), make(chan struct{})
	calls.Go(func() {
		if err := primary.Inspect(t.Context(), func(quorate.Replica, *quorate.Once) {
			close(blocked)
			<-unblock
		}); err != nil {
			t.Error(err)
		}
	})
	<-blocked
	for range 8192 + 100 { // the default bound, and some
		calls.Go(func() {
			if _, err := c.Put(t.Context(), "k", nil); err != nil {
				t.Error(err)
			}
		})
	}
	for c.Stats().Pauses < 100 {
		if c.Stats().Retries > 1_000_000 {
			t.Fatal("no call pauses")
		}
		runtime.Gosched()
	}
	for _, id := range l.Cluster().IDs()[1:] {
		if stats, err := l.Stats(id); err != nil || stats.Link.Received != 0 {
			t.Errorf("node %v got %d requests, %v", id, stats.Link.Received, err)
		}
	}
	close(unblock)
	calls.Wait()
}
