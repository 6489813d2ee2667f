package quorate

import (
	"bytes"
	"time"
)

// MaxReturned bounds, in bytes, the Value that a state machine returns for a
// write: it is kept with the write's outcome, for a horizon, on every replica.
const MaxReturned = 1 << 20

// returned is what writes returned, beside the outcome tables: most state
// machines, [KV] among them, return nothing but a version and a flag, and pay
// nothing for it. A table in which some write returned something has an entry: one
// value for each outcome in its ring, in the same order, nil for nothing. Evict
// trims it with the ring.
type returned map[*window][][]byte

// kept returns what is kept of a value.
func kept(value []byte) []byte {
	if len(value) == 0 || len(value) > MaxReturned {
		return nil
	}
	return value
}

// of returns what the write returned whose outcome has so many older ones in its
// ring.
func (a returned) of(w *window, at uint32) []byte {
	if values := a[w]; values != nil {
		return values[at]
	}
	return nil
}

// add notes what the newest write in w returned.
func (a *returned) add(w *window, value []byte) {
	values := (*a)[w]
	if values == nil {
		if value == nil {
			return
		}
		values = make([][]byte, w.n-1, w.n)
	}
	a.put(w, append(values, value))
}

// put sets what the writes in w returned.
func (a *returned) put(w *window, values [][]byte) {
	if values == nil {
		return
	}
	if *a == nil {
		*a = returned{}
	}
	(*a)[w] = values
}

// evict drops what the n oldest returned, which left the ring.
func (a returned) evict(w *window, n int) {
	values := a[w]
	if values == nil || n == 0 {
		return
	}
	if n == len(values) {
		delete(a, w)
		return
	}
	clear(values[:n])
	a[w] = values[n:]
}

// any reports whether a write of since or later returned something.
func (a returned) any(w *window, since time.Duration) bool {
	values, found := a[w], false
	if values != nil {
		w.each(since, func(_ *outcome, at uint32) { found = found || values[at] != nil })
	}
	return found
}

// returned reads what a write returned, and copies it.
func (r *snapshotReader) returned() []byte {
	b := r.take(r.uvarint("the length of a write's result"), "a write's result")
	if len(b) > MaxReturned {
		r.fail("a write's result of %d bytes, more than %d", len(b), MaxReturned)
	}
	return bytes.Clone(kept(b))
}
