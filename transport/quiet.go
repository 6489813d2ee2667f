package transport

import (
	"sync"
	"time"
)

// quiet bounds how many lines strangers can have written into the log: a burst,
// and then some every second.
type quiet struct {
	mu      sync.Mutex
	spent   float64 // lines of the burst
	last    time.Time
	skipped uint64
	said    map[string]time.Time // what is not to be repeated for a while
}

const (
	quietBurst  = 200
	quietRate   = 10 // lines a second
	quietPause  = time.Minute
	quietMemory = 256 // lines remembered
)

// fresh reports whether a line has not been written lately.
func (q *quiet) fresh(line string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if at, said := q.said[line]; said && now.Sub(at) < quietPause {
		return false
	}
	if q.said == nil || len(q.said) >= quietMemory {
		q.said = map[string]time.Time{}
	}
	q.said[line] = now
	return true
}

// allow reports whether a line may be written, and how many were skipped since
// the one before.
func (q *quiet) allow() (skipped uint64, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if !q.last.IsZero() {
		q.spent = max(0, q.spent-now.Sub(q.last).Seconds()*quietRate)
	}
	q.last = now
	if q.spent+1 > quietBurst {
		q.skipped++
		return 0, false
	}
	q.spent++
	skipped, q.skipped = q.skipped, 0
	return skipped, true
}
