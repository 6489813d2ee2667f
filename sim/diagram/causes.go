package diagram

import "github.com/quorate/quorate/sim"

// causes returns, for each event, how many events back the one is that led to
// it, 0 if none did. A delivery was caused by its sending, the end of a sync by
// its beginning, a violation by what its member did last. Whatever else a
// member or client does, it does when it is woken: by a message, a timer, its
// disk, its start. Among those the last one before is taken, which is a guess
// where a step handled several at once.
func causes(events []event, itemOf []*item) []int {
	back := make([]int, len(events))
	woken, busy := map[int]int{}, map[int]int{} // the last such event by lane, one up
	for i, e := range events {
		cause := woken[e.lane]
		switch e.Kind {
		case sim.TraceDeliver, sim.TraceDrop, sim.TraceSynced:
			cause = 0
			if it := itemOf[i]; it != nil { // its own if nobody sent it, which is none
				cause = it.from + 1
			}
		case sim.TraceTimer, sim.TraceCall, sim.TraceStart, sim.TraceCrash, sim.TraceFault, sim.TraceHealed:
			cause = 0 // where stories begin
		case sim.TraceBroken:
			cause = busy[e.lane]
			if e.lane < 0 {
				cause = i
			}
		}
		if cause > 0 {
			back[i] = i - (cause - 1)
		}
		busy[e.lane] = i + 1
		switch e.Kind {
		case sim.TraceDeliver, sim.TraceTimer, sim.TraceSynced, sim.TraceStart, sim.TraceCall:
			woken[e.lane] = i + 1
		}
	}
	return back
}
