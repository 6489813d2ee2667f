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
	rows []history

	stamp uint64 // of the footprint that has the key,
	at    int    // and where
}

// history lists the instances of one row that touch one key.
type history struct {
	writes, any uint64  // first number above all that write it, that touch it
	entries     []entry // in ascending order
	done        int     // those before are executed
}

// entry is an instance with its number, so that a search need not look at others.
type entry struct {
	of   *Instance
	bits uint64 // the number, and whether it writes the key as the last bit
}

func (e entry) number() uint64 { return e.bits >> 1 }
func (e entry) write() bool    { return e.bits&1 == 1 }

// covers reports whether the instance is known to depend on all that touch the key
// and lie below it in its row. What it will be committed with is not known before.
func (e entry) covers(row int) bool {
	return e.write() && e.of.Phase == Committed && e.of.Deps.At(row) >= e.number()
}

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
			k = &key{name: c.Key, rows: make([]history, x.rows)}
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
		a.key.rows[i.ID.Row].add(i, a.write)
	}
}

func (h *history) add(i *Instance, write bool) {
	n := i.ID.Number
	e := entry{of: i, bits: n << 1}
	h.any = max(h.any, n+1)
	if write {
		e.bits |= 1
		h.writes = max(h.writes, n+1)
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
	for row := range k.rows {
		h := &k.rows[row]
		upto := h.writes
		if write {
			upto = h.any
		}
		d[row] = max(d[row], upto)
	}
}

// beyond calls f for each instance that interferes with accesses and is not
// among d; more than once if it shares several keys.
func (x *index) beyond(touches []access, d Deps, f func(*Instance)) {
	for _, a := range touches {
		for row := range a.key.rows {
			h := &a.key.rows[row]
			for _, e := range h.entries[h.from(d.At(row), 0):] {
				if e.write() || a.write {
					f(e.of)
				}
			}
		}
	}
}

// below appends to dst instances that i depends on: enough of them that all others
// which are not executed can be reached through their dependencies. An instance
// that writes the key depends on all that interfere and are below it in its row,
// if it says so.
func (x *index) below(dst []*graph.Node[*Instance], i *Instance) []*graph.Node[*Instance] {
	for _, a := range i.touches {
		for row := range a.key.rows {
			h := &a.key.rows[row]
			for h.done < len(h.entries) && h.entries[h.done].of.node.Executed() {
				h.done++
			}
			for at := h.from(i.Deps.At(row), h.done) - 1; at >= h.done; at-- {
				e := h.entries[at]
				if !e.write() && !a.write {
					continue
				}
				if e.of != i && !e.of.node.Executed() {
					dst = append(dst, &e.of.node)
				}
				if e.covers(row) && (row != int(i.ID.Row) || e.number() < i.ID.Number) {
					break // those below i must not rely on each other through those above it
				}
			}
		}
	}
	return dst
}
