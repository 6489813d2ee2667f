package server_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/paxos"
	"github.com/quorate/quorate/server"
)

var (
	soakFor  = flag.Duration("soak", 2*time.Second, "how long each soak test runs")
	soakSeed = flag.Uint64("soak.seed", 0, "the seed of the soak tests; 0 draws one")
)

// Rule: whatever is cut, lost, stopped and started, what clients see is
// linearizable, nothing acknowledged is lost, the replicas agree in the end,
// and a healed cluster serves.
func TestSoak(t *testing.T) {
	for _, tc := range []struct {
		transport string
		nodes     int
		async     bool // journals sync beside the loop, so crashes hit syncs in flight
	}{
		{"chan", 3, false}, {"chan", 5, true}, {"tcp", 3, true}, {"udp", 3, true},
	} {
		t.Run(fmt.Sprintf("%s-%d-async=%v", tc.transport, tc.nodes, tc.async), func(t *testing.T) {
			seed := *soakSeed
			if seed == 0 {
				seed = rand.Uint64()
			}
			t.Logf("to try again: -run '%s' -soak %v -soak.seed %d", t.Name(), *soakFor, seed)
			s := newSoak(t, seed, server.LocalConfig{
				Transport: tc.transport, Nodes: tc.nodes, Seed: seed, Encode: seed%2 == 0,
				Once: quorate.OnceConfig{Horizon: time.Minute},
				New: func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
					return paxos.New(n, app, paxos.Config{LogLimit: 512})
				},
				Journal: journals(tc.async),
			})
			s.run(*soakFor)
		})
	}
}

// asyncJournal has its commits run beside the loop.
type asyncJournal struct{ quorate.Journal }

func (asyncJournal) Immediate() bool { return false }

// journals keeps the media of a cluster in memory.
func journals(async bool) func(quorate.ID) (quorate.Journal, error) {
	var mu sync.Mutex
	media := map[quorate.ID]*journal.Memory{}
	return func(id quorate.ID) (quorate.Journal, error) {
		mu.Lock()
		defer mu.Unlock()
		if media[id] == nil {
			media[id] = journal.NewMemory()
		}
		if async {
			return asyncJournal{media[id].Open()}, nil
		}
		return media[id].Open(), nil
	}
}

// soak is one run: processes that call, and a nemesis that breaks the cluster.
type soak struct {
	t        *testing.T
	l        *server.Local
	seed     uint64
	recorder *checker.Recorder
	clients  []*client.Client
	workers  []*worker
	start    time.Time
	stopping atomic.Bool
}

const (
	soakClients = 4
	soakWorkers = 12
	soakKeys    = 10
	soakPause   = time.Millisecond // between the calls of a worker: it bounds the history
	soakEpoch   = 5 * time.Second  // then all turn to new keys: it bounds the writes of unknown outcome on a key
)

func newSoak(t *testing.T, seed uint64, cfg server.LocalConfig) *soak {
	s := &soak{t: t, seed: seed, start: time.Now(), l: startLocal(t, cfg)}
	var err error
	if s.recorder, err = checker.NewRecorder(checker.RecorderConfig{}); err != nil {
		t.Fatal(err)
	}
	for range soakClients {
		s.clients = append(s.clients, attach(t, s.l, client.Config{Timeout: 2 * time.Second, AttemptTimeout: 200 * time.Millisecond}))
	}
	for i := range soakWorkers {
		c := s.clients[i%soakClients]
		s.workers = append(s.workers, &worker{
			s: s, number: i, client: c, process: s.recorder.Process(c.Session()),
			rng: rand.New(rand.NewPCG(seed, uint64(i))), versions: map[string]uint64{},
		})
	}
	return s
}

// epoch is part of every key.
func (s *soak) epoch() int64 { return int64(time.Since(s.start) / soakEpoch) }

func (s *soak) run(d time.Duration) {
	s.under(func() {
		ctx, cancel := context.WithTimeout(s.t.Context(), d)
		defer cancel()
		newNemesis(s).run(ctx)
	})
}

// under has the processes call while trouble lasts, and checks what they saw.
func (s *soak) under(trouble func()) {
	var workers sync.WaitGroup
	for _, w := range s.workers {
		workers.Go(func() {
			pace := time.NewTicker(soakPause)
			defer pace.Stop()
			for !s.stopping.Load() {
				w.step(s.t.Context())
				<-pace.C
			}
		})
	}
	trouble()
	s.servesAgain()
	s.stopping.Store(true)
	workers.Wait()
	s.readAll()
	s.agree()
	s.check()
}

// servesAgain asks the healed cluster for one write by each client.
func (s *soak) servesAgain() {
	start := time.Now()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	for i, c := range s.clients {
		for {
			_, err := c.Put(ctx, "after", nil)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				s.t.Fatalf("the healed cluster does not serve client %d: %v%s", i, err, s.describe())
			}
		}
	}
	s.t.Logf("served all clients %v after the heal", time.Since(start).Round(time.Millisecond))
}

