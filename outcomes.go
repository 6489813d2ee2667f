package quorate

import "time"

// outcomes is what [Once] knows of one key. It outlives the table, and a
// delete of the key, so that a write older than the horizon is refused always.
type outcomes struct {
	newest time.Duration // the newest Issued of the writes and trims executed
	window *window       // nil while nothing is remembered
	known  bool          // false of a key that was never written, nor trimmed
}

// outcome is how one write ended. It holds no pointer, so that the collector
// passes over the tables.
type outcome struct {
	client  Client
	seq     uint64
	issued  time.Duration
	version uint64
	older   uint32 // place of the next older outcome in the same index bucket
	ok      bool
}

// window is the outcome table of one key: a ring of outcomes in the order of
// execution, with an index by (client, seq). What is older than the horizon is
// gone as seen by Once and each; in memory it leaves from the front only, so one
// that was issued early but executed late may stay a little longer. At any time
// the ring holds no more than was executed while the newest Issued advanced by
// one horizon, and it shrinks when it empties.
//
// Places in the ring count upwards for ever, modulo 2³². Chains of the index lead
// from newer to older outcomes, so what leaves the ring is always at the end of
// its chain, and nothing needs unlinking: a place outside the ring ends a chain.
type window struct {
	key        string
	owner      *outcomes
	prev, next *window // in recency

	head, n uint32     // place of the oldest, and how many
	ring    []outcome  // its length is a power of two, or zero
	one     [1]outcome // the ring of most keys, where there are many
	index   []uint32   // place of the newest outcome by hash; nil while the ring is short
}

// indexed is the ring length from which a window has an index.
const indexed = 16

func (w *window) slot(place uint32) *outcome {
	return &w.ring[place&uint32(len(w.ring)-1)]
}

func (w *window) bucket(id CommandID) *uint32 {
	h := (uint64(id.Client) ^ id.Seq*0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93
	return &w.index[uint32(h>>32)&uint32(len(w.index)-1)]
}

// is reports whether e is the outcome of the command id issued then. A faulty
// client that gives one number two times has two commands: if the later one
// stood for the earlier, a replica that executes the log again on a state that
// includes both would differ from one that does not.
func (e *outcome) is(id CommandID, issued time.Duration) bool {
	return e.client == id.Client && e.seq == id.Seq && e.issued == issued
}

// find returns the outcome of the command id issued then, nil if it is not
// remembered, and how many in the ring are older. The caller has seen that issued
// is within the horizon.
func (w *window) find(id CommandID, issued time.Duration) (e *outcome, at uint32) {
	if w.index == nil {
		for i := w.n; i > 0; i-- {
			if e := w.slot(w.head + i - 1); e.is(id, issued) {
				return e, i - 1
			}
		}
		return nil, 0
	}
	place := *w.bucket(id)
	for before := w.n; place-w.head < before; {
		e := w.slot(place)
		if e.is(id, issued) {
			return e, place - w.head
		}
		before = place - w.head
		place = e.older
	}
	return nil, 0
}

// add enters e as the newest.
func (w *window) add(e outcome) {
	if int(w.n) == len(w.ring) {
		w.resize(max(1, 2*len(w.ring)))
	}
	w.put(w.head+w.n, e)
	w.n++
}

func (w *window) put(place uint32, e outcome) {
	if w.index != nil {
		b := w.bucket(CommandID{e.client, e.seq})
		e.older, *b = *b, place
	}
	*w.slot(place) = e
}

// evict drops what was issued before since from the front, and returns how many.
func (w *window) evict(since time.Duration) int {
	before := w.n
	for w.n > 0 && w.slot(w.head).issued < since {
		w.head++
		w.n--
	}
	if len(w.ring) >= indexed && int(w.n) <= len(w.ring)/8 {
		w.resize(len(w.ring) / 4)
	}
	return int(before - w.n)
}

// resize moves the outcomes to a ring of the given length.
func (w *window) resize(length int) {
	old := *w
	if length == 1 {
		w.one = [1]outcome{}
		w.ring = w.one[:]
	} else {
		w.ring = make([]outcome, length)
	}
	w.index = nil
	if length >= indexed {
		w.index = make([]uint32, length)
	}
	w.head, w.n = 1, 0 // so that an index of zeros leads nowhere
	for i := range old.n {
		w.put(w.head+w.n, *old.slot(old.head + i))
		w.n++
	}
}

// each calls f for the outcomes issued at since or later, in the order of
// execution, with how many in the ring are older.
func (w *window) each(since time.Duration, f func(e *outcome, at uint32)) {
	for i := range w.n {
		if e := w.slot(w.head + i); e.issued >= since {
			f(e, i)
		}
	}
}
