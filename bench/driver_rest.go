package bench

import (
	"context"
	"time"

	"github.com/quorate/quorate/client"
)

// rest waits until something is due, and in any case for a tick, in which more may come
// to be; or until a call ends that another one waits for.
func (d *driver) rest(ctx context.Context, timer *time.Timer, due time.Duration) {
	eager := d.plan == nil || d.waiting > 0 || due == Never
	d.mu.Lock()
	if eager && len(d.ended) > 0 {
		d.mu.Unlock()
		return
	}
	d.asleep = eager
	d.mu.Unlock()
	wait := time.Hour
	if due < Never {
		wait = max(due-d.window.now(), quantum)
	}
	timer.Reset(wait)
	select {
	case <-timer.C:
	case <-d.wake:
	case <-ctx.Done():
	}
}

// abandon gives up the calls under way when their time is over: what became of them is
// unknown.
func (d *driver) abandon(ctx context.Context) {
	d.over = true
	d.wg.Wait() // they return, since ctx has ended
	d.lock()
	for _, c := range d.calls {
		if c.flies.CompareAndSwap(true, false) {
			c.err, c.res, c.returned = client.ErrUnknown, client.Result{}, d.window.now()
			d.account(c)
		}
	}
	d.unlock()
	for d.settle(ctx); d.flying > 0; d.settle(ctx) { // ends that are just being told
		d.mu.Lock()
		d.asleep = len(d.ended) == 0
		asleep := d.asleep
		d.mu.Unlock()
		if asleep {
			<-d.wake
		}
	}
	for d.held.len() > 0 {
		d.giveUp(d.held.pop().at)
	}
	for _, l := range d.lanes {
		for l.waiting.len() > 0 {
			d.giveUp(l.waiting.pop())
		}
	}
}

// giveUp sheds a call that waited when the run was over.
func (d *driver) giveUp(meant time.Duration) {
	if d.counts(meant) {
		d.shed++
	}
	d.waiting--
}