// readAll ends the history with a read of every key: what was acknowledged and
// lost shows there.
func (s *soak) readAll() {
	w := s.workers[0]
	for epoch := range s.epoch() + 1 {
		for key := range soakKeys {
			for !w.do(s.t.Context(), client.Op{Kind: quorate.OpGet, Key: keyName(epoch, key)}) {
			}
		}
	}
}

// agree waits until all replicas have executed the same, and so have the same
// states. Without a single log the states alone tell.
func (s *soak) agree() {
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	pace := time.NewTicker(10 * time.Millisecond)
	defer pace.Stop()
	for !s.level(ctx) || !s.same(ctx) {
		select {
		case <-pace.C:
		case <-ctx.Done():
			s.t.Fatalf("the replicas do not catch up, or end with different states%s", s.describe())
		}
	}
}

// same reports whether all replicas have the same states.
func (s *soak) same(ctx context.Context) bool {
	ids := s.l.Cluster().IDs()
	first := s.state(ctx, ids[0])
	return !slices.ContainsFunc(ids[1:], func(id quorate.ID) bool { return s.state(ctx, id) != first })
}

func (s *soak) level(ctx context.Context) bool {
	var first quorate.Report
	for i, id := range s.l.Cluster().IDs() {
		r, err := s.l.Report(ctx, id)
		if err != nil {
			return false
		}
		if i == 0 {
			first = r
		}
		if r.Executed != r.Committed || r.Executed != first.Executed {
			return false
		}
	}
	return true
}

// state returns the snapshots of all keys, outcome tables included.
func (s *soak) state(ctx context.Context, id quorate.ID) string {
	var state []byte
	n, err := s.l.Node(id)
	if err == nil {
		err = n.Inspect(ctx, func(_ quorate.Replica, app *quorate.Once) {
			for _, key := range app.Keys() {
				state = app.Snapshot(append(append(state, key...), 0), key)
			}
		})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return string(state)
}

func (s *soak) check() {
	res, err := s.recorder.Check(s.t.Context(), checker.Config{TimeLimit: 5 * time.Minute})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("%d done, %d not executed, %d unknown, %d stale; checked in %v",
		res.Done, res.NotExecuted, res.Open, res.Stale, res.Elapsed.Round(time.Millisecond))
	if res.Verdict != checker.OK {
		s.t.Errorf("the history is %v: %s", res.Verdict, res.Reason)
		for _, c := range res.Counterexamples {
			s.t.Logf("%+v", c)
		}
	}
}

func (s *soak) describe() string {
	text := ""
	for _, id := range s.l.Cluster().IDs() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		r, err := s.l.Report(ctx, id)
		cancel()
		text += fmt.Sprintf("\n%v: %+v %v", id, r, err)
	}
	return text
}

func keyName(epoch int64, i int) string { return fmt.Sprintf("key%d.%d", epoch, i) }

// worker is one sequential process of the history.
type worker struct {
	s        *soak
	number   int
	client   *client.Client
	process  *checker.Process
	rng      *rand.Rand
	written  int
	unsure   bool              // the last call failed: read until one does not
	versions map[string]uint64 // last seen, for the conditions
}

func (w *worker) step(ctx context.Context) {
	op := client.Op{Kind: quorate.OpGet, Key: keyName(w.s.epoch(), w.rng.IntN(soakKeys))}
	if w.unsure { // more open writes would make the history hard to check
		w.unsure = !w.do(ctx, op)
		return
	}
	w.written++
	value := fmt.Appendf(nil, "%d.%d", w.number, w.written)
	switch n := w.rng.IntN(100); {
	case n < 30:
	case n < 40:
		op.Read = quorate.ReadIndex
	case n < 50:
		op.Read = quorate.ReadLocal
	case n < 75:
		op.Kind, op.Value = quorate.OpPut, value
	case n < 90:
		op.Kind, op.Value, op.Version = quorate.OpPutIf, value, w.versions[op.Key]
	case n < 95:
		op.Kind = quorate.OpDelete
	default:
		op.Kind, op.Version = quorate.OpDeleteIf, w.versions[op.Key]
	}
	w.unsure = !w.do(ctx, op)
}

// do makes one call and records it. It reports whether the call is done.
func (w *worker) do(ctx context.Context, op client.Op) bool {
	if op.Kind == quorate.OpGet {
		w.process.Read(op.Read, op.Key)
	} else {
		w.process.Invoke(op.Kind, op.Key, op.Value, op.Version)
	}
	res, err := w.client.Do(ctx, op)
	out := checker.Outcome{Status: quorate.Done, OK: res.OK, Version: res.Version, Value: res.Value}
	var failed *client.Error
	if errors.As(err, &failed) {
		out.Status = failed.Outcome.Status
	}
	w.process.Return(out)
	if err == nil && !res.Stale {
		w.versions[op.Key] = res.Version
	}
	return err == nil
}
