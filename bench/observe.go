package bench

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/quorate/quorate"
)

// observer watches the members of a cluster in this process, each on its loop.
type observer struct {
	members []*watched
}

// watched is one member. What it says is counted while the run is measured.
type watched struct {
	mu     sync.Mutex // its loop's alone, but for both ends of the measured time
	meters meters
	on     bool
	began  time.Time
	seed   maphash.Seed
}

// sampled is of how many slots one tells how long it waited for its execution: to
// remember each would cost some 200 ns a slot at each member.
const sampled = 16

func newObserver(members int) *observer {
	o := &observer{}
	for range members {
		o.members = append(o.members, &watched{meters: newMeters(1), began: time.Now(), seed: maphash.MakeSeed()})
	}
	return o
}

// observe takes an event of a member.
func (w *watched) observe(e quorate.Event) {
	var at time.Duration
	waits := false
	switch e := e.(type) {
	case quorate.Chosen:
		if waits = w.samples(e.Log, e.Slot); waits {
			at = time.Since(w.began)
		}
	case quorate.Executed:
		if waits = w.samples(e.Log, e.Slot); waits {
			at = time.Since(w.began)
		}
	case quorate.Component, quorate.Recovering, quorate.Displaced, quorate.Elected, quorate.Stood, quorate.Retransmitted:
	default:
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if waits {
		w.meters.wait(0, at, w.on, e)
	}
	if w.on {
		w.meters.count(e)
	}
}

// samples reports whether a slot is one of those that are timed.
func (w *watched) samples(log string, slot quorate.Slot) bool {
	n := uint64(slot)
	if log != "" {
		n += maphash.String(w.seed, log)
	}
	return n%sampled == 0
}

// measure begins and ends the measured time.
func (o *observer) measure(on bool) {
	for _, w := range o.members {
		w.mu.Lock()
		w.on = on
		w.mu.Unlock()
	}
}

// report sums up what was observed.
func (o *observer) report(length time.Duration) *Execution {
	all := newMeters(0)
	for _, w := range o.members {
		w.mu.Lock()
		all.merge(&w.meters)
		w.mu.Unlock()
	}
	return all.report(length)
}
