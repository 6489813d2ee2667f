package transport_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/transport"
)

// rig is a loop on a link that keeps what is sent, within a bubble of virtual time.
type rig struct {
	t     *testing.T
	node  *quorate.Node
	inbox *transport.Inbox
	loop  *transport.Loop
	stop  context.CancelFunc
	ended chan error

	mu   sync.Mutex
	sent []any
}

func (r *rig) Send(e quorate.Envelope) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, e.Msg)
}
func (r *rig) Inbox() *transport.Inbox   { return r.inbox }
func (r *rig) Faults() *transport.Faults { return nil }
func (r *rig) Stats() transport.Stats    { return transport.Stats{} }
func (r *rig) Close() error              { return nil }

func (r *rig) out() []any {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.sent
	r.sent = nil
	return out
}

type ask struct{ Number uint64 }
type told struct{ Number uint64 }

// newRig returns a rig with a node that handles ask as onAsk says.
func newRig(t *testing.T, onAsk func(n *quorate.Node, a ask)) *rig {
	n := newNode(t, grid(t, 2), 0)
	quorate.Register(n, func(_ quorate.ID, a ask) { onAsk(n, a) })
	quorate.Register(n, func(quorate.ID, told) {})
	quorate.Recover(n, func(copyRecord) {})
	return &rig{t: t, node: n, inbox: transport.NewInbox(transport.InboxConfig{}), ended: make(chan error, 1)}
}

func (r *rig) run(j quorate.Journal, cfg transport.LoopConfig) {
	r.loop = transport.NewLoop(r.node, r, j, cfg)
	var ctx context.Context
	ctx, r.stop = context.WithCancel(r.t.Context())
	r.t.Cleanup(r.stop)
	go func() { r.ended <- r.loop.Run(ctx) }()
	synctest.Wait()
}

// ask puts the numbered messages into the inbox and waits until all is quiet.
func (r *rig) ask(numbers ...uint64) {
	for _, k := range numbers {
		r.inbox.Put(transport.Delivery{From: r.node.Cluster().ID(1), Msg: ask{k}})
	}
	synctest.Wait()
}

func (r *rig) want(what string, msgs ...any) {
	r.t.Helper()
	if got := r.out(); !reflect.DeepEqual(got, append([]any(nil), msgs...)) {
		r.t.Errorf("%s: sent %v, want %v", what, got, msgs)
	}
}

func tell(n *quorate.Node, k uint64) { n.Send(n.Cluster().ID(1), told{k}) }

func TestTimerAtZeroFiresWithinTheRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timer *quorate.Timer
		gathered := uint64(0)
		r := newRig(t, func(n *quorate.Node, a ask) {
			gathered += a.Number
			timer.Reset(0)
		})
		timer = r.node.NewTimer("gather", func() { tell(r.node, gathered) })
		r.inbox.Put(transport.Delivery{From: r.node.Cluster().ID(1), Msg: ask{1}})
		r.inbox.Put(transport.Delivery{From: r.node.Cluster().ID(1), Msg: ask{2}})
		r.run(nil, transport.LoopConfig{})
		r.want("two messages that arrived together", told{3})
	})
}

// A timer that a timer arms with 0 fires before the next message, too.
func TestLoopGoesOnUntilQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first, second *quorate.Timer
		r := newRig(t, func(n *quorate.Node, a ask) {
			if a.Number == 1 {
				first.Reset(0)
				return
			}
			tell(n, a.Number)
		})
		first = r.node.NewTimer("first", func() {
			second.Reset(0)
			r.inbox.Put(transport.Delivery{From: r.node.Cluster().ID(1), Msg: ask{2}})
		})
		second = r.node.NewTimer("second", func() { tell(r.node, 1) })
		r.run(nil, transport.LoopConfig{})
		for range 20 {
			r.ask(1)
			r.want("a chain of timers, then a message", told{1}, told{2})
		}
	})
}

