// Package lag measures how long a replica takes to execute what it knows to be
// committed. A protocol that orders commands by what they depend on may commit
// one at once and execute it much later.
package lag

import (
	"time"

	"github.com/quorate/quorate"
)

// maxOpen bounds how many slots are remembered. A replica has far fewer that are
// committed and not executed; what it gets by a snapshot it never executes.
const maxOpen = 1 << 16

// Meter measures one replica. Not safe for concurrent use.
type Meter struct {
	open map[place]time.Duration // when what is not executed was committed
}

type place struct {
	log  string
	slot quorate.Slot
}

// Observe takes an event of the replica. If it says that something was executed
// that the replica knew to be committed, it returns since when.
func (m *Meter) Observe(now time.Duration, e quorate.Event) (time.Duration, bool) {
	switch e := e.(type) {
	case quorate.Chosen:
		if m.open == nil || len(m.open) >= maxOpen {
			m.open = map[place]time.Duration{}
		}
		m.open[place{e.Log, e.Slot}] = now
	case quorate.Executed:
		at := place{e.Log, e.Slot}
		if since, ok := m.open[at]; ok {
			delete(m.open, at)
			return now - since, true
		}
	}
	return 0, false
}
