package checker

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Rule: keys that are too hard leave all others decided, hard ones among them, and the time
// is not exceeded.
func TestRounds(t *testing.T) {
	const limit = time.Minute
	never := []int{0, 1, 2, 7}
	hard := map[int]time.Duration{4: 5 * time.Second, 9: time.Second, 50: 300 * time.Millisecond}
	for _, k := range never {
		hard[k] = time.Hour
	}
	for _, workers := range []int{1, 2, 200} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			began := time.Now()
			busy := make([]bool, workers)
			left := rounds(ctx, 100, workers, func(share context.Context, worker, k int) bool {
				if busy[worker] {
					t.Errorf("worker %d has two keys", worker)
				}
				busy[worker] = true
				defer func() { busy[worker] = false }()
				select {
				case <-share.Done():
					return false
				case <-time.After(hard[k] + time.Millisecond):
					return true
				}
			})
			if !slices.Equal(left, never) || time.Since(began) > limit {
				t.Errorf("%d workers left %v after %v, want %v", workers, left, time.Since(began), never)
			}
		})
	}
}

// All is over at once when all is decided.
func TestRoundsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if left := rounds(t.Context(), 3, 2, func(context.Context, int, int) bool { return true }); len(left) > 0 || time.Since(began) > 0 {
			t.Errorf("%v after %v", left, time.Since(began))
		}
	})
}
