package maelstrom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/store"
)

// Run tests nodes and returns what was found: a test that finds a violation has not
// failed. When ctx ends the clients stop, and what was done until then is checked.
// watch is told now and then how it goes on, one call at a time; nil is nobody. An error
// says that there was nothing to test, that a node did what no node may, or that the
// results could not be kept; of the last two the results come with it. No process is left
// behind.
func Run(ctx context.Context, cfg Config, watch func(Progress)) (*results.Results, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.WithDefaults()
	r := &run{cfg: &cfg, name: cfg.Name(), started: time.Now(), book: newBook(cfg.TimeLimit, cmp.Or(cfg.most, maxEvents))}
	r.net = newNetwork(r.cfg, r.book.now)
	r.work = cfg.work()
	if watch != nil {
		defer r.tell(watch)()
	}
	return r.test(ctx)
}

// Name is the name of the test, of which its directory is called.
func (c Config) Name() string {
	c = c.WithDefaults()
	name := "maelstrom-" + c.Workload
	for _, n := range c.Nemesis {
		name += "-" + n
	}
	return name
}

// run is one test.
type run struct {
	cfg     *Config
	name    string
	started time.Time
	book    *book
	net     *network
	work    workload
	workMu  sync.Mutex // of next
	kept    *store.Run // nil keeps nothing
	logs    []io.Closer
	nodes   []*node
	workers []*worker
	faults  []results.Fault
	ended   string // why the clients stopped before the time
}

// lookEvery is how often those who watch are told.
const lookEvery = 250 * time.Millisecond

// tell tells those who watch, until what it returns is called.
func (r *run) tell(watch func(Progress)) (stop func()) {
	done, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		ticks := time.NewTicker(lookEvery)
		defer ticks.Stop()
		for {
			watch(r.book.look())
			select {
			case <-ticks.C:
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-told }
}

func (r *run) test(ctx context.Context) (*results.Results, error) {
	config, err := json.Marshal(r.cfg)
	if err != nil {
		return nil, err
	}
	if r.cfg.Store != "" {
		if r.kept, err = store.Create(r.cfg.Store, r.name, r.started); err != nil {
			return nil, err
		}
		if err := r.kept.Describe(config); err != nil {
			return nil, err
		}
	}
	carried := make(chan struct{})
	stop := make(chan struct{})
	go func() { defer close(carried); r.net.run(stop) }()
	setup := r.setUp(ctx)
	if setup == nil {
		r.book.enter(Main)
		r.main(ctx)
		r.final(ctx)
	}
	close(stop)
	<-carried
	r.net.close()
	var all sync.WaitGroup
	for _, n := range r.nodes {
		all.Go(n.stop)
	}
	all.Wait()
	for _, l := range r.logs {
		setup = errors.Join(setup, l.Close())
	}
	r.book.enter(Check)
	return r.conclude(context.WithoutCancel(ctx), config, setup)
}

// broken is why a node's breach of the rules ended the test, nil if none did.
func (r *run) broken() error {
	select {
	case <-r.net.failed:
		return r.net.failure
	default:
		return nil
	}
}

// setUp starts the nodes and tells them who they are.
func (r *run) setUp(ctx context.Context) error {
	for _, name := range r.cfg.names() {
		var log io.Writer
		if r.kept != nil {
			l, err := r.kept.Log(name)
			if err != nil {
				return err
			}
			kept := &capped{w: l, left: maxLog}
			r.logs, log = append(r.logs, kept), kept
		}
		n, err := r.net.start(name, log)
		if err != nil {
			return err
		}
		r.nodes = append(r.nodes, n)
	}
	failures := make(chan error, len(r.nodes))
	for _, n := range r.nodes {
		c := &call{r.net.client(), n.name, r.cfg.Patience}
		go func() {
			_, err := c.do(ctx, "init", map[string]any{"node_id": n.name, "node_ids": r.cfg.names()})
			if errors.Is(err, errTimeout) {
				err = fmt.Errorf("node %s has not answered init within %v", n.name, c.timeout)
			} else if err != nil {
				err = fmt.Errorf("node %s answers init with %w", n.name, err)
			}
			failures <- err
		}()
	}
	var first error
	for range r.nodes {
		if err := <-failures; first == nil {
			first = err
		}
	}
	if first == nil {
		first = r.work.setUp(ctx, &call{caller: r.net.client()})
	}
	if err := r.broken(); err != nil { // it says more
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return first
}

// main lets the clients work while things go wrong.
func (r *run) main(parent context.Context) {
	ctx, stop := context.WithTimeout(parent, r.cfg.TimeLimit)
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { r.partitions(ctx) })
	for i := range r.cfg.Concurrency {
		w := &worker{run: r, number: i, process: i}
		r.workers = append(r.workers, w)
		all.Go(func() { w.work(ctx) })
	}
	select {
	case <-ctx.Done():
		if parent.Err() != nil {
			r.ended = "interrupted"
		}
	case <-r.book.full:
		r.ended = fmt.Sprintf("the history has %d events", r.book.most)
	case <-r.net.failed:
		r.ended = r.net.failure.Error()
	}
	stop()
	all.Wait()
}

// final lets the clients read what is left, if the workload wants that.
func (r *run) final(ctx context.Context) {
	if _, some := r.work.final(0); !some || r.broken() != nil {
		return
	}
	r.book.enter(Final)
	select {
	case <-time.After(r.cfg.Quiet):
	case <-r.net.failed:
		return
	}
	var all sync.WaitGroup
	for _, w := range r.workers {
		all.Go(func() {
			op, _ := r.work.final(w.number)
			w.do(context.WithoutCancel(ctx), op)
		})
	}
	all.Wait()
}

// worker is one client after the other: each ends with the first operation of which
// nobody knows.
type worker struct {
	run     *run
	number  int
	process int
	call    *call // nil before the first operation
}

// work begins operations at random times until ctx ends.
func (w *worker) work(ctx context.Context) {
	ops, times := w.run.cfg.draws(drawsWorkers+uint64(2*w.number)), w.run.cfg.draws(drawsWorkers+uint64(2*w.number+1))
	mean := float64(w.run.cfg.Concurrency) / w.run.cfg.Rate * float64(time.Second)
	for due := w.run.book.now(); ; {
		due += time.Duration(2 * mean * times.Float64())
		if !sleep.For(ctx, due-w.run.book.now()) {
			return
		}
		w.run.workMu.Lock()
		op := w.run.work.next(ops, w.number)
		w.run.workMu.Unlock()
		w.do(context.WithoutCancel(ctx), op)
		due = max(due, w.run.book.now()-time.Second) // a slow node is not flooded afterwards
	}
}

// do does one operation. It is bounded by its own time, not by the end of the test.
func (w *worker) do(ctx context.Context, op history.Op) {
	if w.call == nil {
		names := w.run.cfg.names()
		w.call = &call{w.run.net.client(), names[w.number%len(names)], w.run.cfg.timeout()}
	}
	op.Process, op.Type = w.process, history.Invoke
	w.run.book.write(op)
	op = w.run.work.invoke(ctx, w.call, op)
	w.run.book.write(op)
	if op.Type == history.Info {
		w.process += w.run.cfg.Concurrency
		w.call = nil
	}
}
