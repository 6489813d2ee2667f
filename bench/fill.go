package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/internal/sleep"
)

// Loaded tells of the keys that the clients wrote before the warm-up.
type Loaded struct {
	Keys    int     `json:"keys"`
	Missing int     `json:"missing"` // that no client could write in time
	Seconds float64 `json:"seconds"`
}

// fill lets the loops write what they write before anything else.
func (r *run) fill(ctx, calls context.Context) {
	total := 0
	for _, l := range r.loops {
		total += l.stream.work.Loads()
	}
	if total == 0 {
		return
	}
	began := r.window.now()
	var written atomic.Int64
	var wg sync.WaitGroup
	for _, l := range r.loops {
		wg.Go(func() { l.fill(ctx, calls, 2*r.cfg.Timeout, &written) })
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	tick := time.NewTicker(r.cfg.Interval)
	defer tick.Stop()
	for filling := true; filling; {
		g := r.read()
		r.progress(Progress{
			Phase: Loading, Elapsed: r.window.now() - began, Operations: g.done, Failed: g.failed, Keys: int(written.Load()), Of: total,
		})
		select {
		case <-tick.C:
		case <-done:
			filling = false
		}
	}
	n := int(written.Load())
	r.filled = &Loaded{Keys: n, Missing: total - n, Seconds: round(seconds(r.window.now()-began), 3)}
}

// fill writes the loop's keys, each until it is written, and gives up when none was for
// that long.
func (l *loop) fill(ctx, calls context.Context, patience time.Duration, written *atomic.Int64) {
	last := l.window.now()
	for ctx.Err() == nil && l.window.now()-last < patience {
		op, ok := l.stream.load()
		if !ok {
			return
		}
		if err := l.call(calls, &op); err != nil {
			l.stream.work.Again()
			sleep.For(ctx, breath)
			continue
		}
		last = l.window.now()
		written.Add(1)
	}
}
