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

// Idle returns up to max keys that have outcomes but were not written for a
// horizon, the longest unwritten first: an ordered [OpTrim] whose Issued is now
// empties the table of each. It reports the same keys until the trims execute.
// It changes nothing and looks at no more than 2 × max keys, however many
// there are.
func (o *Once) Idle(now time.Duration, max int) []string {
	var keys []string
	busy := 0 // a clock that runs ahead may put a busy key before an idle one
	for w := o.recent.front; w != nil && len(keys) < max && busy < max; w = w.next {
		if w.owner.newest < o.since(now) {
			keys = append(keys, w.key)
		} else {
			busy++
		}
	}
	return keys
}
