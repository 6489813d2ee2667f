package tester

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/tester/inject"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/store"
	"github.com/quorate/quorate/tester/workloads"
)

// Run tests a cluster and returns what was found: a test that finds a violation has not
// failed. When ctx ends, the clients stop, all is healed, and what was done until then
// is checked. watch is told how it goes on, by one goroutine at a time; nil is nobody.
// An error says that there was nothing to test, or that the results, which are returned
// all the same, could not be kept.
func Run(ctx context.Context, cfg Config, watch func(Progress)) (*results.Results, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := &run{cfg: cfg.WithDefaults(), watch: watch, started: time.Now()}
	res, err := r.test(ctx)
	return res, advised(err)
}

// ErrUnfit is wrapped when a nemesis was asked for that the cluster cannot suffer.
var ErrUnfit = errors.New("this cluster cannot suffer it")

// run is one test.
type run struct {
	cfg     Config
	watch   func(Progress)
	started time.Time

	kept    *store.Run      // nil keeps nothing
	dir     string          // of files, removed at the end if nothing is kept
	release func() error    // removes it then
	user    context.Context // ends when the user wants no more
	calls   context.Context // of calls, and of healing: the user's end hurries them
	target  target
	work    workloads.Workload
	nemeses []inject.Nemesis
	book    *book
	diary   *diary
	serving bool                // the cluster has started, or was reached
	down    map[quorate.ID]bool // members that did not serve when the test began
	workers []*worker
	faults  []results.Fault
	began   time.Duration   // when the clients began, by the book
	broken  bool            // a promise, and so the test ended early
	ended   string          // why the clients stopped before the time, empty if they did not
	checks  []results.Check // found before all is checked
}

func (r *run) test(ctx context.Context) (res *results.Results, err error) {
	if err := r.keep(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.clear(res)) }()
	if r.book, err = newBook(r.cfg.Most); err != nil {
		return nil, err
	}
	w, err := r.Log("tester")
	if err != nil {
		return nil, err
	}
	r.diary = &diary{book: r.book, w: w}
	defer func() { err = errors.Join(err, r.diary.close()) }()
	calls, stop := inject.Hurry(ctx)
	defer stop()
	r.user, r.calls = ctx, calls
	defer func() { err = errors.Join(err, r.leave()) }()
	switch err := r.phase(Setup, 0, func() error { return r.setUp(ctx) }); {
	case err != nil && r.serving && ctx.Err() == nil && r.environment() == nil: // which is a finding, if not a proof
		return r.giveUp(err)
	case err != nil:
		err = fmt.Errorf("test %s: %w", r.cfg.Name, err)
		_, failed := r.giveUp(err)
		return nil, errors.Join(err, failed)
	}
	_ = r.phase(Main, r.cfg.TimeLimit, func() error { r.main(ctx); return nil })
	if !r.broken {
		r.recover()
	}
	_ = r.phase(Check, 0, func() error { res, err = r.conclude(ctx); return nil })
	if r.cfg.Hold != nil && r.target.File() != "" && ctx.Err() == nil {
		r.cfg.Hold(ctx, res, r.target.File())
	}
	return res, err
}

// leave lets go of the cluster. Whoever has interrupted the test waits for no member to
// end in order.
func (r *run) leave() error {
	if r.target == nil {
		return nil
	}
	if r.user.Err() != nil && r.target.Local() {
		for _, id := range r.target.Members().IDs() {
			_ = r.target.Kill(id) // one that does not run is as good
		}
	}
	return r.target.Close()
}

// giveUp returns, and keeps, why there was nothing to test.
func (r *run) giveUp(why error) (*results.Results, error) {
	config, err := json.Marshal(r.cfg)
	if err != nil {
		return nil, err
	}
	res := &results.Results{
		Schema: results.Schema, Test: r.cfg.Name, Started: r.started, Elapsed: time.Since(r.started), Config: config,
		Checks: []results.Check{{Name: "setup", Reason: why.Error()}},
	}
	res.Judge()
	r.diary.found(res)
	if r.kept == nil {
		return res, nil
	}
	return res, r.kept.Finish(context.WithoutCancel(r.calls), res, nil, store.Extra{})
}

// clear removes what nobody will want to look at: journals, if all is well, and all if
// nothing is kept.
func (r *run) clear(res *results.Results) error {
	switch {
	case r.kept == nil:
		return r.release()
	case res != nil && res.Valid == results.True:
		return os.RemoveAll(filepath.Join(r.dir, dataDir))
	}
	return nil
}

