package core

import (
	"slices"
	"sort"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/graph"
)

// access is one key that an instance touches.
type access struct {
	key   *key
	write bool
}

// index knows which instances touch a key.
type index struct {
	keys  map[string]*key // Table.Trim drops what is not needed
	rows  int
	stamp uint64 // of the footprint that was taken last
}

// key is looked up once for each command of an instance: instances point to it.
type key struct {
	name string
	tops []top // of each row: they are asked for far more often than the rest
	rows []history
	live int // entries in all rows

	stamp uint64 // of the footprint that has the key,
	at    int    // and where
}

// top is the first number above all instances of one row that write a key, that touch
// it.
type top struct{ writes, any uint64 }

// history lists the instances of one row that touch one key.
type history struct {
	entries []entry // in ascending order
	done    int     // those before are executed
}

// entry is an instance's number, and whether it writes the key as the last bit. There
// are many, most of them never looked at again, and without pointers among them.
type entry uint64

func (e entry) number() uint64 { return uint64(e) >> 1 }
func (e entry) write() bool    { return e&1 == 1 }

// footprint returns the keys that commands touch, each once. Two instances interfere
// if they touch a key in common and one of them writes it: reads interfere with
// writes only. Everything but a Get counts as a write. The caller adds an instance
// with these keys: one that nobody touches is not forgotten.
func (x *index) footprint(commands []quorate.Command) []access {
	found := make([]access, 0, len(commands))
	x.stamp++
	for i := range commands {
		c := &commands[i]
		if c.Op == quorate.OpNop {
			continue
		}
		k := x.keys[c.Key]
		if k == nil {
			k = &key{name: c.Key, tops: make([]top, x.rows), rows: make([]history, x.rows)}
			x.keys[c.Key] = k
		}
		if k.stamp != x.stamp {
			k.stamp, k.at = x.stamp, len(found)
			found = append(found, access{key: k})
		}
		a := &found[k.at]
		a.write = a.write || c.Op != quorate.OpGet
	}
	return found
}

// add enters an instance whose commands became known.
func (x *index) add(i *Instance) {
	for _, a := range i.touches {
		a.key.add(int(i.ID.Row), i.ID.Number, a.write)
	}
}

func (k *key) add(row int, n uint64, write bool) {
	e, t, h := entry(n<<1), &k.tops[row], &k.rows[row]
	if write {
		e |= 1
		t.writes = max(t.writes, n+1)
	}
	k.live++
	if n >= t.any { // as most are, and the end of the list is not at hand
		t.any = n + 1
		h.entries = append(h.entries, e)
		return
	}
	at := h.from(n, 0)
	h.entries = slices.Insert(h.entries, at, e)
	h.done = min(h.done, at)
}

// from returns the position of the first entry that is not below number, nor
// before least.
func (h *history) from(number uint64, least int) int {
	n := len(h.entries)
	if n <= least || h.entries[n-1].number() < number {
		return n
	}
	return least + sort.Search(n-least, func(i int) bool { return h.entries[least+i].number() >= number })
}

// addTo adds to d what interferes with an access to k, of all that is known.
func (k *key) addTo(d Deps, write bool) {
	for row := range k.tops {
		t := &k.tops[row]
		upto := t.writes
		if write {
			upto = t.any
		}
		d[row] = max(d[row], upto)
	}
}

// beyond calls f for each instance that interferes with accesses and is not
// among d; more than once if it shares several keys.
func (t *Table) beyond(touches []access, d Deps, f func(*Instance)) {
	for _, a := range touches {
		for row := range a.key.rows {
			h := &a.key.rows[row]
			for _, e := range h.entries[h.from(d.At(row), 0):] {
				if e.write() || a.write {
					f(t.rows[row].get(e.number()))
				}
			}
		}
	}
}

// below appends to dst instances that i depends on: enough of them that all others
// which are not executed can be reached through their dependencies. An instance
// that writes the key depends on all that interfere and are below it in its row,
// if it says so. Most depend only on what is executed long since, whatever the keys.
func (t *Table) below(dst []*graph.Node[*Instance], i *Instance) []*graph.Node[*Instance] {
	for row := range t.rows {
		r := &t.rows[row]
		upto := i.Deps.At(row)
		if upto <= r.advanceExecuted() {
			continue
		}
		for _, a := range i.touches {
			h := &a.key.rows[row]
			h.done = h.from(r.executed, h.done)
			for h.done < len(h.entries) && r.get(h.entries[h.done].number()).node.Executed() {
				h.done++
			}
			for at := h.from(upto, h.done) - 1; at >= h.done; at-- {
				e := h.entries[at]
				if !e.write() && !a.write {
					continue
				}
				of := r.get(e.number())
				if of != i && !of.node.Executed() {
					dst = append(dst, &of.node)
				}
				if e.write() && of.reaches(row) && (row != int(i.ID.Row) || e.number() < i.ID.Number) {
					break // those below i must not rely on each other through those above it
				}
			}
		}
	}
	return dst
}

// reaches reports whether i is known to depend on all that interfere and lie below it
// in its row. What it will be committed with is not known before.
func (i *Instance) reaches(row int) bool {
	return i.Phase == Committed && i.Deps.At(row) >= i.ID.Number
}
