package bench

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/client"
)

// maxDrivers bounds how many goroutines begin calls. It is the same on every machine,
// so that a seed means the same.
const maxDrivers = 4

const (
	// quantum is how long a driver rests at least when all that is due has begun: so it
	// begins calls in batches, where there are many.
	quantum = 200 * time.Microsecond
	// batch is how many calls a driver begins before it looks at those that ended,
	// and the clock.
	batch = 64
)

// starter is a Client whose calls nobody need wait for.
type starter interface {
	Start(op client.Op, done client.Waiter)
}

// driver begins the calls of some clients, its lanes, and accounts for them, all in one
// goroutine: no goroutine, timer or lock for each call. It drives open loops by a
// schedule, and closed ones with several calls of each client under way.
type driver struct {
	cfg      *Config
	window   *window
	lanes    []*lane   // in the order of their turns
	first    int       // the number of the first lane; others follow in steps of step
	step     int       // how many drivers there are
	plan     *Schedule // of an open loop, else nil
	at       time.Duration
	turn     *lane // whose the next arrival is
	room     int   // how many calls may be under way or wait
	most     int   // how many may be under way, 0 if each lane has a bound
	recorder *checker.Recorder
	tallies  []*tally // by zone

	flying, waiting int
	held            fifo[due]    // arrivals that wait since the most are under way
	ready           fifo[due]    // slots of closed loops that call again at once
	resting         dues         // those that do later
	calls           []*call      // all there are
	arrived, shed   uint64       // of the measured time
	peak            int          // of calls under way or waiting
	over            bool         // no more calls begin
	burden          atomic.Int64 // calls under way or waiting, for others to see

	mu     sync.Mutex
	ended  []*call // not accounted for yet
	asleep bool    // somebody is to wake it when a call ends
	wake   chan struct{}
	spare  []*call        // scratch of settle
	wg     sync.WaitGroup // of goroutines that wait for a call each, where clients have no Start
}

// lane is one client of a driver.
type lane struct {
	*loop
	start   starter // nil if its client cannot
	tally   *tally
	flying  int
	waiting fifo[time.Duration]
	free    []*call
}

// call is one call under way, or between two.
type call struct {
	driver  *driver
	lane    *lane
	process *checker.Process
	op      client.Op
	meant   time.Duration // when it was to begin
	called  time.Duration // when it did
	prompt  bool          // nothing but this process held it up
	flies   atomic.Bool   // its end is yet to be told

	// Its end.
	returned time.Duration
	res      client.Result // without the value
	err      error
}

// Ended takes note of the end of a call; see [client.Waiter].
func (c *call) Ended(res client.Result, err error) {
	if !c.flies.CompareAndSwap(true, false) {
		return // it was given up
	}
	c.err = err
	c.res = client.Result{OK: res.OK, Version: res.Version}
	c.returned = c.lane.returned(c.process, c.called, c.op.Kind, &res, err)
	d := c.driver
	d.mu.Lock()
	d.ended = append(d.ended, c)
	wake := d.asleep
	d.asleep = false
	d.mu.Unlock()
	if wake {
		select {
		case d.wake <- struct{}{}:
		default: // it was woken before
		}
	}
}

// run drives until the load ends, and waits for the calls under way, at most until ctx
// ends.
func (d *driver) run(ctx context.Context) {
	d.begin()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		d.settle(ctx)
		due, more := d.issue(ctx, d.window.now())
		d.burden.Store(int64(d.flying + d.waiting))
		if due == Never && d.flying == 0 && d.waiting == 0 {
			return // since the load has ended
		}
		if !more {
			d.rest(ctx, timer, due)
		}
	}
	d.abandon(ctx)
}

// lock keeps whoever looks at the figures out while calls are accounted for.
func (d *driver) lock() {
	for _, t := range d.tallies {
		t.mu.Lock()
	}
}

func (d *driver) unlock() {
	for _, t := range d.tallies {
		t.mu.Unlock()
	}
}

// begin prepares the first calls.
func (d *driver) begin() {
	if d.plan != nil {
		d.next()
		return
	}
	for _, l := range d.lanes {
		for range d.cfg.Load.Pipeline {
			d.resting.push(due{d.window.began + l.from, l})
		}
	}
}

// next looks up the next arrival.
func (d *driver) next() {
	at, lane := d.plan.Next()
	if at < Never {
		at += d.window.began
		d.turn = d.lanes[(lane-d.first)/d.step]
	}
	d.at = at
}

// issue begins what is due, a batch at most, and returns when to look again, Never
// without a need, and whether more is due already.
func (d *driver) issue(ctx context.Context, now time.Duration) (due time.Duration, more bool) {
	if d.plan == nil {
		return d.again(ctx, now)
	}
	last := d.window.last()
	for n := 0; d.at < last && d.at <= now; n++ {
		if n == batch {
			return now, true
		}
		d.arrive(ctx)
		d.next()
	}
	if d.at >= last {
		return Never, false
	}
	return d.at, false
}

// again does the same for closed loops. Only who thinks has an instant to be late for.
func (d *driver) again(ctx context.Context, now time.Duration) (due time.Duration, more bool) {
	last, thinks := d.window.last(), d.cfg.Load.Think > 0
	for n := 0; d.ready.len() > 0 || len(d.resting) > 0 && d.resting[0].at <= now; n++ {
		if n == batch {
			return now, true
		}
		if r := d.slot(); now < last && r.at-d.window.began < r.lane.upto {
			d.call(ctx, r.lane, r.at, thinks)
		}
	}
	if len(d.resting) == 0 || now >= last {
		return Never, false
	}
	return min(d.resting[0].at, last), false
}

