package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
)

// LoopConfig tunes a [Loop].
type LoopConfig struct {
	// Clock is the node's clock; it must not run backwards. Nil means the wall
	// clock at start plus the monotonic time since, counted from the Unix epoch.
	Clock func() time.Duration
	// Batch bounds the messages received before timers and sends get their
	// turn. 0 means 512.
	Batch int
	// Backlog bounds the bytes of records that wait while a sync is under way.
	// Beyond it the loop leaves messages in the inbox, which has bounds of its
	// own; timers go on, so that a slow disk does not look like a dead node.
	// 0 means 64 MiB.
	Backlog int
	// Logger gets a line for what a healthy node never does; nil is silent.
	Logger *slog.Logger
}

// ErrStopped is returned when a loop has ended, or was killed.
var ErrStopped = errors.New("loop has stopped")

// Loop drives one node in real time. It is the only goroutine that touches the
// node: it receives what is in the inbox, ticks, flushes, and begins again.
// A batch is synced beside it, one at a time; what is persisted meanwhile
// joins the next.
type Loop struct {
	node    *quorate.Node
	link    Link
	journal quorate.Journal
	clock   func() time.Duration
	batch   int
	backlog int
	log     *slog.Logger

	inline  bool // the journal commits at once: no need to leave the loop
	send    func(quorate.Envelope)
	release func() // lets leave what send gathered

	calls   chan call
	commits chan quorate.Batch
	synced  chan commit
	flying  bool // a batch is at the syncer
	box     []Delivery
	heard   []quorate.Hello // by member: who it was when it sent what the node received last
	foreign quorate.Set     // members of which a foreign message was logged since then
	timer   *time.Timer
	wake    time.Duration // when timer fires

	ran      atomic.Bool
	killed   atomic.Bool
	draining atomic.Bool
	kill     chan struct{}
	killOnce sync.Once
	done     chan struct{}
	stats    loopCounters
}

type call struct {
	f    func()
	done chan struct{}
}

type commit struct {
	batch quorate.Batch
	err   error
}

const never = time.Duration(math.MaxInt64)

// gatherer is implemented by links that let a round's messages leave together:
// gather is Send without a wake-up, release the wake-up. Only the loop calls them.
type gatherer interface {
	gather(e quorate.Envelope)
	release()
}

// NewLoop returns a loop that will run n, which must not have started, on l,
// and keep its records in j. A nil journal suits only a node that persists
// nothing: it falls silent as soon as it tries.
func NewLoop(n *quorate.Node, l Link, j quorate.Journal, cfg LoopConfig) *Loop {
	if j == nil {
		j = noJournal{}
	}
	lp := &Loop{
		node: n, link: l, journal: j, clock: cfg.Clock, batch: cfg.Batch, backlog: cfg.Backlog, log: cfg.Logger,
		calls: make(chan call), commits: make(chan quorate.Batch, 1), synced: make(chan commit, 1),
		kill: make(chan struct{}), done: make(chan struct{}), wake: never,
		heard: make([]quorate.Hello, n.Cluster().Size()),
	}
	if lp.clock == nil {
		lp.clock = wallClock()
	}
	if lp.batch <= 0 {
		lp.batch = 512
	}
	if lp.backlog <= 0 {
		lp.backlog = 64 << 20
	}
	if lp.log == nil {
		lp.log = slog.New(slog.DiscardHandler)
	}
	imm, ok := j.(interface{ Immediate() bool })
	lp.inline = ok && imm.Immediate()
	send, release := l.Send, func() {}
	if g, ok := l.(gatherer); ok {
		send, release = g.gather, g.release
	}
	lp.release = release
	lp.send = func(e quorate.Envelope) {
		if !lp.killed.Load() {
			send(e)
		}
	}
	return lp
}

// wallClock follows the wall clock's reading now by monotonic time, so that it
// never runs backwards when the wall clock is set.
func wallClock() func() time.Duration {
	start := time.Now()
	epoch := time.Duration(start.UnixNano())
	return func() time.Duration { return epoch + time.Since(start) }
}

// Run starts the node from its journal and drives it until ctx ends (it then
// returns nil, after the sync in flight), until the node fails (it returns
// [quorate.Node.Err]), or until [Loop.Kill]. It runs once. It leaves link and
// journal open.
func (l *Loop) Run(ctx context.Context) error {
	if !l.ran.CompareAndSwap(false, true) {
		return fmt.Errorf("run node %v: a loop runs once: %w", l.node.ID(), ErrStopped)
	}
	defer close(l.done)
	if err := l.node.Start(l.clock(), l.journal.Records()); err != nil {
		return err
	}
	defer l.startSyncer()()
	l.timer = time.NewTimer(never)
	defer l.timer.Stop()
	for err := l.settle(); ; err = l.settle() {
		if err != nil {
			return err
		}
		l.arm()
		select {
		case <-ctx.Done():
			return l.finish()
		case <-l.kill:
			return ErrStopped
		case <-l.inbox():
			// Let those who are about to send do so first. Under load a round
			// then takes many messages, which saves most of its cost; an idle
			// node loses less than a microsecond.
			runtime.Gosched()
			err = l.receive()
		case c := <-l.synced:
			l.complete(c)
		case <-l.timer.C:
			l.wake = never
		case c := <-l.calls:
			l.node.Tick(l.clock())
			c.f()
			close(c.done)
		}
		if err != nil {
			return err
		}
	}
}

