package sleep_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/internal/sleep"
)

// Rule: a pause takes its time, and not longer than its context.
func TestFor(t *testing.T) {
	for _, c := range []struct {
		name          string
		d, limit, end time.Duration
		whole         bool
	}{
		{"undisturbed", time.Hour, 2 * time.Hour, time.Hour, true},
		{"cut short", 2 * time.Hour, time.Hour, time.Hour, false},
		{"none", 0, time.Hour, 0, true},
		{"overdue", -time.Hour, time.Hour, 0, true},
		{"too late", time.Hour, 0, 0, false},
		{"none, and too late", 0, 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.limit)
				defer cancel()
				began := time.Now()
				if whole := sleep.For(ctx, c.d); whole != c.whole || time.Since(began) != c.end {
					t.Errorf("%v after %v, want %v after %v", whole, time.Since(began), c.whole, c.end)
				}
			})
		})
	}
}