// keep makes the directory of the run.
func (r *run) keep() (err error) {
	if r.cfg.Store == "" {
		r.dir, r.release, err = store.Temporary("quorate-test-")
		return err
	}
	if r.kept, err = store.Create(r.cfg.Store, r.cfg.Name, r.started); err != nil {
		return err
	}
	r.dir = r.kept.Dir()
	config, err := json.Marshal(r.cfg)
	if err != nil {
		return err
	}
	return r.kept.Describe(config)
}

// Dir is the run's directory.
func (r *run) Dir() string { return r.dir }

// Log opens the log of a node.
func (r *run) Log(name string) (io.WriteCloser, error) {
	if r.kept != nil {
		return r.kept.Log(name)
	}
	return os.Create(filepath.Join(r.dir, name+".log"))
}

// setUp starts the cluster, or finds it, and prepares the store.
func (r *run) setUp(ctx context.Context) (err error) {
	if r.target, err = r.cfg.open(ctx, r); err != nil {
		return err
	}
	prefix := ""
	if !r.target.Fresh() { // keys of its own
		prefix = fmt.Sprintf("test-%x-%x-", r.cfg.Seed, r.started.UnixNano())
	}
	if r.work, err = r.cfg.work(prefix); err != nil {
		return err
	}
	if r.nemeses, err = inject.Parse(r.cfg.Nemeses); err != nil {
		return err
	}
	if r.nemeses, err = inject.Fit(r.target, r.nemeses); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	r.serving, r.down = true, r.silent(ctx)
	for i := range r.cfg.Concurrency {
		r.workers = append(r.workers, r.hire(i))
	}
	return r.prepare(ctx)
}

// prepare lets the workload prepare the store, until it succeeds.
func (r *run) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Patience)
	defer cancel()
	for {
		s, err := r.session(0)
		if err != nil {
			return err
		}
		err = r.work.Setup(ctx, r.book.teller(s))
		if err = errors.Join(err, s.Close()); err == nil {
			return nil
		}
		if !sleep.For(ctx, 100*time.Millisecond) {
			return fmt.Errorf("prepare the store: %w", err)
		}
	}
}

// main lets the clients work while things go wrong.
func (r *run) main(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, r.cfg.TimeLimit)
	defer stop()
	r.began = r.book.now()
	var all sync.WaitGroup
	broken := make(chan string, 1)
	if r.cfg.StopEarly {
		all.Go(func() { r.look(ctx, broken) })
	}
	all.Go(func() {
		r.faults = inject.Run(ctx, r.target, r.nemeses, inject.Schedule{Seed: r.cfg.Seed, Interval: r.cfg.Interval, Hurry: r.user}, func(op history.Op) {
			r.book.write(op)
			r.diary.event(op)
		})
	})
	for _, w := range r.workers {
		all.Go(func() { w.work(ctx) })
	}
	select {
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			r.ended = "interrupted"
		}
	case <-r.book.filled:
		r.ended = fmt.Sprintf("the history has its %d events", r.cfg.Most)
		stop()
	case r.ended = <-broken:
		r.broken = true
		stop()
	}
	all.Wait()
	if r.ended != "" {
		r.diary.say("the clients stopped before the time: %s", r.ended)
	}
}

// recover heals what is left, and lets the clients read what is left.
func (r *run) recover() {
	healed, bad := results.Check{Name: "recovered", Valid: results.True}, results.False
	if c, _ := r.book.look(); c.ok == 0 {
		bad = results.Unknown // it never served: there is nothing to recover
	}
	_ = r.phase(Heal, r.cfg.Patience, func() error {
		err := r.heal()
		switch {
		case err != nil && r.user.Err() != nil:
			healed.Valid, healed.Reason = results.Unknown, "interrupted: "+err.Error()
		case errors.Is(err, errBefore):
			healed.Valid, healed.Reason = results.Unknown, err.Error()
		case err != nil:
			healed.Valid, healed.Reason = bad, err.Error()
		}
		sleep.For(r.calls, r.cfg.Quiet)
		return nil
	})
	_ = r.phase(Final, 0, func() error {
		err := r.final()
		if err != nil && r.user.Err() != nil {
			healed.Valid, healed.Reason = results.Unknown, "interrupted: "+err.Error()
			return nil
		}
		if err != nil && (healed.Reason == "" || healed.Valid != bad) {
			healed.Valid, healed.Reason = bad, err.Error()
		}
		return nil
	})
	r.checks = append(r.checks, healed)
}
