package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/quorate/quorate/internal/cputime"
)

// Campaign runs many worlds, several at a time.
type Campaign struct {
	Swarm   Swarm
	From    uint64 // first seed
	To      uint64 // last seed
	Workers int    // worlds at a time; zero is GOMAXPROCS
	// KeepGoing runs all seeds; otherwise the first violation ends the campaign.
	KeepGoing bool
	// Patience is how long a world may take on the clock, and, where others have the
	// processors, of their time; zero is a minute, and a twentieth of the time in which
	// faults strike. What takes longer breaks [OracleHang].
	Patience time.Duration
	// Skip tells which seeds were run before, nil for none.
	Skip func(seed uint64) bool
	// Each is called after every world, one call at a time, in no particular order.
	Each func(World)
}

// World is a world of a campaign that is over.
type World struct {
	Seed    uint64
	Spec    Spec
	Outcome *Outcome
}

// Run runs the seeds. If ctx ends, it returns what was found until then, worlds
// under way included, and the context's error.
func (c Campaign) Run(ctx context.Context) (*Findings, error) {
	if c.To < c.From {
		return nil, fmt.Errorf("seeds %d to %d: want the smaller one first", c.From, c.To)
	}
	began := time.Now()
	busy, _ := cputime.Used()
	r := &campaignRun{Campaign: c, next: c.From, found: NewFindings()}
	together(c.Workers, func() { r.work(ctx) })
	r.found.Elapsed = time.Since(began)
	if used, ok := cputime.Used(); ok {
		r.found.CPU = used - busy
	}
	if r.err == nil {
		r.err = ctx.Err()
	}
	return r.found, r.err
}

// together lets so many workers work, by default one for each processor, and
// waits for them.
func together(workers int, work func()) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(work)
	}
	wg.Wait()
}

// campaignRun is what the workers share.
type campaignRun struct {
	Campaign
	mu    sync.Mutex
	next  uint64
	over  bool
	found *Findings
	err   error
}

func (r *campaignRun) work(ctx context.Context) {
	for {
		seed, ok := r.take(ctx)
		if !ok {
			return
		}
		w, err := r.world(ctx, seed)
		r.put(w, err)
	}
}

func (r *campaignRun) take(ctx context.Context) (uint64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.over && ctx.Err() == nil {
		seed := r.next
		r.over = seed == r.To
		r.next++
		if r.Skip == nil || !r.Skip(seed) {
			return seed, true
		}
	}
	return 0, false
}

func (r *campaignRun) world(ctx context.Context, seed uint64) (World, error) {
	spec, err := r.Swarm.Spec(seed)
	if err != nil {
		return World{}, fmt.Errorf("draw the world of seed %d: %w", seed, err)
	}
	type verdict struct {
		out *Outcome
		err error
	}
	ended := make(chan verdict, 1)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	go func() {
		out, err := Run(life, r.Swarm.Subject, spec, Options{})
		ended <- verdict{out, err}
	}()
	wait := cmp.Or(r.Patience, time.Minute+spec.Safety/20)
	patience := newPatience(wait)
	over := time.NewTimer(wait)
	defer over.Stop()
	interrupt, interrupted := ctx.Done(), false
	for {
		select {
		case v := <-ended:
			return World{seed, spec, v.out}, v.err
		case <-interrupt:
			// The verdict of a world under way counts, unless it takes too long.
			interrupt, interrupted = nil, true
			over.Reset(min(wait, grace))
		case <-over.C:
			if interrupted {
				return World{}, errCutShort
			}
			if more := patience.more(); more > 0 {
				over.Reset(more)
				continue
			}
			return World{seed, spec, hung(time.Since(patience.began))}, nil
		}
	}
}

// grace is how long the worlds under way are waited for when a campaign is
// interrupted.
const grace = 2 * time.Second

var errCutShort = errors.New("the world was cut short")

// OracleHang is broken by a world that goes on for longer than a campaign waits.
// It is the only oracle that looks at the clock.
const OracleHang = "hang"

// hung is what became of a world that never ends. Its goroutine cannot be
// stopped.
func hung(after time.Duration) *Outcome {
	out := &Outcome{Stats: newStats()}
	out.Stats.Worlds = 1
	out.Violation = &Violation{Oracle: OracleHang, Node: -1,
		Text: fmt.Sprintf("the world is still going on after %v: some handler does not return, or the world is far too large", after.Round(time.Millisecond))}
	return out
}

func (r *campaignRun) put(w World, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.Is(err, errCutShort) {
		return
	}
	if err != nil {
		if r.err == nil {
			r.err = err
		}
		r.over = true
		return
	}
	r.found.add(w)
	r.over = r.over || w.Outcome.Violation != nil && !r.KeepGoing
	if r.Each != nil {
		r.Each(w)
	}
}
