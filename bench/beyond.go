package bench

import (
	"fmt"
	"strings"
	"time"
)

// Beyond tells of the calls of closed loops that were under way when measuring ended and
// were executed after that. They are no operations of the measured time, and no latency
// tells of them: that of a cluster which stands still at the end looks well without this.
type Beyond struct {
	Calls   uint64  `json:"calls"`
	Longest float64 `json:"longest_ms"` // that one of them took
}

// beyond collects a Beyond.
type beyond struct {
	calls   uint64
	longest time.Duration
}

func (b *beyond) add(took time.Duration) {
	b.calls++
	b.longest = max(b.longest, took)
}

func (b *beyond) merge(o beyond) {
	b.calls += o.calls
	b.longest = max(b.longest, o.longest)
}

func (b *beyond) report() *Beyond {
	if b.calls == 0 {
		return nil
	}
	return &Beyond{Calls: b.calls, Longest: millis(int64(b.longest))}
}

// write tells of calls that took longer than all that were measured.
func (b *Beyond) write(text *strings.Builder, slowest Latency) {
	if b != nil && b.Longest > slowest.Max {
		if b.Calls == 1 {
			fmt.Fprintf(text, "  beyond    1 call was under way at the end, in none of these latencies: it took %s ms\n", ms(b.Longest))
			return
		}
		fmt.Fprintf(text, "  beyond    %d calls were under way at the end, in none of these latencies: the longest took %s ms\n", b.Calls, ms(b.Longest))
	}
}
