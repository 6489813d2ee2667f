package matrix

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate/tester"
	"github.com/quorate/quorate/tester/results"
	"github.com/quorate/quorate/tester/store"
)

// Run tests cell after cell until the budget is spent or ctx ends, those first that were
// tested least, and reports the matrix. After each test it is saved. A test that ctx cuts
// short counts only if it found a violation. watch is told how it goes on, by one
// goroutine at a time; nil is nobody. An error says that the matrix could not be made or
// saved, or that tests failed one after the other; the report is of what was done.
func Run(ctx context.Context, c Config, watch func(Progress)) (*Report, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.run == nil {
		c.run = tester.Run
	}
	release, err := store.Claim(c.Test.Store, File)
	if err != nil {
		return nil, err
	}
	s, err := newSession(c, watch)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	ctx, s.stop = context.WithCancel(ctx)
	defer s.stop()
	var all sync.WaitGroup
	for range max(1, c.Jobs) {
		all.Go(func() { s.work(ctx) })
	}
	all.Wait()
	return s.report(), errors.Join(s.failed, release())
}

// session is one call of Run.
type session struct {
	cfg     Config
	watch   func(Progress)
	began   time.Time
	cells   []Cell
	skipped []Skip
	stop    context.CancelFunc

	telling sync.Mutex // while somebody watches

	mu      sync.Mutex
	memory  *memory
	edition *edition
	order   *order
	done    Totals // in this session
	begun   int    // tests
	broken  int    // tests that failed, one after the other
	over    bool   // no test is to begin
	failed  error
}

func newSession(c Config, watch func(Progress)) (*session, error) {
	s := &session{cfg: c, watch: watch, began: time.Now()}
	settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	if s.memory, err = load(c.Test.Store); err != nil {
		return nil, err
	}
	s.edition = s.memory.edition(c.Version, settings, s.began.UTC())
	if s.cells, s.skipped, err = c.left(); err != nil {
		return nil, err
	}
	s.order = newOrder(s.cells, c.Seed)
	for _, t := range s.edition.Cells {
		s.order.count(t.Cell, t.Tests)
	}
	return s, nil
}

// work tests cells, one after the other.
func (s *session) work(ctx context.Context) {
	for {
		cell, runs, ok := s.take(ctx)
		if !ok {
			return
		}
		began := time.Now()
		var res *results.Results
		cfg, err := s.cfg.test(cell, runs)
		if err == nil {
			res, err = s.cfg.run(ctx, cfg, func(p tester.Progress) { s.tell(cell, p) })
		}
		s.put(ctx, cell, cfg, res, err, began)
	}
}

// take returns the next cell, if there is time for it, and how often it was taken before.
func (s *session) take(ctx context.Context) (cell Cell, runs int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	late := time.Since(s.began)+s.cfg.Test.WithDefaults().TimeLimit > s.cfg.Budget
	if s.over || ctx.Err() != nil || late && s.begun >= max(1, s.cfg.Jobs) {
		return cell, 0, false
	}
	s.begun++
	cell, runs = s.order.next()
	return cell, runs, true
}

func (s *session) tell(cell Cell, p tester.Progress) {
	if s.watch == nil {
		return
	}
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	s.telling.Lock()
	defer s.telling.Unlock()
	s.watch(Progress{Elapsed: time.Since(s.began), Budget: s.cfg.Budget, Done: done, Cell: cell, Test: p})
}

// maxBroken is how many tests may fail one after the other until it is the tool that
// does.
const maxBroken = 5

// put counts a test, and saves that.
func (s *session) put(ctx context.Context, cell Cell, cfg tester.Config, res *results.Results, err error, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil && (res == nil || res.Valid != results.False) {
		s.drop(res)
		return
	}
	s.broken++
	switch {
	case res == nil:
		res = &results.Results{Reason: fmt.Sprintf("the test failed: %v", err), Started: began, Elapsed: time.Since(began)}
	case errors.Is(err, tester.ErrEnvironment): // which may pass
	case err != nil: // it was not kept
		s.fail(err)
	default:
		s.broken = 0
	}
	if s.broken >= maxBroken {
		s.fail(fmt.Errorf("%d tests failed one after the other: %w", s.broken, err))
	}
	t := totalsOf(res)
	var f *Failure
	if res.Valid != results.True {
		f = &Failure{Test: cell.String(), Valid: res.Valid, Reason: res.Reason, Seed: cfg.Seed, Directory: res.Directory, Started: res.Started.UTC()}
	}
	s.done.add(t)
	s.edition.add(cell, t, f)
	s.edition.Last = time.Now().UTC()
	if err := s.memory.save(s.cfg.Test.Store); err != nil {
		s.fail(err)
	}
	if res.Valid == results.True {
		s.drop(res)
	}
	if res.Valid == results.False && s.cfg.StopAtFirst {
		s.over = true
	}
}

// drop removes what nobody will want to look at.
func (s *session) drop(res *results.Results) {
	if res == nil || res.Directory == "" || s.cfg.KeepAll {
		return
	}
	if err := store.Thin(res.Directory); err != nil {
		s.fail(err)
	}
}

// fail ends it all.
func (s *session) fail(err error) {
	s.failed, s.over = errors.Join(s.failed, err), true
}

// report is of this edition.
func (s *session) report() *Report {
	r := reportOf([]*edition{s.edition}, s.cells, s.skipped)
	for _, e := range s.memory.Editions {
		if e != s.edition {
			for _, t := range e.Cells {
				r.Other += t.Tests
			}
		}
	}
	return r
}
