package tester

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/sleep"
)

// retry is how long to wait before a member is looked at again.
const retry = 100 * time.Millisecond

// errBefore is wrapped if the only members that do not serve are those that did not when
// the test began: it has not made them, and proves nothing.
var errBefore = errors.New("it did not serve when the test began either")

// silent returns the members that do not serve, in a cluster that somebody else runs.
func (r *run) silent(ctx context.Context) map[quorate.ID]bool {
	down := map[quorate.ID]bool{}
	if r.target.Local() {
		return down
	}
	ctx, cancel := context.WithTimeout(ctx, adminPatience)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, id := range r.target.Members().IDs() {
		all.Go(func() {
			if r.target.Ready(ctx, id) != nil {
				mu.Lock()
				defer mu.Unlock()
				down[id] = true
			}
		})
	}
	all.Wait()
	return down
}

// heal ends what the nemeses may have left, and waits until all members serve. They
// promise to, so that they do not is a finding, unless all of them are [errBefore].
func (r *run) heal() error {
	ctx, cancel := context.WithTimeout(r.calls, r.cfg.Patience)
	defer cancel()
	ids := r.target.Members().IDs()
	errs := make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { errs[i] = r.revive(ctx, id) })
	}
	all.Wait()
	before := true
	for i, id := range ids {
		before = before && (errs[i] == nil || r.down[id])
	}
	if err := errors.Join(errs...); err == nil || !before {
		return err
	}
	return fmt.Errorf("%w; %w", errors.Join(errs...), errBefore)
}

// revive brings one member back.
func (r *run) revive(ctx context.Context, id quorate.ID) error {
	if r.target.Local() {
		if r.target.PID(id) != 0 {
			_ = r.target.Resume(id) // it may have ended since
		}
	}
	if operator, err := r.target.Admin(id); err == nil {
		_, _ = operator.Heal(ctx) // it may not run yet
		operator.Close()
	}
	began := time.Now()
	for {
		if r.target.Local() && r.target.PID(id) == 0 {
			if err := r.target.Start(id); err != nil && r.target.PID(id) == 0 {
				return fmt.Errorf("member %v could not be started again after all faults were healed: %w", id, err)
			}
		}
		err := r.target.Ready(ctx, id)
		if err == nil {
			return nil
		}
		if !sleep.For(ctx, retry) {
			return fmt.Errorf("member %v does not serve %v after all faults were healed: %w", id, time.Since(began).Round(time.Millisecond), err)
		}
	}
}

// finalAttempts is how often a final read is tried at least, also where one takes longer
// than the cluster has to serve again. Less than that time says nothing: on a busy machine
// nobody may lead for a while, and calls may end after their first attempt.
const finalAttempts = 3

// final lets all workers do their last operations, and returns an error if some of
// them did not succeed although all is healed.
func (r *run) final() error {
	errs := make([]error, len(r.workers))
	var all sync.WaitGroup
	for i, w := range r.workers {
		all.Go(func() { errs[i] = w.finish() })
	}
	all.Wait()
	var failed []error
	for _, err := range errs {
		if err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d clients could not read what is left after all faults were healed: %w", len(failed), len(r.workers), failed[0])
}

// finish does a worker's last operations. The first that does not succeed is its last.
func (w *worker) finish() error {
	defer w.close()
	for _, op := range w.run.work.Final(w.number) {
		began, end := w.run.book.now(), w.do(op)
		for tries := 1; end.Type != history.OK; tries++ {
			if tries >= finalAttempts && w.run.book.now()-began >= w.run.cfg.Patience || !sleep.For(w.run.calls, retry) {
				break
			}
			end = w.do(op)
		}
		if end.Type != history.OK {
			return fmt.Errorf("process %d, %s %v: %v", end.Process, op.F, op.Value, end.Error)
		}
	}
	return nil
}
