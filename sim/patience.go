package sim

import (
	"time"

	"github.com/quorate/quorate/internal/cputime"
)

// patience is how long a world is waited for. Time on the clock alone says little where
// others have the processors: once it is over, a world is waited for until this process
// has used as much of their time as well. A handler that only waits uses none, so there
// is an end to that, too.
type patience struct {
	wait    time.Duration
	began   time.Time
	used    time.Duration // of the processors, when it began
	renewed int
}

// renewals bounds how often a world is waited for once more.
const renewals = 10

func newPatience(wait time.Duration) *patience {
	used, _ := cputime.Used()
	return &patience{wait: wait, began: time.Now(), used: used}
}

// left is how much longer to wait once a wait is over, if so much of the processors'
// time is used; 0 is no longer.
func (p *patience) left(used time.Duration) time.Duration {
	left := p.wait - (used - p.used)
	if left <= 0 || p.renewed == renewals {
		return 0
	}
	p.renewed++
	return left
}

// more is left by the time that was used until now. Where that cannot be measured, the
// clock decides.
func (p *patience) more() time.Duration {
	used, ok := cputime.Used()
	if !ok {
		return 0
	}
	return p.left(used)
}