func TestEndlessTimerDoesNotShutOutTheInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timer *quorate.Timer
		spins := 0
		r := newRig(t, func(n *quorate.Node, a ask) {
			timer.Stop()
			tell(n, a.Number)
		})
		timer = r.node.NewTimer("endless", func() {
			spins++
			timer.Reset(0)
			if spins == 1000 { // a message arrives while the timer is at it
				r.inbox.Put(transport.Delivery{From: r.node.Cluster().ID(1), Msg: ask{7}})
			}
		})
		r.node.OnStart(func() { timer.Reset(0) })
		r.run(nil, transport.LoopConfig{})
		r.want("a message beside an endless timer", told{7})
	})
}

func TestLoopWakesAtDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var fired []time.Duration
		r := newRig(t, nil)
		late := r.node.NewTimer("late", func() { fired = append(fired, time.Since(start)) })
		early := r.node.NewTimer("early", func() { fired = append(fired, time.Since(start)) })
		r.node.OnStart(func() { late.Reset(time.Hour) })
		r.run(nil, transport.LoopConfig{})
		do := func(f func()) {
			if err := r.loop.Do(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		do(func() { early.Reset(time.Minute) })  // before what the loop waits for
		do(func() { late.Reset(2 * time.Hour) }) // it wakes after an hour for nothing
		time.Sleep(3 * time.Hour)                // virtual: waits until all is quiet
		synctest.Wait()
		if want := []time.Duration{time.Minute, 2 * time.Hour}; !reflect.DeepEqual(fired, want) {
			t.Errorf("timers fired at %v, want %v", fired, want)
		}
	})
}

// While a sync is in flight the loop receives, SendNow leaves, Send waits, and
// what is persisted joins the next batch.
func TestSyncRunsBesideTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(n *quorate.Node, a ask) {
			n.Persist(copyRecord{Number: a.Number})
			tell(n, a.Number)
			n.SendNow(n.Cluster().ID(1), told{100 + a.Number})
		})
		j := &memory{gate: make(chan struct{})}
		r.run(j, transport.LoopConfig{})
		r.ask(1)
		r.want("first batch in flight", told{101})
		r.ask(2)
		r.ask(3)
		r.want("second batch waits", told{102}, told{103})
		j.gate <- struct{}{}
		synctest.Wait()
		r.want("first batch durable", told{1})
		j.gate <- struct{}{}
		synctest.Wait()
		r.want("second batch durable", told{2}, told{3})
		if s := r.loop.Stats(); s.Syncs != 2 || s.Records != 3 || s.Messages != 3 {
			t.Errorf("stats %+v, want 2 syncs of 3 records", s)
		}
		r.stop()
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
	})
}

// The node's clock has moved on when a slow sync completes.
// A disk that hangs must not fill the memory: messages wait in the inbox, whose
// bounds are known. Timers go on.
func TestBacklogOfASlowDiskIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handled := 0
		r := newRig(t, func(n *quorate.Node, a ask) {
			handled++
			n.Persist(copyRecord{Number: a.Number, Value: make([]byte, 1000)})
		})
		var beat *quorate.Timer
		beats := 0
		beat = r.node.NewTimer("beat", func() { beats++; beat.Reset(time.Second) })
		r.node.OnStart(func() { beat.Reset(time.Second) })
		j := &memory{gate: make(chan struct{})}
		r.run(j, transport.LoopConfig{Backlog: 3000})
		for k := range uint64(10) {
			r.ask(k) // the first is at the disk
		}
		if handled < 4 || handled > 6 {
			t.Errorf("%d messages handled while a sync hangs", handled)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if beats < 4 {
			t.Errorf("%d beats in 5 s", beats)
		}
		close(j.gate)
		synctest.Wait()
		if handled != 10 {
			t.Errorf("%d messages handled in the end", handled)
		}
	})
}

func TestClockAfterSlowSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked, voted time.Duration
		r := newRig(t, nil)
		n := newNode(t, grid(t, 2), 0)
		quorate.Recover(n, func(copyRecord) {})
		quorate.Register(n, func(_ quorate.ID, a ask) {
			asked = n.Now()
			n.Persist(copyRecord{Number: 1})
			n.Send(n.ID(), told{1})
		})
		quorate.Register(n, func(quorate.ID, told) { voted = n.Now() })
		r.node = n
		j := &memory{gate: make(chan struct{})}
		r.run(j, transport.LoopConfig{})
		r.ask(1)
		time.Sleep(time.Minute) // virtual
		j.gate <- struct{}{}
		synctest.Wait()
		if voted-asked != time.Minute {
			t.Errorf("the vote is counted %v after the request, want %v", voted-asked, time.Minute)
		}
	})
}

func TestImmediateJournalIsCommittedInline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(n *quorate.Node, a ask) {
			n.Persist(copyRecord{Number: a.Number})
			tell(n, a.Number)
		})
		j := &memory{immediate: true}
		r.run(j, transport.LoopConfig{Batch: 2})
		r.ask(1, 2, 3)
		r.want("three messages", told{1}, told{2}, told{3})
		if s := r.loop.Stats(); s.Syncs > 3 || s.Batches > 3 || j.size() != 3 {
			t.Errorf("stats %+v, %d records", s, j.size())
		}
	})
}

func TestBatchBoundsARound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inRound, most := 0, 0
		var timer *quorate.Timer
		r := newRig(t, func(n *quorate.Node, a ask) {
			inRound++
			most = max(most, inRound)
			timer.Reset(0)
		})
		timer = r.node.NewTimer("end of round", func() { inRound = 0 })
		for k := range uint64(1000) {
			r.inbox.Put(transport.Delivery{From: r.node.Cluster().ID(1), Msg: ask{k}})
		}
		r.run(nil, transport.LoopConfig{Batch: 10})
		if most != 10 {
			t.Errorf("%d messages in one round, want 10", most)
		}
	})
}

func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.loop = transport.NewLoop(r.node, r, nil, transport.LoopConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.loop.Do(ctx, func() {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Do before Run: %v", err)
		}
		r.run(nil, transport.LoopConfig{})
		time.Sleep(time.Minute) // virtual
		before := r.node.Now()
		err := r.loop.Do(t.Context(), func() {
			if r.node.Now()-before != time.Minute {
				t.Errorf("the node's clock moved by %v, want a minute", r.node.Now()-before)
			}
			tell(r.node, 5)
		})
		synctest.Wait()
		r.want("what Do sent", told{5})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestRunOnceAndStartErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.run(nil, transport.LoopConfig{})
		if err := r.loop.Run(t.Context()); !errors.Is(err, transport.ErrStopped) {
			t.Errorf("second Run: %v", err)
		}
		r.stop()
		<-r.ended

		bad := newRig(t, nil)
		quorate.Register(bad.node, func(quorate.ID, told) {}) // a second handler
		bad.run(nil, transport.LoopConfig{})
		if err := <-bad.ended; err == nil {
			t.Error("a node with conflicting handlers runs")
		}
	})
}

func TestUnhandledMessagesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(n *quorate.Node, a ask) { tell(n, a.Number) })
		r.run(nil, transport.LoopConfig{})
		r.inbox.Put(transport.Delivery{From: r.node.Cluster().ID(1), Msg: copied{}})
		r.ask(1)
		r.want("the message after an unknown one", told{1})
		if s := r.loop.Stats(); s.Unhandled != 1 || s.Messages != 2 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestInjectedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(n *quorate.Node, a ask) { tell(n, uint64(n.Now())) })
		r.run(nil, transport.LoopConfig{Clock: func() time.Duration { return 42 }})
		r.ask(1)
		r.want("the time", told{42})
	})
}
