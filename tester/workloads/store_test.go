package workloads

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
)

// bug is what is wrong with a store.
type bug string

const (
	sound           bug = "sound"          // nothing
	staleReads      bug = "stale reads"    // some reads that must not be old are
	ignored         bug = "conditions off" // some conditional writes are done although the condition does not hold
	twice           bug = "retries twice"  // a retried write is executed again, and its second outcome is told
	lostWrites      bug = "lost writes"    // acknowledged writes are gone, once
	splitBrain      bug = "split brain"    // for a while there are two stores
	wrongRefusals   bug = "wrong refusals" // what is called not executed is
	dirtyReads      bug = "dirty reads"    // weak reads show what is not written in the end
	backwardReads   bug = "backward reads" // timeline reads may be older than what the session has seen
	lateAfterReject bug = "executed later" // what is called not executed is executed later
)

// item is a state of a key; its place among the states of the key is its version.
type item struct {
	value   []byte
	present bool
}

// store is a versioned store in memory, and a network that loses and delays.
type store struct {
	bug  bug
	mu   sync.Mutex
	keys [2]map[string][]item // the second store of a split brain
	from time.Time
	late sync.WaitGroup
}

func newStore(b bug) *store {
	return &store{bug: b, from: time.Now(), keys: [2]map[string][]item{{}, {}}}
}

// session is a client of it.
type session struct {
	*store
	side int
	rng  *rand.Rand
	seen map[string]int
}

// The split lasts from 30 ms to 60 ms.
func (s *session) half() int {
	at := time.Since(s.from)
	switch {
	case s.bug != splitBrain || at < 30*time.Millisecond || at > 60*time.Millisecond:
		return 0
	case len(s.keys[1]) == 0:
		for k, v := range s.keys[0] {
			s.keys[1][k] = slices.Clone(v)
		}
	}
	return s.side
}

func (s *session) nap(most time.Duration) { time.Sleep(time.Duration(s.rng.Int64N(int64(most)))) }

func (s *session) chance(p float64) bool { return s.rng.Float64() < p }

func (s *session) Do(ctx context.Context, op client.Op) (client.Result, error) {
	if s.late.Add(1); ctx.Err() != nil {
		s.late.Done()
		return client.Result{}, fmt.Errorf("no time: %w", client.ErrNotExecuted)
	}
	defer s.late.Done()
	write := op.Kind != quorate.OpGet
	s.nap(time.Millisecond)
	switch fate := s.rng.Float64(); {
	case fate < 0.05:
		if s.bug == wrongRefusals && write {
			s.apply(op)
		}
		if s.bug == lateAfterReject && write {
			s.later(op)
		}
		return client.Result{}, fmt.Errorf("refused: %w", client.ErrNotExecuted)
	case fate < 0.08:
		s.nap(5 * time.Millisecond)
		return client.Result{}, fmt.Errorf("lost on the way: %w", client.ErrUnknown)
	case fate < 0.11:
		s.later(op)
		return client.Result{}, fmt.Errorf("late: %w", client.ErrUnknown)
	case fate < 0.15:
		s.apply(op)
		if s.bug != twice {
			return client.Result{}, fmt.Errorf("lost on the way back: %w", client.ErrUnknown)
		}
		s.nap(5 * time.Millisecond)
	}
	r := s.apply(op)
	s.nap(time.Millisecond)
	return r, nil
}

// later executes a command that its client has given up.
func (s *session) later(op client.Op) {
	wait := time.Duration(s.rng.Int64N(int64(20 * time.Millisecond)))
	other := &session{s.store, s.side, rand.New(rand.NewPCG(s.rng.Uint64(), 1)), s.seen}
	s.late.Go(func() {
		time.Sleep(wait)
		other.apply(op)
	})
}

func (s *session) apply(op client.Op) client.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.half()
	states := s.keys[at][op.Key]
	if s.bug == lostWrites && len(states) > 3 && s.chance(0.02) {
		states = states[:len(states)-2]
		s.keys[at][op.Key] = states
	}
	if op.Kind == quorate.OpGet {
		return s.read(op, states)
	}
	condition := uint64(0)
	if n := len(states); n > 0 && states[n-1].present {
		condition = uint64(n)
	}
	if conditional := op.Kind == quorate.OpPutIf || op.Kind == quorate.OpDeleteIf; conditional && condition != op.Version {
		if s.bug != ignored || s.chance(0.5) {
			s.seen[op.Key] = max(s.seen[op.Key], int(condition))
			return client.Result{Version: condition}
		}
	}
	puts := op.Kind == quorate.OpPut || op.Kind == quorate.OpPutIf
	s.keys[at][op.Key] = append(states, item{op.Value, puts})
	s.seen[op.Key] = max(s.seen[op.Key], len(states)+1)
	return client.Result{OK: true, Version: uint64(len(states) + 1)}
}

