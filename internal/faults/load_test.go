package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/workload"
)

// caller is a client of either kind.
type caller interface {
	Session() quorate.Client
	Do(ctx context.Context, op client.Op) (client.Result, error)
	Close() error
}

// loadConfig says what clients do while something else goes wrong.
type loadConfig struct {
	binary, rest int           // clients by the binary port and by HTTP, a session each
	first        []quorate.ID  // whom to ask, the first first; empty is all
	patient      time.Duration // how long a call may take; zero is 2 s
	pause        time.Duration // between the calls of a client; zero is 2 ms
	mix          workload.Config
}

// load is clients at work.
type load struct {
	r       *rig
	cfg     loadConfig
	number  int
	ctx     context.Context
	halt    context.CancelFunc
	workers sync.WaitGroup
	all     []*worker
	epoch   atomic.Int64

	done, failed atomic.Int64
	longest      atomic.Int64 // between two calls of one client that were served, in nanoseconds
	mu           sync.Mutex
	failures     []error
	used         map[string]bool // the keys
}

// worker is one sequential client of the history.
type worker struct {
	l        *load
	caller   caller
	process  *checker.Process
	draw     *workload.Generator
	unsure   string            // the key of a call that failed: read it until that works
	versions map[string]uint64 // last seen, for conditions
	served   time.Time         // the last call
}

// load starts clients.
func (r *rig) load(cfg loadConfig) *load {
	r.t.Helper()
	if cfg.patient == 0 {
		cfg.patient = 2 * time.Second
	}
	if cfg.pause == 0 {
		cfg.pause = 2 * time.Millisecond
	}
	if cfg.mix == (workload.Config{}) {
		cfg.mix = workload.Config{Keys: 5, Reads: 0.4, Conditional: 0.2, Deletes: 0.1, Index: 0.3, Local: 0.1}
		if !r.leads() { // there is nobody to ask for an index
			cfg.mix.Index = 0
		}
	}
	if len(cfg.first) == 0 {
		cfg.first = r.IDs()
	}
	r.loads++
	l := &load{r: r, cfg: cfg, number: r.loads, used: map[string]bool{}}
	l.ctx, l.halt = context.WithCancel(context.Background())
	for i := range cfg.binary + cfg.rest {
		l.all = append(l.all, l.worker(i, i >= cfg.binary))
	}
	for _, w := range l.all {
		l.workers.Go(w.run)
	}
	r.t.Cleanup(l.abort)
	return l
}

func (l *load) worker(i int, rest bool) *worker {
	l.r.t.Helper()
	var c caller
	var err error
	// Not all ask the same member first.
	at := i % len(l.cfg.first)
	order := slices.Concat(l.cfg.first[at:], l.cfg.first[:at])
	if rest {
		c, err = l.r.reach.REST(remote.RESTConfig{Order: order, Timeout: l.cfg.patient})
	} else {
		c, err = l.r.reach.Client(client.Config{Nodes: order, Timeout: l.cfg.patient, AttemptTimeout: 200 * time.Millisecond})
	}
	if err != nil {
		l.r.t.Fatal(err)
	}
	number := 100*l.number + i
	draw, err := workload.New(l.cfg.mix, number, rand.New(rand.NewPCG(l.r.seed, uint64(number))))
	if err != nil {
		l.r.t.Fatal(err)
	}
	return &worker{l: l, caller: c, process: l.r.history.Process(c.Session()), draw: draw, versions: map[string]uint64{}}
}

// turn has all clients go on with new keys: that bounds the writes of unknown
// outcome on each.
func (l *load) turn() { l.epoch.Add(1) }

// serves waits until n more calls were served that began after now.
func (l *load) serves(n int64) {
	l.r.t.Helper()
	// Each client may have one under way.
	want := l.done.Load() + n + int64(len(l.all))
	l.r.await("clients are served", func() bool { return l.done.Load() >= want })
}

// stop ends the calls in order.
func (l *load) stop() {
	l.halt()
	l.workers.Wait()
}

func (l *load) abort() {
	l.stop()
	for _, w := range l.all {
		w.caller.Close()
	}
}

// keys returns what was used, in order.
func (l *load) keys() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var keys []string
	for key := range l.used { // unordered: sorted next
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// readAll stops the load, and ends the history with a read of every key: what
// was acknowledged and lost shows there.
func (l *load) readAll() {
	l.r.t.Helper()
	l.stop()
	w := l.all[0]
	for _, key := range l.keys() {
		l.r.await("key "+key+" is read", func() bool { return w.do(client.Op{Kind: quorate.OpGet, Key: key}) == nil })
	}
}

func (w *worker) run() {
	pace := time.NewTicker(w.l.cfg.pause)
	defer pace.Stop()
	for w.l.ctx.Err() == nil {
		w.step()
		select {
		case <-pace.C:
		case <-w.l.ctx.Done():
		}
	}
}

func (w *worker) step() {
	if w.unsure != "" { // more open writes would make the history hard to check
		if w.do(client.Op{Kind: quorate.OpGet, Key: w.unsure}) == nil {
			w.unsure = ""
		}
		return
	}
	prefix := fmt.Sprintf("%d.%d.", w.l.number, w.l.epoch.Load())
	drawn := w.draw.Next(func(key string) uint64 { return w.versions[prefix+key] })
	op := client.Op{Kind: drawn.Kind, Key: drawn.Key, Value: drawn.Value, Version: drawn.Version, Read: drawn.Read}
	op.Key = prefix + op.Key
	w.l.note(op.Key)
	if w.do(op) != nil {
		w.unsure = op.Key
	}
}

func (l *load) note(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used[key] = true
}

// do makes one call and records it. Calls end in their own time, so that the
// end of the load leaves none open.
func (w *worker) do(op client.Op) error {
	if op.Kind == quorate.OpGet {
		w.process.Read(op.Read, op.Key)
	} else {
		w.process.Invoke(op.Kind, op.Key, op.Value, op.Version)
	}
	res, err := w.caller.Do(context.Background(), op)
	out := checker.Outcome{Status: quorate.Done, OK: res.OK, Version: res.Version, Value: res.Value}
	if err != nil {
		out.Status = quorate.Unknown
		var failed *client.Error
		if errors.As(err, &failed) {
			out.Status = failed.Outcome.Status
		}
		w.l.fails(err)
	}
	w.process.Return(out)
	if err == nil {
		w.l.done.Add(1)
		w.note(time.Now())
		if !res.Stale {
			w.versions[op.Key] = res.Version
		}
	}
	return err
}

// note keeps the longest time for which the client was not served.
func (w *worker) note(now time.Time) {
	gap := int64(now.Sub(w.served))
	for old := w.l.longest.Load(); !w.served.IsZero() && gap > old; old = w.l.longest.Load() {
		if w.l.longest.CompareAndSwap(old, gap) {
			break
		}
	}
	w.served = now
}

func (l *load) fails(err error) {
	l.failed.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) < 20 {
		l.failures = append(l.failures, err)
	}
}
