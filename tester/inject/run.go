package inject

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/tester/results"
)

// Schedule says when faults come and go.
type Schedule struct {
	// Seed fixes when each nemesis strikes for how long, and what it draws. What depends
	// on the cluster, such as who leads, it does not fix.
	Seed uint64
	// Interval is about how long a fault takes, and the pause before the next of its kind:
	// half to one and a half times that. Zero is 5 s. With more than two nemeses the pauses
	// are longer, so that no more than one fault and a half are active on average and the
	// cluster gets on with its work in between.
	Interval time.Duration
	// Patience bounds how long healing is tried again after faults that cannot be healed
	// at once. Zero is one minute.
	Patience time.Duration
	// Hurry has healing given up soon after it ended, see [Hurry]. Nil never does.
	Hurry context.Context
}

// MaxInterval bounds [Schedule.Interval].
const MaxInterval = 20 * time.Minute

// Run lets nemeses strike the cluster, each on a schedule of its own, until ctx ends.
// Then it heals all, and returns how often each struck, by name. Each fault has four
// events: that it was asked for (start-NAME), what was done and to whom, that it was to
// end (stop-NAME), and that it has. record is called by one goroutine at a time; it
// fills in the index, and the time.
func Run(ctx context.Context, c Cluster, nemeses []Nemesis, s Schedule, record func(history.Op)) []results.Fault {
	s.Interval = min(cmp.Or(s.Interval, 5*time.Second), MaxInterval)
	s.Patience = cmp.Or(s.Patience, time.Minute)
	g := newGuard(c)
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	var keeper sync.WaitGroup
	keeper.Go(func() { g.orders.keep(keeping) })
	var mu sync.Mutex
	safe := func(op history.Op) {
		mu.Lock()
		defer mu.Unlock()
		record(op)
	}
	runners := make([]*runner, len(nemeses))
	var all sync.WaitGroup
	for i, n := range nemeses {
		if o, ok := n.(optional); ok {
			n = o.Nemesis
		}
		r := &runner{n: n, view: g.view(n.Name()), s: s, others: len(nemeses), record: safe}
		r.count.Nemesis = n.Name()
		runners[i] = r
		all.Go(func() { r.run(ctx) })
	}
	all.Wait()
	for _, r := range runners {
		r.late(ctx)
	}
	stop()
	keeper.Wait()
	g.close()
	var counts []results.Fault
	for _, r := range runners {
		counts = append(counts, r.count)
	}
	slices.SortStableFunc(counts, func(a, b results.Fault) int { return cmp.Compare(a.Nemesis, b.Nemesis) })
	return counts
}

// runner lets one nemesis strike again and again.
type runner struct {
	n      Nemesis
	view   *view
	s      Schedule
	others int // nemeses, this one included
	record func(history.Op)
	count  results.Fault
	sick   []func(context.Context) error // heal what could not be while others struck
}

// draws returns a generator for one purpose. Each strike has its own, so that how much
// one draws does not change the next.
func (r *runner) draws(purpose string, nth int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s %d", r.n.Name(), purpose, nth)
	return rand.New(rand.NewPCG(r.s.Seed, h.Sum64()))
}

// active is how many faults may be active on average.
const active = 1.5

func (r *runner) run(ctx context.Context) {
	times := r.draws("times", 0)
	upTo := func(d time.Duration) time.Duration { return time.Duration(times.Int64N(int64(d))) }
	around := func(d time.Duration) time.Duration { return d/2 + upTo(d) }
	pause := time.Duration(float64(r.s.Interval) * max(1, float64(r.others)/active-1))
	first := upTo(pause)
	for nth := 0; ; nth++ {
		rest, hold := around(pause), around(r.s.Interval)
		if nth == 0 {
			rest = first
		}
		if !sleep.For(ctx, rest) {
			return
		}
		r.strike(ctx, nth, hold)
	}
}

// strike is one fault, from its beginning to its end.
func (r *runner) strike(ctx context.Context, nth int, hold time.Duration) {
	began := time.Now()
	r.say("start", nil, nil)
	what, heal, err := r.n.Strike(ctx, r.view, r.draws("strike", nth))
	r.say("start", what, err)
	r.count.Times++
	if err != nil {
		r.count.Errors++
	}
	if heal != nil && err == nil {
		sleep.For(ctx, hold)
	}
	r.say("stop", nil, nil)
	what, err = r.heal(ctx, heal)
	r.say("stop", what, err)
	if err != nil {
		r.count.Errors++
	}
	if err != nil && ctx.Err() == nil {
		r.sick = append(r.sick, heal)
	}
	r.count.Active += time.Since(began)
}

// late heals what could not be healed while other faults went on, now that none does: a
// member that lost its disk is admitted only once all others answer.
func (r *runner) late(ctx context.Context) {
	for _, heal := range r.sick {
		what, err := r.heal(ctx, heal)
		r.say("stop", what, err)
	}
}

// heal ends a fault, and tries until it has, or too long.
func (r *runner) heal(ctx context.Context, heal func(context.Context) error) (what any, err error) {
	if heal == nil {
		return nil, nil
	}
	user := context.WithoutCancel(ctx)
	if r.s.Hurry != nil {
		user = r.s.Hurry
	}
	ctx, stop := Hurry(user)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, r.s.Patience)
	defer cancel()
	for attempts, wait := int64(1), 100*time.Millisecond; ; attempts, wait = attempts+1, min(2*wait, 2*time.Second) {
		if err = heal(ctx); err == nil {
			if attempts > 1 {
				what = history.Map{{Key: history.Keyword("attempts"), Value: attempts}}
			}
			return what, nil
		}
		if !sleep.For(ctx, wait) {
			return nil, fmt.Errorf("given up after %d attempts: %w", attempts, err)
		}
	}
}

// say records an event.
func (r *runner) say(what string, value any, err error) {
	op := history.Op{Process: history.Nemesis, Type: history.Info, F: what + "-" + r.n.Name(), Value: value}
	if err != nil {
		op.Error = err.Error()
	}
	r.record(op)
}
