package bench

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/sleep"
)

// window is the measured time, on the run's clock. An interrupted run ends it
// early.
type window struct {
	now   func() time.Duration
	began time.Duration // when the clients began with what the load is
	from  time.Duration
	until atomic.Int64 // the end of the measured time
	stop  atomic.Int64 // the end of the load
}

func (w *window) end() time.Duration { return time.Duration(w.until.Load()) }

func (w *window) last() time.Duration { return time.Duration(w.stop.Load()) }

// open sets the window, from when the clients begin.
func (w *window) open(c *Config) {
	w.began = w.now()
	w.from = w.began + c.Warmup
	w.until.Store(int64(w.from + c.Duration))
	w.stop.Store(int64(w.from + c.Duration + c.Load.Cooldown))
}

// cut ends it at an instant: nothing counts if that is in the warm-up.
func (w *window) cut(at time.Duration) {
	w.until.Store(min(w.until.Load(), int64(at)))
	w.stop.Store(min(w.stop.Load(), int64(at)))
}

// counts reports whether an operation of a closed loop counts that was executed, at
// the instant it returned.
func (w *window) counts(returned time.Duration) bool {
	return returned >= w.from && returned < w.end()
}

// fails reports whether a call of a closed loop that failed counts: not those of the
// warm-up, and not those that are too late to matter, but those that were given up
// only after the window.
func (w *window) fails(called, returned time.Duration) bool {
	return returned >= w.from && called < w.end()
}

// passes reports whether a call of a closed loop was under way when measuring ended.
func (w *window) passes(called, returned time.Duration) bool {
	return called < w.end() && returned >= w.end()
}

// loop is one closed loop, or one lane of a driver.
type loop struct {
	window     *window
	stream     *stream
	client     Client
	process    *checker.Process // nil if the history is not recorded
	think      thinker
	from, upto time.Duration // when it works, since the clients began

	// What counted, of the measured time.
	tally           *tally // shared with other loops
	zone            *zone  // likewise, nil if there is only one
	errors, unknown uint64

	// All calls since the start, for those who watch. On a cache line of its
	// own, beside what this loop alone writes.
	done, failed atomic.Uint64
	_            [64]byte
}

// run makes calls until the window ends or ctx does. The call under way is
// finished.
func (l *loop) run(ctx context.Context) {
	w := l.window
	if l.from > 0 && !l.rest(ctx, w.began+l.from) {
		return
	}
	for ctx.Err() == nil {
		now := w.now()
		if now >= w.last() || now-w.began >= l.upto {
			return
		}
		op := l.stream.op(now - w.began)
		if err := l.call(ctx, &op); err != nil {
			sleep.For(ctx, breath)
		}
		if d := l.think.next(); d > 0 && !l.rest(ctx, w.now()+d) {
			return
		}
	}
}

// rest waits until an instant; false if the load or ctx ends first.
func (l *loop) rest(ctx context.Context, until time.Duration) bool {
	now := l.window.now()
	return sleep.For(ctx, min(until, l.window.last())-now) && l.window.now() < l.window.last()
}

// call makes one call and accounts for it.
func (l *loop) call(ctx context.Context, op *client.Op) error {
	called := l.invoke(l.process, op)
	res, err := l.client.Do(ctx, *op)
	returned := l.returned(l.process, called, op.Kind, &res, err)
	l.stream.ended(op, &res, err == nil)
	if err == nil {
		l.done.Add(1)
		if l.window.counts(returned) {
			l.tally.done(op.Kind, returned-called)
			if l.zone != nil {
				l.zone.done(op.Kind, called, returned)
			}
		} else if l.window.passes(called, returned) {
			l.tally.passed(returned - called)
		}
		return nil
	}
	l.failed.Add(1)
	if l.window.fails(called, returned) {
		l.tally.failed(op.Kind, l.fail(err), returned-called)
	}
	return err
}

// fail counts a failure.
func (l *loop) fail(err error) quorate.Status {
	status := statusOf(err)
	if status == quorate.NotExecuted {
		l.errors++
	} else {
		l.unknown++
	}
	return status
}

// invoke records a call in the history, in the process that makes it, if there is
// one, and returns the instant.
func (l *loop) invoke(process *checker.Process, op *client.Op) time.Duration {
	if process == nil {
		return l.window.now()
	}
	if op.Kind == quorate.OpGet {
		return process.Read(op.Read, op.Key)
	}
	return process.Invoke(op.Kind, op.Key, l.stream.abridge(op.Value), op.Version)
}

// returned records the end of a call likewise.
func (l *loop) returned(process *checker.Process, called time.Duration, kind quorate.Op, res *client.Result, err error) time.Duration {
	if process == nil {
		return l.window.now()
	}
	out := checker.Outcome{Status: statusOf(err)}
	if err == nil {
		out.OK, out.Version = res.OK, res.Version
		if kind == quorate.OpGet && (res.OK || len(res.Value) > 0) {
			out.Value = l.stream.abridge(res.Value)
		}
	}
	return called + process.Return(out)
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

// breath keeps a loop whose calls fail at once from spinning.
const breath = time.Millisecond