func (s *session) read(op client.Op, states []item) client.Result {
	n := len(states)
	if op.Read == quorate.ReadTimeline && s.bug != backwardReads {
		n = s.seen[op.Key] + s.rng.IntN(max(1, len(states)-s.seen[op.Key]+1))
	} else if !op.Read.Linearizable() || s.bug == staleReads && s.chance(0.1) {
		n -= s.rng.IntN(min(3, n+1))
	}
	if n = min(n, len(states)); n == 0 {
		return client.Result{}
	}
	s.seen[op.Key] = max(s.seen[op.Key], n)
	it := states[n-1]
	if s.bug == dirtyReads && !op.Read.Linearizable() && s.chance(0.05) {
		it.value = []byte("123456789")
	}
	return client.Result{OK: it.present, Version: uint64(n), Value: it.value}
}

// play lets workers do a workload on a store and returns the history.
func play(t *testing.T, name string, cfg Config, b bug, seed uint64, each int) (Workload, []history.Op) {
	t.Helper()
	w, err := New(name, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := newStore(b)
	var mu sync.Mutex
	var h []history.Op
	record := func(op history.Op) {
		mu.Lock()
		defer mu.Unlock()
		op.Index, op.Time = len(h), time.Since(s.from)
		h = append(h, op)
	}
	open := func(n int) *session {
		return &session{s, n % 2, rand.New(rand.NewPCG(seed, uint64(n))), map[string]int{}}
	}
	for n := 1000; ; n++ {
		if err := w.Setup(t.Context(), open(n)); err == nil {
			break
		}
	}
	var phase, all sync.WaitGroup
	for worker := range cfg.Concurrency {
		phase.Add(1)
		all.Go(func() {
			process, c := worker, open(worker)
			rng := rand.New(rand.NewPCG(seed, uint64(worker)))
			do := func(op history.Op) {
				op.Type, op.Process = history.Invoke, process
				record(op)
				end := w.Invoke(t.Context(), c, op)
				if record(end); end.Type == history.Info {
					process += cfg.Concurrency
					c = open(process)
				}
			}
			for range each {
				do(w.Next(rng, worker))
			}
			phase.Done()
			phase.Wait()
			time.Sleep(30 * time.Millisecond) // what is late has arrived
			for _, op := range w.Final(worker) {
				do(op)
			}
		})
	}
	all.Wait()
	s.late.Wait()
	return w, h
}

// run plays and checks in a bubble of virtual time.
func run(t *testing.T, name string, cfg Config, b bug, seed uint64, each int) (said string, h []history.Op) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var w Workload
		w, h = play(t, name, cfg, b, seed, each)
		said = told(w.Check(t.Context(), h))
	})
	return said, h
}

func TestSoundStoresPass(t *testing.T) {
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for _, kind := range Kinds() {
		for _, mode := range quorate.ReadModes() {
			for seed := range seeds {
				cfg := Config{Concurrency: 6, Keys: 2, OpsPerKey: 60, Read: mode, Seed: seed}
				said, h := run(t, kind.Name, cfg, sound, seed, 40)
				if said != "" {
					t.Errorf("%s with %v reads, seed %d: %s", kind.Name, mode, seed, said)
				}
				ok := 0
				for _, op := range h {
					if op.Type == history.OK {
						ok++
					}
				}
				if ok < len(h)/6 {
					t.Errorf("%s with %v reads, seed %d: %d of %d events are ok", kind.Name, mode, seed, ok, len(h))
				}
			}
		}
	}
}

func TestPlantedBugsAreFound(t *testing.T) {
	keyed := []string{"register", "cas-register", "kv", "append", "set", "queue"}
	single := []string{"counter", "bank"}
	most := slices.Concat(keyed, single)
	reading := slices.DeleteFunc(slices.Clone(most), func(name string) bool { return name == "queue" }) // which reads at the end only
	for _, c := range []struct {
		bug   bug
		mode  quorate.ReadMode
		names []string
	}{
		{staleReads, quorate.ReadLog, reading},
		{ignored, quorate.ReadLog, slices.Concat(most, []string{"unique-ids"})},
		{twice, quorate.ReadLog, most},
		{lostWrites, quorate.ReadLog, slices.Concat(most, []string{"unique-ids"})},
		{splitBrain, quorate.ReadLog, slices.Concat(most, []string{"unique-ids"})},
		{wrongRefusals, quorate.ReadLog, most},
		{lateAfterReject, quorate.ReadLog, reading[:5]}, // too late for conditional writes of the one key that all change
		{dirtyReads, quorate.ReadLocal, reading},
		{dirtyReads, quorate.ReadFollower, reading},
		{backwardReads, quorate.ReadTimeline, reading},
	} {
		for _, name := range c.names {
			found := 0
			const seeds = 2
			for seed := range uint64(seeds) {
				cfg := Config{Concurrency: 6, Keys: 2, OpsPerKey: 120, Read: c.mode}
				if said, _ := run(t, name, cfg, c.bug, seed, 60); said != "" && said[0] != '?' {
					found++
				}
			}
			if t.Logf("%s, %v reads: %s finds it in %d of %d runs", c.bug, c.mode, name, found, seeds); found == 0 {
				t.Errorf("%s: %s does not find it", c.bug, name)
			}
		}
	}
}