// inbox signals messages, but none while too much waits for the disk.
func (l *Loop) inbox() <-chan struct{} {
	if l.flying && l.node.Backlog() > l.backlog {
		return nil
	}
	return l.link.Inbox().Ready()
}

// receive hands the node what is in the inbox.
func (l *Loop) receive() error {
	l.box = l.link.Inbox().Take(l.box)
	l.stats.batches.Add(1)
	l.stats.messages.Add(uint64(len(l.box)))
	now := l.clock()
	for i, d := range l.box {
		if i > 0 && i%l.batch == 0 {
			if err := l.settle(); err != nil {
				return err
			}
			now = l.clock()
		}
		if l.drained(d) {
			continue
		}
		if err := l.hand(now, &d); err != nil {
			l.stats.unhandled.Add(1)
			l.complain(&d, err)
		}
	}
	return nil
}

// complain logs why a message was ignored: of a foreign member once, since it
// goes on for as long as nobody stops it.
func (l *Loop) complain(d *Delivery, err error) {
	if i := l.node.Cluster().Index(d.From); errors.Is(err, quorate.ErrForeign) {
		if l.foreign.Has(i) {
			return
		}
		l.foreign = l.foreign.Add(i)
	}
	l.log.Warn("message ignored", "node", l.node.ID(), "from", d.From, "reason", err)
}

// hand lets the node receive a message, and before it who sent it, if that was
// somebody else the last time. Links may say that without a message.
func (l *Loop) hand(now time.Duration, d *Delivery) error {
	if i := l.node.Cluster().Index(d.From); i >= 0 && l.heard[i] != d.Hello {
		l.heard[i], l.foreign = d.Hello, l.foreign.Remove(i)
		if err := l.node.Receive(now, d.From, d.Hello); err != nil {
			return err
		}
	}
	if _, said := d.Msg.(quorate.Hello); said {
		return nil
	}
	return l.node.Receive(now, d.From, d.Msg)
}

// settle ticks and flushes until nothing is left to do now. It gives up after
// a while, so that a timer that always asks for its next turn at once cannot
// shut out the inbox.
func (l *Loop) settle() error {
	for range 64 {
		l.stats.rounds.Add(1)
		now := l.clock()
		l.node.Tick(now)
		more := l.commit(l.node.Flush(l.send))
		if d, ok := l.node.Deadline(); !more && (!ok || d > now) {
			break
		}
	}
	l.release()
	return l.node.Err()
}

// commit makes b durable, or has the syncer do it. It reports whether the node
// may have more to flush.
func (l *Loop) commit(b quorate.Batch) bool {
	if b.Empty() || l.killed.Load() {
		return false
	}
	l.stats.syncs.Add(1)
	l.stats.records.Add(uint64(len(b.Records)))
	if !l.inline {
		l.flying = true
		l.commits <- b // has room: one batch is in flight
		return false
	}
	if err := l.journal.Commit(b.Records); err != nil {
		l.node.Failed(b, err)
		return false
	}
	l.node.Synced(b, l.send)
	return true
}

// startSyncer starts the goroutine that commits beside the loop, and returns
// what stops it and waits for the commit in flight.
func (l *Loop) startSyncer() (stop func()) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for b := range l.commits {
			if l.killed.Load() {
				return // the crash came before the write
			}
			l.synced <- commit{b, l.journal.Commit(b.Records)} // has room
		}
	})
	return func() {
		close(l.commits)
		wg.Wait()
	}
}

// complete tells the node what became of its batch. The tick before moves the
// node's clock on, so that timers armed here count from now.
func (l *Loop) complete(c commit) {
	l.flying = false
	if c.err != nil {
		l.node.Failed(c.batch, c.err)
		return
	}
	l.node.Tick(l.clock())
	l.node.Synced(c.batch, l.send)
}

// finish lets what waits for the sync in flight leave before the loop ends.
// What was persisted later is dropped: nobody has seen it.
func (l *Loop) finish() error {
	if !l.flying {
		return nil
	}
	select {
	case c := <-l.synced:
		l.complete(c)
		l.release()
		return l.node.Err()
	case <-l.kill:
		return ErrStopped
	}
}

// arm sets the timer for the node's next deadline. A timer that would fire too
// early is left alone: most deadlines are pushed on long before they come.
func (l *Loop) arm() {
	d, ok := l.node.Deadline()
	if ok && d < l.wake {
		l.wake = d
		l.timer.Reset(max(d-l.clock(), 0))
	}
}

// Do runs f on the loop, between rounds: to inspect the replica, or to make it
// act. f must not block, and must not call Do or Kill. Do waits until f has
// run; if it did not run, it returns ctx' error or [ErrStopped].
func (l *Loop) Do(ctx context.Context, f func()) error {
	c := call{f, make(chan struct{})}
	select {
	case l.calls <- c:
		<-c.done
		return nil
	case <-ctx.Done():
		return fmt.Errorf("reach the loop of node %v: %w", l.node.ID(), ctx.Err())
	case <-l.done:
		return fmt.Errorf("reach the loop of node %v: %w", l.node.ID(), ErrStopped)
	}
}

// Kill is a crash, for tests: from now on nothing leaves, and a sync in flight
// may or may not complete. It returns when Run has, or at once if Run was never
// called; Run returns [ErrStopped].
func (l *Loop) Kill() {
	l.killOnce.Do(func() {
		l.killed.Store(true)
		close(l.kill)
	})
	if l.ran.Load() {
		<-l.done
	}
}
