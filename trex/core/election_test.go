package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/quorate/quorate/trex/core"
)

// TestFailover kills leaders and measures in virtual time until another one has
// committed under its ballot.
func TestFailover(t *testing.T) {
	var took []time.Duration
	for seed := range uint64(200) {
		w := newWorld(t, seed, 3, "majority", core.Config{})
		w.run(5*time.Second, w.elected)
		w.propose(w.leader(), "before")
		w.run(200*time.Millisecond, w.forever)
		w.crash(w.leader())
		from := w.now
		w.run(5*time.Second, func() bool {
			h := w.leader()
			return h != nil && h.chosen > h.state.Barrier()-1
		})
		took = append(took, w.now-from)
	}
	slices.Sort(took)
	t.Logf("median %v, 99 %% %v, most %v", took[100], took[197], took[199])
	if took[197] > time.Second {
		t.Errorf("of 200 failovers 3 took longer than %v", took[197])
	}
}

// TestContention has all followers lose their leader at once and stand within a
// moment that is shorter than an election, again and again. An attempt is a
// ballot that somebody prepares until something is chosen under one.
func TestContention(t *testing.T) {
	for _, c := range []struct {
		size, rounds int
		cfg          core.Config
	}{
		{4, 10000, core.Config{}},
		{6, 10000, core.Config{}},
		{6, 1000, core.Config{TimeoutMin: 50 * time.Millisecond, TimeoutMax: 51 * time.Millisecond}},
	} {
		t.Run(fmt.Sprint(c.size-1, " ", c.cfg.TimeoutMax), func(t *testing.T) {
			var attempts []uint64
			rounds := c.rounds
			if testing.Short() {
				rounds = 1000
			}
			for seed := range uint64(rounds / 10) {
				attempts = append(attempts, contend(t, seed, c.size, c.cfg, 10)...)
			}
			slices.Sort(attempts)
			t.Logf("half %v, 99 %% %v, 99.9 %% %v, most %v", attempts[rounds/2], attempts[rounds*99/100], attempts[rounds*999/1000], attempts[rounds-1])
			if n := attempts[rounds*999/1000]; n > 5 {
				t.Errorf("one in a thousand elections takes %v attempts", n)
			}
		})
	}
}

// contend silences one leader after another and returns the attempts that its
// succession took.
func contend(t *testing.T, seed uint64, size int, cfg core.Config, times int) []uint64 {
	w := newWorld(t, seed, size, "majority", cfg)
	var attempts []uint64
	for range times {
		w.run(5*time.Second, w.elected)
		w.run(100*time.Millisecond, w.forever)
		old := w.leader()
		if old == nil {
			t.Fatalf("seed %v: no leader: %v", seed, w)
		}
		w.cut = func(from, to int) bool { return from == old.i || to == old.i }
		before := w.ballots()
		next := func() bool {
			for _, h := range w.hosts {
				if h != old && h.state.Role() == core.Leader && h.chosen >= h.state.Barrier() {
					return true
				}
			}
			return false
		}
		if !w.run(5*time.Second, next) {
			t.Fatalf("seed %v: %v", seed, w)
		}
		attempts = append(attempts, w.ballots()-before)
		w.cut = nil
		w.run(5*time.Second, func() bool { return old.state.Role() == core.Follower })
	}
	return attempts
}

func (w *world) ballots() uint64 {
	n := uint64(0)
	for _, h := range w.hosts {
		n += h.state.Counters().Ballots
	}
	return n
}
