package tester

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// Clients that cannot read what is left, when all is healed, are a finding.
func TestNoFinalReads(t *testing.T) {
	began := time.Time{}
	g := &rig{cfg: Config{TimeLimit: 5 * time.Second, Rate: 20}, edit: deceive(func(s session, op client.Op) (client.Result, error) {
		if began.IsZero() {
			began = time.Now()
		}
		if time.Since(began) > 5500*time.Millisecond {
			return client.Result{}, client.ErrUnknown
		}
		return s.Do(context.Background(), op)
	})}
	g.cfg.Concurrency = 1
	g.run(t, func(res *results.Results) {
		if c := find(t, res, "recovered"); c.Valid != results.False || !strings.Contains(c.Reason, "1 of 1 clients could not read") {
			t.Errorf("%+v", c)
		}
	})
}

// Rule: what fails at once, as calls of raw clients may, is tried for as long as members
// may take to serve again.
func TestFinalReadsArePatient(t *testing.T) {
	for patience, want := range map[time.Duration]results.Valid{9 * time.Second: results.True, 11 * time.Second: results.False} {
		var began time.Time
		g := &rig{cfg: Config{TimeLimit: 5 * time.Second, Rate: 20, Concurrency: 1, Raw: true, Patience: 10 * time.Second}, edit: deceive(func(s session, op client.Op) (client.Result, error) {
			if began.IsZero() {
				began = time.Now()
			}
			if at := time.Since(began); at > 5500*time.Millisecond && at < 6*time.Second+patience {
				return client.Result{}, client.ErrUnknown
			}
			return s.Do(context.Background(), op)
		})}
		g.run(t, func(res *results.Results) {
			if c := find(t, res, "recovered"); c.Valid != want {
				t.Errorf("nothing for %v: %+v", patience, c)
			}
		})
	}
}
