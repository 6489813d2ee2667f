package journal

import (
	"cmp"
	"slices"
)

// run holds the records of one type and scope in ascending order of number.
// Logs grow at the end and are trimmed at the front: both cost no search and no
// move.
type run struct {
	typ     int // the number of the type, while there are records
	entries []entry
	one     [1]entry // those of most runs, where there are many
}

type entry struct {
	number uint64
	data   []byte
}

// put stores data under number and returns what was there.
func (r *run) put(number uint64, data []byte) (old []byte, replaced bool) {
	if r.entries == nil {
		r.entries = r.one[:0]
	}
	if n := len(r.entries); n == 0 || r.entries[n-1].number < number {
		r.insert(n, entry{number, data})
		return nil, false
	}
	i, found := r.find(number)
	if !found {
		r.insert(i, entry{number, data})
		return nil, false
	}
	old, r.entries[i].data = r.entries[i].data, data
	return old, true
}

// insert enters e at i.
func (r *run) insert(i int, e entry) {
	alone := len(r.entries) == 1 && &r.entries[0] == &r.one[0]
	if i == len(r.entries) {
		r.entries = append(r.entries, e)
	} else {
		r.entries = slices.Insert(r.entries, i, e)
	}
	if alone {
		r.one = [1]entry{} // its room is too small now
	}
}

// forget drops the numbers in [from, to), hands their data to drop, and returns
// how many there were.
func (r *run) forget(from, to uint64, drop func(data []byte)) int {
	if from >= to {
		return 0
	}
	i, _ := r.find(from)
	j, _ := r.find(to)
	for _, e := range r.entries[i:j] {
		drop(e.data)
	}
	if i == 0 {
		clear(r.entries[:j]) // append leaves the dropped part behind when it next grows
		r.entries = r.entries[j:]
	} else {
		r.entries = slices.Delete(r.entries, i, j)
		if cap(r.entries) > 64 && cap(r.entries) > 4*len(r.entries) {
			r.entries = slices.Clone(r.entries) // do not keep the room of what is gone
		}
	}
	return j - i
}

func (r *run) find(number uint64) (int, bool) {
	return slices.BinarySearchFunc(r.entries, number, func(e entry, n uint64) int { return cmp.Compare(e.number, n) })
}
