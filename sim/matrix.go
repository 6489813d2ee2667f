package sim

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// Matrix measures how many worlds it takes until planted bugs are found, and by
// which oracles: the proof that the oracles see, and that the worlds show.
type Matrix struct {
	Mutants []Mutant
	// A trial runs seeds until one breaks an oracle, MaxSeeds at most. The trials
	// of a mutant have different seeds, from First on; those of other mutants have
	// the same.
	Trials, MaxSeeds int
	First            uint64
	Workers          int // trials at a time; zero is GOMAXPROCS
	// Each is called after every world, one call at a time, with how many trials
	// are over and how many worlds were run.
	Each func(trials, worlds int)
}

// Mutant is a row of the matrix before it is measured.
type Mutant struct {
	Row, Name, Doc string
	Swarm          Swarm // whose subject has the bug
}

// Kill is how well one bug is found.
type Kill struct {
	Row  string `json:"row"`
	Name string `json:"name"`
	Doc  string `json:"doc"`

	Trials int `json:"trials"` // that are over
	Found  int `json:"found"`  // of them
	// Median is over the trials: so many seeds until the bug was found. Zero is
	// never: fewer than half of the trials found it.
	Median int `json:"median"`
	Worst  int `json:"worst"` // zero is never
	// Seeds has, for each trial, how many seeds it took; zero if all were good.
	Seeds   []int          `json:"seeds"`
	Oracles map[string]int `json:"oracles"` // in how many trials each was the first to see it
}

// Kills is a matrix that was measured. Its JSON is for programs.
type Kills struct {
	Schema   int     `json:"schema"`
	Protocol string  `json:"protocol"`
	Trials   int     `json:"trials"`
	MaxSeeds int     `json:"max_seeds"`
	First    uint64  `json:"first_seed"`
	Worlds   int     `json:"worlds"`
	Seconds  float64 `json:"seconds"`
	Stopped  string  `json:"stopped,omitempty"` // what ended it early, as a clause
	Rows     []Kill  `json:"mutants"`
}

// Run makes the trials. If ctx ends, it returns those that are over, and the
// context's error.
func (m Matrix) Run(ctx context.Context) (*Kills, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	began := time.Now()
	k := &Kills{Schema: Schema, Protocol: m.Mutants[0].Swarm.Subject.Name, Trials: m.Trials, MaxSeeds: m.MaxSeeds, First: m.First}
	r := &matrixRun{Matrix: m, results: make([][]trial, len(m.Mutants))}
	for i := range r.results {
		r.results[i] = make([]trial, m.Trials)
	}
	together(m.Workers, func() { r.work(ctx) })
	for i, mutant := range m.Mutants {
		k.Rows = append(k.Rows, mutant.kill(r.results[i]))
	}
	k.Worlds, k.Seconds = r.worlds, time.Since(began).Seconds()
	if r.err == nil {
		r.err = ctx.Err()
	}
	return k, r.err
}

// Validate reports what no trials can be made of.
func (m Matrix) Validate() error {
	if len(m.Mutants) == 0 {
		return fmt.Errorf("kill matrix without mutants")
	}
	if m.Trials < 1 || m.MaxSeeds < 1 || m.Trials > math.MaxInt32 || m.MaxSeeds > math.MaxInt32 {
		return fmt.Errorf("%d trials of %d seeds: want 1 to %d of each", m.Trials, m.MaxSeeds, math.MaxInt32)
	}
	if seeds := uint64(m.Trials) * uint64(m.MaxSeeds); m.First > math.MaxUint64-seeds {
		return fmt.Errorf("%d trials of %d seeds from %d on: there are not so many", m.Trials, m.MaxSeeds, m.First)
	}
	return nil
}

// trial is how one ended.
type trial struct {
	over   bool
	seeds  int    // until the bug was found; zero: it was not
	oracle string // that found it
}

// matrixRun is what the workers share.
type matrixRun struct {
	Matrix
	mu      sync.Mutex
	next    int // trials taken
	trials  int // trials over
	worlds  int
	results [][]trial // by mutant
	err     error
}

func (r *matrixRun) work(ctx context.Context) {
	for {
		mutant, number, ok := r.take(ctx)
		if !ok {
			return
		}
		t, err := r.trial(ctx, &r.Mutants[mutant].Swarm, number)
		r.put(mutant, number, t, err)
	}
}

func (r *matrixRun) take(ctx context.Context) (mutant, number int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.next
	if ctx.Err() != nil || r.err != nil || n == len(r.Mutants)*r.Trials {
		return 0, 0, false
	}
	r.next++
	return n / r.Trials, n % r.Trials, true
}

// trial runs worlds until one breaks an oracle.
func (r *matrixRun) trial(ctx context.Context, s *Swarm, number int) (trial, error) {
	first := r.First + uint64(number)*uint64(r.MaxSeeds)
	for n := range r.MaxSeeds {
		if ctx.Err() != nil {
			return trial{}, nil
		}
		seed := first + uint64(n)
		spec, err := s.Spec(seed)
		if err != nil {
			return trial{}, fmt.Errorf("draw the world of seed %d: %w", seed, err)
		}
		out, err := Run(context.WithoutCancel(ctx), s.Subject, spec, Options{})
		if err != nil {
			return trial{}, err
		}
		r.world()
		if out.Violation != nil {
			return trial{over: true, seeds: n + 1, oracle: out.Violation.Oracle}, nil
		}
	}
	return trial{over: true}, nil
}

func (r *matrixRun) world() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.worlds++
	if r.Each != nil {
		r.Each(r.trials, r.worlds)
	}
}

func (r *matrixRun) put(mutant, number int, t trial, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && r.err == nil {
		r.err = err
	}
	if t.over {
		r.trials++
		r.results[mutant][number] = t
	}
}

// kill sums up the trials of a mutant.
func (m *Mutant) kill(trials []trial) Kill {
	k := Kill{Row: m.Row, Name: m.Name, Doc: m.Doc, Seeds: []int{}, Oracles: map[string]int{}}
	for _, t := range trials {
		if !t.over {
			continue
		}
		k.Trials++
		k.Seeds = append(k.Seeds, t.seeds)
		if t.seeds > 0 {
			k.Found++
			k.Oracles[t.oracle]++
		}
	}
	k.Median, k.Worst = medianSeeds(k.Seeds)
	return k
}

// medianSeeds returns the median and the largest of the numbers, of which zero
// stands for never, which is the largest of all.
func medianSeeds(seeds []int) (median, worst int) {
	if len(seeds) == 0 {
		return 0, 0
	}
	order := slices.SortedFunc(slices.Values(seeds), func(a, b int) int { return cmp.Compare(uint(a)-1, uint(b)-1) })
	return order[(len(order)-1)/2], order[len(order)-1]
}

// Survivors returns the names of the mutants that some trial did not find.
func (k *Kills) Survivors() []string {
	var names []string
	for i := range k.Rows {
		if k.Rows[i].Found < k.Rows[i].Trials {
			names = append(names, k.Rows[i].Name)
		}
	}
	return names
}
