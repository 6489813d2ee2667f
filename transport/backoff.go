package transport

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff spaces attempts: each wait is twice as long as the one before, up to
// a bound, and drawn from its upper half so that nodes do not march in step.
type backoff struct {
	min, max time.Duration
	next     time.Duration
}

func (b *backoff) reset() { b.next = 0 }

// wait sleeps until the next attempt is due or hurry holds a token. It returns
// false if ctx ended.
func (b *backoff) wait(ctx context.Context, hurry <-chan struct{}) bool {
	b.next = min(max(2*b.next, b.min), b.max)
	t := time.NewTimer(b.next/2 + rand.N(b.next/2+1))
	defer t.Stop()
	select {
	case <-t.C:
	case <-hurry:
	case <-ctx.Done():
		return false
	}
	return true
}
