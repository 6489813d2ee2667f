package quorate

import "slices"

// Queue holds the requests that wait at a replica for a slot, in order, and takes
// from it what goes into the next one. A slot holds as many as have come meanwhile,
// up to a bound in commands and one in bytes. Fill it at the end of a batch of
// steps, by a timer of zero duration: then commands that arrive together share a
// slot, and one that arrives alone waits for nobody. [Queue.Fill] says when more are waited
// for.
//
// The same request may be put in once at a time: the protocol marks it, see
// [Admitted]. So the queue is bounded by the requests admitted.
type Queue struct {
	requests *Requests
	commands int
	bytes    int
	waiting  []*Admitted
	gathering
}

// NewQueue returns an empty queue for requests that q admitted. A batch has at most
// the given number of commands, and ends with the first that takes it beyond the
// given bytes: every command finds a place, however large.
func NewQueue(q *Requests, commands, bytes int) *Queue {
	return &Queue{requests: q, commands: max(commands, 1), bytes: bytes}
}

// Len returns how many requests are in the queue, those included that were answered
// while they waited.
func (w *Queue) Len() int { return len(w.waiting) }

// Push puts p at the end. Where nothing can be chosen for a while, requests are
// answered in the queue, and more would come behind them without end: so they leave
// when they are most of it.
func (w *Queue) Push(p *Admitted) {
	if len(w.waiting) > 2*w.requests.Len()+64 {
		w.waiting = slices.DeleteFunc(w.waiting, (*Admitted).Done)
	}
	w.came(p.Command.Client)
	w.waiting = append(w.waiting, p)
}

// Batch takes the commands for one slot, and the requests they came with. Each is
// exposed: see [Requests.Expose]. Requests for which nobody waits any more, since
// they were answered or are too late, are left out. If nothing is left, the queue is
// empty.
func (w *Queue) Batch() ([]Command, []*Admitted) {
	n, taken, size := 0, 0, 0
	for ; n < len(w.waiting) && taken < w.commands && size <= w.bytes; n++ {
		p := w.waiting[n]
		if p.Done() || w.requests.late(p) {
			continue
		}
		w.requests.Expose(p)
		size += p.Command.Size()
		w.waiting[taken] = p // taken <= n
		taken++
	}
	requests := slices.Clone(w.waiting[:taken])
	commands := make([]Command, taken)
	for i, p := range requests {
		commands[i] = p.Command
	}
	clear(w.waiting[:n])
	if n < len(w.waiting) {
		w.waiting = w.waiting[n:]
	} else {
		w.waiting = w.waiting[:0] // what comes next finds room here
	}
	return commands, requests
}

// Clear empties the queue: what is in it is still pending, and may go elsewhere.
func (w *Queue) Clear() { w.waiting = nil }

// Drain empties the queue and returns the requests in it that are not answered.
// They are not exposed by that.
func (w *Queue) Drain() []*Admitted {
	waiting := slices.DeleteFunc(w.waiting, (*Admitted).Done)
	w.waiting = nil
	return waiting
}
