package tester

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// A test that is to stop early does so with the first stale read, and says when that was.
func TestStopsEarly(t *testing.T) {
	const honest = 5 * time.Second
	began := time.Time{}
	g := &rig{cfg: Config{TimeLimit: time.Minute, Rate: 100, StopEarly: true}, edit: deceive(func(s session, op client.Op) (client.Result, error) {
		if began.IsZero() {
			began = time.Now()
		}
		res, err := s.Do(context.Background(), op)
		if op.Kind == quorate.OpGet && err == nil && time.Since(began) > honest {
			res.Version, res.OK, res.Value = 0, false, nil
		}
		return res, err
	})}
	g.run(t, func(res *results.Results) {
		if res.Valid != results.False || res.Ended != "a promise was broken" || res.Elapsed > 10*time.Second {
			t.Errorf("%v after %v: %s", res.Valid, res.Elapsed, res.Ended)
		}
		if res.Violated < honest || res.Violated > honest+looks {
			t.Errorf("violated after %v", res.Violated)
		}
		for _, p := range g.seen {
			if p.Phase == Heal || p.Phase == Final {
				t.Errorf("phase %v, though all is known", p.Phase)
			}
		}
	})
}

// So it does with a member that has ended by itself, and not without a reason.
func TestStopsEarlyForMembers(t *testing.T) {
	id, err := quorate.NewID(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	g := &rig{cfg: Config{TimeLimit: 20 * time.Second, StopEarly: true}, edit: func(l *local) { l.deaths = []death{{id, "panic: no"}} }}
	g.run(t, func(res *results.Results) {
		if res.Valid != results.False || !strings.Contains(res.Ended, "1.2 panic: no") || res.Elapsed > 5*time.Second || res.Violated != 0 {
			t.Errorf("%v after %v, violated after %v: %s", res.Valid, res.Elapsed, res.Violated, res.Ended)
		}
	})
	g = &rig{cfg: Config{TimeLimit: 20 * time.Second, StopEarly: true}}
	g.run(t, func(res *results.Results) {
		if res.Valid != results.True || res.Ended != "" || res.Violated != 0 || res.Elapsed < 20*time.Second {
			t.Errorf("%v after %v, violated after %v: %s", res.Valid, res.Elapsed, res.Violated, res.Ended)
		}
	})
}

func TestViolated(t *testing.T) {
	call := func(at time.Duration) checker.Operation { return checker.Operation{Return: at} }
	bad := []checker.Counterexample{
		{Witness: []checker.Operation{call(7), call(checker.Never), call(9)}},
		{Witness: []checker.Operation{call(8), call(3)}},
		{Witness: []checker.Operation{call(checker.Never)}},
	}
	if got := violated(bad); got != 8 {
		t.Errorf("violated at %d, want 8", got)
	}
	if got := violated(bad[2:]); got != checker.Never {
		t.Errorf("violated at %d, want never", got)
	}
}
