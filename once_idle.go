package quorate

import "time"

// recency lists the windows that hold outcomes, the longest unwritten first.
// The list is part of the windows, so that a write allocates nothing for it.
type recency struct{ front, back *window }

// touch moves w to the back, or enters it there.
func (r *recency) touch(w *window) {
	if r.back == w {
		return
	}
	r.remove(w)
	w.prev = r.back
	if r.back == nil {
		r.front = w
	} else {
		r.back.next = w
	}
	r.back = w
}

// remove takes w off the list, if it is there.
func (r *recency) remove(w *window) {
	if w.prev != nil {
		w.prev.next = w.next
	} else if r.front == w {
		r.front = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else if r.back == w {
		r.back = w.prev
	}
	w.prev, w.next = nil, nil
}

// Trims returns the commands that empty the outcome tables of up to max keys
// which were not written for a horizon, the longest unwritten first. They do
// nothing until they are executed in order like any other command; until then
// the same ones come again. Each is issued just late enough to empty its table,
// whatever now is: a clock that runs ahead must not make new writes look expired.
// Trims looks at no more than 2 × max keys, however many there are.
func (o *Once) Trims(now time.Duration, max int) []Command {
	var trims []Command
	busy := 0 // a clock that runs ahead may put a busy key before an idle one
	for w := o.recent.front; w != nil && len(trims) < max && busy < max; w = w.next {
		if w.owner.newest < o.since(now) { // so the sum below cannot overflow
			trims = append(trims, Command{Op: OpTrim, Key: w.key, Issued: w.owner.newest + o.horizon + 1})
		} else {
			busy++
		}
	}
	return trims
}
