// Package sleep waits for a time, unless a context ends first.
package sleep

import (
	"context"
	"time"
)

// For waits for d, and reports whether ctx did not end before.
func For(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
