package quorate

import "slices"

// Versioned is a key's state at one version.
type Versioned struct {
	Version uint64
	Value   []byte // nil if deleted; not to be changed
	Deleted bool   // the write was a delete
}

// past is a ring of the values before an item's current one. Their versions
// need not be stored, for every write adds one. It holds at most
// KVConfig.History values: the oldest gives way.
type past struct {
	values [][]byte // nil for a tombstone
	oldest int      // index of the oldest one when the ring is full
}

// remember moves the current value to the past, which holds at most limit.
func (it *item) remember(limit int) {
	if it.past == nil {
		it.past = &past{}
	}
	p := it.past
	if len(p.values) < limit {
		p.values = append(p.values, it.value)
		return
	}
	p.values[p.oldest] = it.value
	p.oldest = (p.oldest + 1) % len(p.values)
}

// len returns the number of values kept.
func (p *past) len() int {
	if p == nil {
		return 0
	}
	return len(p.values)
}

// at returns the i-th value, the oldest first.
func (p *past) at(i int) []byte { return p.values[(p.oldest+i)%len(p.values)] }

// History returns the versions of key that are kept, the oldest first and the
// current one last: at most KVConfig.History + 1. It is empty if the key was
// never written.
func (kv *KV) History(key string) []Versioned {
	it := kv.find(key)
	if it == nil {
		return nil
	}
	n := it.past.len()
	all := slices.Grow([]Versioned(nil), n+1)
	for i := range n {
		all = append(all, versioned(it.version-uint64(n-i), it.past.at(i)))
	}
	return append(all, versioned(it.version, it.value))
}

func versioned(version uint64, value []byte) Versioned {
	return Versioned{Version: version, Value: value, Deleted: value == nil}
}
