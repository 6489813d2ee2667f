package tester

import (
	"context"
	"time"

	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/internal/sleep"
)

// looks is how often the calls are looked at while they are made, at most; each look
// takes this share of the time at most.
const (
	looks     = time.Second
	lookShare = 10
)

// look checks the calls while clients make them, until ctx ends, or until something is
// wrong: it says what. A history that breaks a promise goes on to break it.
func (r *run) look(ctx context.Context, broken chan<- string) {
	for wait := looks; sleep.For(ctx, wait); {
		began := time.Now()
		if deaths := r.target.Deaths(); len(deaths) > 0 {
			broken <- "member " + deaths[0].id.String() + " " + deaths[0].what
			return
		}
		calls, err := r.book.calls()
		if err != nil {
			return // the check at the end tells
		}
		found, err := checker.Check(ctx, calls, checker.Config{TimeLimit: r.cfg.CheckLimit, Workers: 1, MaxCounterexamples: 1})
		switch {
		case err != nil:
			return
		case found.Verdict == checker.Violation:
			broken <- "a promise was broken"
			return
		}
		wait = max(looks, lookShare*time.Since(began))
	}
}

// calls are those until now; what is under way has no end.
func (b *book) calls() ([]checker.Operation, error) {
	b.pause.Lock()
	defer b.pause.Unlock()
	return b.ledger.History()
}

// violated is when the first of the counterexamples was complete: when the last of the
// calls that prove it had returned. It is [checker.Never] if there is none.
func violated(bad []checker.Counterexample) time.Duration {
	first := checker.Never
	for _, c := range bad {
		last := time.Duration(0)
		for _, op := range c.Witness {
			if op.Return != checker.Never {
				last = max(last, op.Return)
			}
		}
		if last > 0 {
			first = min(first, last)
		}
	}
	return first
}
