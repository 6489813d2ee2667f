package quorate

import "time"

const (
	near     = 250 * time.Microsecond // a round of members that are nearer than in one rack
	patience = 2 * time.Millisecond   // of commands, for a slot that is on its way
)

// gathering is when commands wait for others. A round costs the same whether one
// command shares it or hundreds, so where members are near, those that come while a
// slot is on its way gather for the next one. Far apart they would wait for long:
// there every command goes at once.
type gathering struct {
	sent    time.Duration // when a batch was taken last
	nearest time.Duration // about the shortest round lately, 0 if none was seen
}

// Fill proposes what is in the queue, batch by batch, while there is room. Open says how
// many slots are proposed and not yet chosen. If some are, commands may have to gather:
// then Fill returns how long they wait for [Queue.Chosen] at most, and else 0. A full
// batch waits for nothing.
func (w *Queue) Fill(now time.Duration, room func() bool, open func() int, propose func([]Command, []*Admitted)) time.Duration {
	for w.Len() > 0 && room() {
		if wait := w.wait(now, open()); wait > 0 {
			return wait
		}
		if commands, requests := w.Batch(); len(commands) > 0 {
			w.sent = now
			propose(commands, requests)
		}
	}
	return 0
}

func (w *Queue) wait(now time.Duration, open int) time.Duration {
	if open == 0 || len(w.waiting) >= w.commands || w.nearest == 0 || w.nearest > near {
		return 0
	}
	return max(0, w.sent+patience-now)
}

// Chosen notes that slots were chosen, and how many are open still. It reports whether
// there is something to fill slots with.
func (w *Queue) Chosen(now time.Duration, open int) bool {
	if open == 0 {
		w.measure(now)
	}
	return len(w.waiting) > 0
}

func (w *Queue) measure(now time.Duration) {
	round := now - w.sent
	if w.nearest == 0 || round < w.nearest {
		w.nearest = round
		return
	}
	// What was near is forgotten within some rounds: members may be far now.
	w.nearest = min(round, w.nearest+w.nearest/16+1)
}
