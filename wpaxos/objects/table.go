package objects

import "hash/maphash"

// Table finds keys by name, and by number in the order in which they came. It never
// forgets one. A map of pointers and a list would take four times as much beside
// the keys.
//
// Names are spread over many small indexes of open addressing, so that no step has
// to make a large one anew. How they are spread shows in nothing.
type Table struct {
	seed   maphash.Seed
	spread [256]index
	rows   [][]Key // in pieces, so that a key stays where it is
	count  int
	last   *Key // that was looked for
}

// index holds for each place 0, or a hash and a number plus 1.
type index struct {
	places []uint64
	count  int
}

// piece is how many keys are in one of the rows.
const piece = 64

// Count returns the number of keys.
func (t *Table) Count() int { return t.count }

// At returns the key with a number below Count.
func (t *Table) At(i int) *Key { return &t.rows[i/piece][i%piece] }

// Get returns the key with the given name, nil if there is none. Members answer, and
// owners tell, in the order in which they were asked: so each key knows which one was
// looked for after it, and while that is so no index is asked.
func (t *Table) Get(name string) *Key {
	h := maphash.String(t.seed, name)
	if t.last != nil {
		if k := t.is(t.last.after, h, name); k != nil {
			t.last = k
			return k
		}
	}
	x := &t.spread[h%256]
	if x.count == 0 {
		return nil
	}
	for p := h >> 32; ; p++ {
		place := x.places[p&uint64(len(x.places)-1)]
		if place == 0 {
			return nil
		}
		if k := t.is(place, h, name); k != nil {
			t.follow(k, place)
			return k
		}
	}
}

// is returns the key with the given name if a place is its.
func (t *Table) is(place, h uint64, name string) *Key {
	if place == 0 || place>>32 != h>>32 {
		return nil
	}
	if k := t.At(int(uint32(place)) - 1); k.Name == name {
		return k
	}
	return nil
}

func (t *Table) follow(k *Key, place uint64) {
	if t.last != nil {
		t.last.after = place
	}
	t.last = k
}

// Put returns the key with the given name, a new one if there was none.
func (t *Table) Put(name string) *Key {
	if k := t.Get(name); k != nil {
		return k
	}
	if t.count%piece == 0 {
		t.rows = append(t.rows, make([]Key, piece))
	}
	t.count++
	h := maphash.String(t.seed, name)
	place := h>>32<<32 | uint64(t.count)
	t.spread[h%256].add(place)
	k := t.At(t.count - 1)
	k.Name = name
	t.follow(k, place)
	return k
}

func (x *index) add(place uint64) {
	if 4*(x.count+1) > 3*len(x.places) {
		old := x.places
		x.places, x.count = make([]uint64, max(4, 2*len(old))), 0
		for _, o := range old {
			if o != 0 {
				x.add(o)
			}
		}
	}
	p := place >> 32
	for x.places[p&uint64(len(x.places)-1)] != 0 {
		p++
	}
	x.places[p&uint64(len(x.places)-1)] = place
	x.count++
}
