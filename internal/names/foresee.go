package names

import "hash/maphash"

// ahead is what was looked for before somebody asks: keys in the order in which they
// will be asked for.
type ahead struct {
	names   []string
	hashes  []uint64
	places  []uint64 // as an index has them; 0 for a key that is not there
	numbers []int
	next    int // which of them will be asked for next
	touched uint32
}

// Foresee looks for keys that will be asked for soon, in this order, and returns their
// numbers, -1 for one that is not there. Where there are many keys, a lookup waits for
// memory three times; here the processor waits for all of them at once. It changes
// nothing but how long lookups take. What it returns is good until the next call.
func (t *Table[E]) Foresee(names []string) []int {
	a := &t.ahead
	clear(a.names) // let go of those before
	a.names, a.hashes, a.places, a.numbers, a.next = a.names[:0], a.hashes[:0], a.places[:0], a.numbers[:0], 0
	for _, name := range names {
		a.names, a.hashes = append(a.names, name), append(a.hashes, maphash.String(t.seed, name))
	}
	for _, h := range a.hashes {
		a.places = append(a.places, t.place(h))
	}
	for _, place := range a.places { // no step waits for the one before it
		if place != 0 {
			a.touched += t.slot(numberOf(place)).name.size
		}
	}
	for i, place := range a.places {
		number := -1
		if place != 0 {
			if number = numberOf(place); !t.is(place, a.hashes[i], a.names[i]) {
				number = t.search(a.hashes[i], a.names[i])
			}
		}
		a.numbers = append(a.numbers, number)
	}
	return a.numbers
}

// place returns the first place of an index that may be that of a key with such a
// hash, 0 if there is none.
func (t *Table[E]) place(h uint64) uint64 {
	x := &t.spread[h%spread]
	if x.count == 0 {
		return 0
	}
	for p := h >> 32; ; p++ {
		if place := x.places[p&uint64(len(x.places)-1)]; place == 0 || place>>32 == h>>32 {
			return place
		}
	}
}

// foreseen returns the hash of a key, and its number if it was foreseen, -1 otherwise.
func (t *Table[E]) foreseen(name string) (h uint64, number int) {
	a := &t.ahead
	for a.next < len(a.names) && a.names[a.next] == t.last && t.number >= 0 {
		a.next++ // it was at hand
	}
	if i := a.next; i < len(a.names) && a.names[i] == name {
		a.next++
		return a.hashes[i], a.numbers[i]
	}
	return maphash.String(t.seed, name), -1
}
