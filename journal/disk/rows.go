package disk

import (
	"math"
	"strings"
)

// rows remembers, for each type and scope, below and from which numbers there
// is certainly nothing. A log that is trimmed again and again from its start
// would otherwise leave range after range that begins at 0, each above the
// other; Pebble's work for these grows with their square. What is known to be
// empty is not forgotten once more.
type rows struct {
	bounds map[rowName]bounds
}

type rowName struct{ typ, scope string }

// bounds: no record has a number below low, or in [high, MaxUint64).
type bounds struct{ low, high uint64 }

// maxRows bounds the memory. Rows beyond it are forgotten in full, which is right
// but slower.
const maxRows = 4096

// put notes a record.
func (r *rows) put(typ, scope string, number uint64) {
	b, known := r.bounds[rowName{typ, scope}]
	if !known {
		return
	}
	now := bounds{min(b.low, number), b.high}
	if number != math.MaxUint64 { // which no range reaches
		now.high = max(b.high, number+1)
	}
	if now != b {
		r.bounds[rowName{typ, scope}] = now
	}
}

// forget notes that [from, to) is empty, and returns what of it may not have been
// empty before.
func (r *rows) forget(typ, scope string, from, to uint64) (first, end uint64) {
	if from >= to {
		return 0, 0
	}
	name := rowName{strings.Clone(typ), strings.Clone(scope)}
	b, known := r.bounds[name]
	if !known {
		b.high = math.MaxUint64
		if len(r.bounds) >= maxRows {
			for victim := range r.bounds { // unordered: any will do
				delete(r.bounds, victim)
				break
			}
		}
	}
	first, end = max(from, b.low), min(to, b.high)
	if from <= b.low {
		b.low = max(b.low, to)
	}
	if to >= b.high {
		b.high = min(b.high, from)
	}
	if r.bounds == nil {
		r.bounds = map[rowName]bounds{}
	}
	r.bounds[name] = b
	return first, max(first, end)
}
