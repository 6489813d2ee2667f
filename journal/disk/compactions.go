package disk

import (
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// compactions decides when Pebble may compact: as its own scheduler does, by the
// number that runs. That one looks ten times a second whether a compaction waits
// and may run by now, and so keeps an idle process busy; this one looks while
// one waits, and not else.
type compactions struct {
	db pebble.DBForCompaction

	mu       sync.Mutex
	idle     sync.Cond // nobody is granting
	granting bool
	running  int
	waits    bool        // Pebble was refused since it last had nothing to do
	again    *time.Timer // looks again while one waits
	over     bool
}

// lookAgain is how long a compaction that waits goes unseen at most. Usually one
// that ends makes room for it, and that is seen at once.
const lookAgain = 100 * time.Millisecond

func newCompactions() *compactions {
	c := &compactions{}
	c.idle.L = &c.mu
	c.again = time.AfterFunc(time.Hour, c.grant)
	c.again.Stop()
	return c
}

// Register implements [pebble.CompactionScheduler].
func (c *compactions) Register(_ int, db pebble.DBForCompaction) { c.db = db }

// Unregister implements [pebble.CompactionScheduler].
func (c *compactions) Unregister() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.again.Stop()
	for c.granting {
		c.idle.Wait()
	}
}

// TrySchedule implements [pebble.CompactionScheduler].
func (c *compactions) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return false, nil
	case c.running < c.db.GetAllowedWithoutPermission():
		c.running++
		return true, c
	}
	c.waits = true
	c.again.Reset(lookAgain)
	return false, nil
}

// UpdateGetAllowedWithoutPermission implements [pebble.CompactionScheduler]. It
// may be called under locks that grant wants.
func (c *compactions) UpdateGetAllowedWithoutPermission() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waits && !c.over {
		c.again.Reset(0)
	}
}

// grant lets what waits run, as far as there is room.
func (c *compactions) grant() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.granting {
		c.idle.Wait()
	}
	if c.over {
		return
	}
	c.granting = true
	for c.waits && c.running < c.db.GetAllowedWithoutPermission() {
		c.running++
		c.waits = false // unless Pebble is refused meanwhile
		c.mu.Unlock()   // Pebble's locks come first
		waiting, _ := c.db.GetWaitingCompaction()
		taken := waiting && c.db.Schedule(c)
		c.mu.Lock()
		if taken {
			c.waits = true // perhaps there are more
		} else {
			c.running--
		}
	}
	c.granting = false
	c.idle.Broadcast()
	if c.waits && !c.over {
		c.again.Reset(lookAgain)
	}
}

// A compaction that was granted reports by these methods. Started, MeasureCPU and
// CumulativeStats are for schedulers that pace.
func (c *compactions) Started()                                          {}
func (c *compactions) MeasureCPU(pebble.CompactionGoroutineKind)         {}
func (c *compactions) CumulativeStats(pebble.CompactionGrantHandleStats) {}

// Done says that a compaction has ended: another one may run.
func (c *compactions) Done() {
	c.mu.Lock()
	c.running--
	c.mu.Unlock()
	c.grant()
}
