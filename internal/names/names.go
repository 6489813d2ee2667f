// Package names numbers keys, of which a replica may have a million, in the order
// in which they came, and keeps what belongs to each beside its name. It holds no
// pointer for a name, so that the collector passes over it; and one lookup serves
// whoever asks for the same key right after.
package names

import (
	"encoding/binary"
	"hash/maphash"
)

// Table finds keys by name and by number. It never forgets one. The zero Table is
// not usable, see [New]. How names are spread shows in nothing.
//
// Keys are looked for in one order several times: what is written of some is saved, and
// then trimmed. So each knows which one was looked for after it, and as long as that is
// so again no index is asked.
type Table[E any] struct {
	seed   maphash.Seed
	spread [spread]index     // many small ones, so that no step has to make a large one anew
	rows   []*[piece]slot[E] // in pieces, so that an element stays where it is
	count  int
	long   [][]byte // the names that are too long for their slots, one after the other

	last   string // the name that was looked for last,
	number int    // and its number

	ahead ahead
}

const (
	spread = 64
	piece  = 64
	chunk  = 16 << 10
)

type slot[E any] struct {
	name  name
	after uint64 // the key that was looked for after this one, as an index has it
	of    E
}

// name is a key of up to 20 bytes, or where in long it is.
type name struct {
	size  uint32
	bytes [20]byte
}

// index holds for each place 0, or a hash and a number plus 1.
type index struct {
	places []uint64
	count  int
}

// New returns an empty table.
func New[E any]() *Table[E] { return &Table[E]{seed: maphash.MakeSeed(), number: -1} }

// Len returns the number of keys.
func (t *Table[E]) Len() int { return t.count }

// At returns what belongs to the key with a number below Len. It stays there.
func (t *Table[E]) At(number int) *E { return &t.slot(number).of }

// Name returns the name of the key with a number below Len. Whoever asks for that key
// right after finds it at hand.
func (t *Table[E]) Name(number int) string {
	name := string(t.bytes(&t.slot(number).name))
	t.last, t.number = name, number
	return name
}

func (t *Table[E]) slot(number int) *slot[E] { return &t.rows[number/piece][number%piece] }

func (t *Table[E]) bytes(n *name) []byte {
	if n.size <= uint32(len(n.bytes)) {
		return n.bytes[:n.size]
	}
	from := binary.LittleEndian.Uint32(n.bytes[4:])
	return t.long[binary.LittleEndian.Uint32(n.bytes[:])][from : from+n.size]
}

// Find returns the number of a key, -1 if there is none.
func (t *Table[E]) Find(name string) int {
	if t.number >= 0 && t.last == name {
		return t.number
	}
	h, number := t.lookup(name)
	if number >= 0 {
		t.follow(h, name, number)
	}
	return number
}

// lookup returns the hash of a key and its number, -1 if there is none.
func (t *Table[E]) lookup(name string) (h uint64, number int) {
	if h, number = t.foreseen(name); number < 0 {
		number = t.find(h, name)
	}
	return h, number
}

// follow notes what was looked for.
func (t *Table[E]) follow(h uint64, name string, number int) {
	if t.number >= 0 {
		t.slot(t.number).after = placeOf(h, number)
	}
	t.last, t.number = name, number
}

// placeOf is a key in an index.
func placeOf(h uint64, number int) uint64 { return h>>32<<32 | uint64(number+1) }

// numberOf is the number of the key that a place is of.
func numberOf(place uint64) int { return int(uint32(place)) - 1 }

// is reports whether a place is that of a key.
func (t *Table[E]) is(place, h uint64, name string) bool {
	return place>>32 == h>>32 && string(t.bytes(&t.slot(numberOf(place)).name)) == name
}

func (t *Table[E]) find(h uint64, name string) int {
	if t.number >= 0 {
		if next := t.slot(t.number).after; next != 0 && t.is(next, h, name) {
			return numberOf(next)
		}
	}
	return t.search(h, name)
}

// search asks the index.
func (t *Table[E]) search(h uint64, name string) int {
	x := &t.spread[h%spread]
	if x.count == 0 {
		return -1
	}
	for p := h >> 32; ; p++ {
		place := x.places[p&uint64(len(x.places)-1)]
		if place == 0 {
			return -1
		}
		if t.is(place, h, name) {
			return numberOf(place)
		}
	}
}

// Put returns the number of a key, a new one if there was none.
func (t *Table[E]) Put(name string) int {
	if t.number >= 0 && t.last == name {
		return t.number
	}
	h, number := t.lookup(name)
	if number < 0 {
		number = t.add(h, name)
	}
	t.follow(h, name, number)
	return number
}

func (t *Table[E]) add(h uint64, name string) int {
	if t.count%piece == 0 {
		t.rows = append(t.rows, new([piece]slot[E]))
	}
	number := t.count
	t.count++
	t.spread[h%spread].add(placeOf(h, number))
	n := &t.slot(number).name
	n.size = uint32(len(name))
	if len(name) <= len(n.bytes) {
		copy(n.bytes[:], name)
		return number
	}
	last := len(t.long) - 1
	if last < 0 || cap(t.long[last])-len(t.long[last]) < len(name) {
		t.long = append(t.long, make([]byte, 0, max(chunk, len(name))))
		last++
	}
	binary.LittleEndian.PutUint32(n.bytes[:], uint32(last))
	binary.LittleEndian.PutUint32(n.bytes[4:], uint32(len(t.long[last])))
	t.long[last] = append(t.long[last], name...)
	return number
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