// slot takes one that is due.
func (d *driver) slot() due {
	if d.ready.len() > 0 {
		return d.ready.pop()
	}
	return d.resting.pop()
}

// arrive takes an arrival: its call begins, or it waits, or it is shed.
func (d *driver) arrive(ctx context.Context) {
	l, counts := d.turn, d.counts(d.at)
	if counts {
		d.arrived++
	}
	switch {
	case d.flying+d.waiting >= d.room:
		if counts {
			d.shed++
		}
		return
	case d.cfg.Load.Pipeline > 0 && l.flying >= d.cfg.Load.Pipeline:
		l.waiting.push(d.at)
		d.waiting++
	case d.most > 0 && d.flying >= d.most:
		d.held.push(due{d.at, l})
		d.waiting++
	default:
		d.call(ctx, l, d.at, true)
	}
	d.peak = max(d.peak, d.flying+d.waiting)
}

// counts reports whether a call counts that was meant to begin at an instant.
func (d *driver) counts(meant time.Duration) bool {
	return meant >= d.window.from && meant < d.window.end()
}

// call begins a call. Nothing but this process held it up if it is prompt.
func (d *driver) call(ctx context.Context, l *lane, meant time.Duration, prompt bool) {
	c := d.idle(l)
	c.op, c.meant = l.stream.op(meant-d.window.began), meant
	l.flying++
	d.flying++
	c.flies.Store(true)
	c.prompt = prompt
	c.called = l.invoke(c.process, &c.op)
	if l.start != nil {
		l.start.Start(c.op, c)
		return
	}
	c.op.Value = bytes.Clone(c.op.Value) // the stream uses it again
	d.wg.Go(func() { c.Ended(l.client.Do(ctx, c.op)) })
}

// idle returns a call that is not under way.
func (d *driver) idle(l *lane) *call {
	if n := len(l.free); n > 0 {
		c := l.free[n-1]
		l.free = l.free[:n-1]
		return c
	}
	c := &call{driver: d, lane: l}
	if d.recorder != nil {
		c.process = d.recorder.Process(l.client.Session())
	}
	d.calls = append(d.calls, c)
	return c
}

// settle accounts for the calls that have ended, and lets others begin in their place.
func (d *driver) settle(ctx context.Context) {
	d.mu.Lock()
	ended := d.ended
	d.ended = d.spare[:0]
	d.mu.Unlock()
	if len(ended) > 0 {
		d.lock()
		for _, c := range ended {
			d.account(c)
		}
		d.unlock()
	}
	for _, c := range ended {
		switch {
		case d.over:
		case d.plan == nil:
			d.repose(c)
		default: // c may be under way again
			d.follow(ctx, c.lane)
		}
	}
	d.spare = ended
}

// account puts the end of a call into the figures.
func (d *driver) account(c *call) {
	l := c.lane
	l.flying--
	d.flying--
	l.free = append(l.free, c)
	if c.prompt && d.counts(c.meant) {
		l.tally.lag(c.called - c.meant)
	}
	done := c.err == nil
	l.stream.ended(&c.op, &c.res, done)
	if done {
		l.done.Add(1)
	} else {
		l.failed.Add(1)
	}
	from, counts := c.called, d.window.counts(c.returned)
	executed := done && counts
	switch {
	case d.plan != nil: // whoever came in the measured time, however long it took
		from, counts = c.meant, d.counts(c.meant)
	case !done:
		counts = d.window.fails(c.called, c.returned)
	}
	if executed {
		l.tally.count(c.op.Kind)
		if l.zone != nil {
			l.zone.executed(from, c.returned)
		}
	}
	if !counts {
		if d.plan == nil && done && d.window.passes(c.called, c.returned) {
			l.tally.beyond.add(c.returned - c.called)
		}
		return
	}
	took := c.returned - from
	if !done {
		l.tally.ended(classOf(c.op.Kind), l.fail(c.err), took)
		return
	}
	l.tally.ended(classOf(c.op.Kind), quorate.Done, took)
	record(l.tally.lately, took)
	if d.plan != nil {
		l.tally.began(c.returned - c.called)
	}
	if l.zone != nil {
		l.zone.record(c.op.Kind, took)
	}
}

// repose lets a slot of a closed loop rest after a call. Calls that fail at once must
// not keep it busy.
func (d *driver) repose(c *call) {
	pause := c.lane.think.next()
	if c.err != nil {
		pause = max(pause, time.Millisecond)
	}
	if pause > 0 {
		d.resting.push(due{c.returned + pause, c.lane})
		return
	}
	d.ready.push(due{c.returned, c.lane})
}

// follow lets a call begin that waited for the end of another one: of the lane's, or of
// any.
func (d *driver) follow(ctx context.Context, l *lane) {
	if d.held.len() > 0 && d.flying < d.most {
		d.waiting--
		next := d.held.pop()
		d.call(ctx, next.lane, next.at, false)
	}
	if l.waiting.len() > 0 && l.flying < d.cfg.Load.Pipeline {
		d.waiting--
		d.call(ctx, l, l.waiting.pop(), false)
	}
}
