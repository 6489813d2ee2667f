package bench

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/client"
)

// window is the measured time, on the run's clock. An interrupted run ends it
// early.
type window struct {
	now   func() time.Duration
	from  time.Duration
	until atomic.Int64
}

func (w *window) end() time.Duration { return time.Duration(w.until.Load()) }

// loop is one closed loop.
type loop struct {
	window  *window
	stream  *stream
	client  Client
	process *checker.Process // nil if the history is not recorded

	// What counted, of the measured time.
	latencies       *latencies // shared with other loops
	zone            *zone      // likewise, nil if there is only one
	errors, unknown uint64

	// All calls since the start, for those who watch. On a cache line of its
	// own, beside what this loop alone writes.
	done, failed atomic.Uint64
	_            [64]byte
}

// run makes calls until the window ends or ctx does. The call under way is
// finished.
func (l *loop) run(ctx context.Context) {
	for ctx.Err() == nil && l.window.now() < l.window.end() {
		op := l.stream.op(l.window.now())
		if err := l.call(ctx, &op); err != nil {
			pause(ctx)
		}
	}
}

// call makes one call and accounts for it.
func (l *loop) call(ctx context.Context, op *client.Op) error {
	called := l.invoke(op)
	res, err := l.client.Do(ctx, *op)
	returned := l.returned(called, op.Kind, &res, err)
	l.stream.ended(op, &res, err == nil)
	inside := returned >= l.window.from && returned < l.window.end()
	switch {
	case err == nil:
		l.done.Add(1)
		if inside {
			l.latencies.record(op.Kind, returned-called)
			if l.zone != nil {
				l.zone.done(op.Kind, called, returned)
			}
		}
		return nil
	case returned < l.window.from || called >= l.window.end():
		// warm-up, or too late to matter
	case errors.Is(err, client.ErrNotExecuted):
		l.errors++
	default:
		l.unknown++ // those, too, that were given up only after the window
	}
	l.failed.Add(1)
	return err
}

func (l *loop) invoke(op *client.Op) time.Duration {
	if l.process == nil {
		return l.window.now()
	}
	if op.Kind == quorate.OpGet {
		return l.process.Read(op.Read, op.Key)
	}
	return l.process.Invoke(op.Kind, op.Key, l.stream.abridge(op.Value), op.Version)
}

func (l *loop) returned(called time.Duration, kind quorate.Op, res *client.Result, err error) time.Duration {
	if l.process == nil {
		return l.window.now()
	}
	out := checker.Outcome{Status: statusOf(err)}
	if err == nil {
		out.OK, out.Version = res.OK, res.Version
		if kind == quorate.OpGet && (res.OK || len(res.Value) > 0) {
			out.Value = l.stream.abridge(res.Value)
		}
	}
	return called + l.process.Return(out)
}

func statusOf(err error) quorate.Status {
	switch {
	case err == nil:
		return quorate.Done
	case errors.Is(err, client.ErrNotExecuted):
		return quorate.NotExecuted
	}
	return quorate.Unknown
}

// pause keeps a loop whose calls fail at once from spinning.
func pause(ctx context.Context) {
	t := time.NewTimer(time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
