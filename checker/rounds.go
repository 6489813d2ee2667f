package checker

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A key gets so much time of the first round, and growth times as much of each further one.
const (
	firstShare = 20 * time.Millisecond
	growth     = 4
)

// rounds has workers try each of n keys, in their order, and those again that took more
// than their share of time, with larger shares, until all are decided or ctx ends. So a
// key that is too hard takes the time only of others that are as hard. It returns the keys
// that are left.
func rounds(ctx context.Context, n, workers int, try func(share context.Context, worker, k int) (decided bool)) []int {
	left := make([]int, n)
	for k := range left {
		left[k] = k
	}
	for share := firstShare; len(left) > 0 && ctx.Err() == nil; share *= growth {
		left = round(ctx, left, workers, func(worker, k int) bool {
			share, done := context.WithTimeout(ctx, share)
			defer done()
			return try(share, worker, k)
		})
	}
	return left
}

// round has workers try each of some keys once, and returns those that are left.
func round(ctx context.Context, keys []int, workers int, try func(worker, k int) bool) (left []int) {
	var (
		next atomic.Int64
		mu   sync.Mutex
		all  sync.WaitGroup
	)
	for worker := range min(workers, len(keys)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(keys); i = int(next.Add(1)) - 1 {
				if ctx.Err() != nil || !try(worker, keys[i]) {
					mu.Lock()
					left = append(left, keys[i])
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	slices.Sort(left)
	return left
}
