package quorate

import "time"

const (
	near     = 250 * time.Microsecond // a round of members that are nearer than in one rack
	patience = 2 * time.Millisecond   // of commands, for a slot that is on its way, or for each other
	stalled  = 50 * time.Millisecond  // of a disk: how long it took says nothing of the next time, nor of a round
)

// gathering is when commands wait for others. A round costs the same whether one
// command shares it or hundreds, a sync of the disk in it too. So where members are
// near, those that come while a slot is on its way gather for the next one: a disk that
// syncs that slot would not take another one anyway. Far apart they would wait for long:
// there every command goes at once.
type gathering struct {
	sent    time.Duration // when a batch was taken last
	disk    time.Duration // how long this member's own disk took for it, 0 until it has
	slow    bool          // the disk is slower than clients that ask again
	nearest time.Duration // about the shortest round lately, without the disk's part; 0 if none was seen
	returning
}

// Fill proposes what is in the queue, batch by batch, while there is room. Open says how
// many slots are proposed and not yet chosen. Commands may have to gather: then Fill
// returns how long they wait at most for [Queue.Chosen], or for others, and else 0. A
// full batch waits for nothing.
func (w *Queue) Fill(now time.Duration, room func() bool, open func() int, propose func([]Command, []*Admitted)) time.Duration {
	for w.Len() > 0 && room() {
		if wait := w.wait(now, open()); wait > 0 {
			return wait
		}
		w.expect = 0
		if commands, requests := w.Batch(); len(commands) > 0 {
			w.sent = now
			w.took(commands)
			w.measureDisk(now)
			propose(commands, requests)
		}
	}
	return 0
}

func (w *Queue) wait(now time.Duration, open int) time.Duration {
	switch {
	case len(w.waiting) >= w.commands || w.nearest == 0 || w.nearest > near:
		return 0
	case open > 0:
		return max(0, w.sent+patience-now)
	case w.slow && len(w.waiting) < w.expect:
		return max(0, w.since+patience-now)
	}
	return 0
}

// measureDisk looks how long this member's own disk takes for what is proposed now. For
// as long as that, or about, the round takes because of the disks.
func (w *Queue) measureDisk(now time.Duration) {
	w.disk = 0
	env := w.requests.env
	env.Send(env.ID(), durable(func() {
		if took := env.Now() - now; w.sent == now {
			w.slow = took > near/2 && took < stalled
			if took < stalled {
				w.disk = took
			}
		}
	}))
}

// Chosen notes that slots were chosen, and how many are open still. It reports whether
// there is something to fill slots with.
func (w *Queue) Chosen(now time.Duration, open int) bool {
	if open == 0 {
		w.measure(now)
		w.answered(now, len(w.waiting), w.commands)
	}
	return len(w.waiting) > 0
}

// measure looks how long the last round took.
func (w *Queue) measure(now time.Duration) {
	round := now - w.sent
	if w.disk > 0 {
		round = max(round-w.disk, 1)
	}
	if w.nearest == 0 || round < w.nearest {
		w.nearest = round
		return
	}
	// What was near is forgotten within some rounds: members may be far now.
	w.nearest = min(round, w.nearest+w.nearest/16+1)
}
