package core

import (
	"slices"
	"sort"

	"github.com/quorate/quorate"
)

// access is one key that an instance touches.
type access struct {
	key   string
	write bool
}

// Footprint: the keys that commands touch, each once. Two instances interfere if
// they touch a key in common and one of them writes it: reads interfere with
// writes only. Everything but a Get counts as a write.
func footprint(commands []quorate.Command) []access {
	var found []access
	seen := map[string]int{} // worth it from some ten commands on
	for i := range commands {
		c := &commands[i]
		if c.Op == quorate.OpNop {
			continue
		}
		write := c.Op != quorate.OpGet
		at := -1
		if len(commands) <= 8 {
			at = slices.IndexFunc(found, func(a access) bool { return a.key == c.Key })
		} else if j, ok := seen[c.Key]; ok {
			at = j
		}
		if at >= 0 {
			found[at].write = found[at].write || write
			continue
		}
		if len(commands) > 8 {
			seen[c.Key] = len(found)
		}
		found = append(found, access{c.Key, write})
	}
	return found
}

// index knows which instances touch a key.
type index struct {
	keys map[string][]history // for each row; Table.Trim drops what is not needed
}

// history lists the instances of one row that touch one key.
type history struct {
	writes, any uint64  // first number above all that write it, that touch it
	entries     []entry // in ascending order
	done        int     // those before are executed
}

type entry struct {
	of    *Instance
	write bool
}

// covers reports whether the instance is known to depend on all that touch the key
// and lie below it in its row. What it will be committed with is not known before.
func (e entry) covers(row int) bool {
	return e.write && e.of.Phase == Committed && e.of.Deps.At(row) >= e.of.ID.Number
}

// add enters an instance whose commands became known.
func (x *index) add(rows int, i *Instance) {
	for _, a := range i.touches {
		hs := x.keys[a.key]
		if hs == nil {
			hs = make([]history, rows)
			x.keys[a.key] = hs
		}
		hs[i.ID.Row].add(entry{i, a.write})
	}
}

func (h *history) add(e entry) {
	n := e.of.ID.Number
	h.any = max(h.any, n+1)
	if e.write {
		h.writes = max(h.writes, n+1)
	}
	at := h.from(n)
	h.entries = slices.Insert(h.entries, at, e)
	h.done = min(h.done, at)
}

// from returns the position of the first entry that is not below number.
func (h *history) from(number uint64) int {
	n := len(h.entries)
	if n == 0 || h.entries[n-1].of.ID.Number < number {
		return n
	}
	return sort.Search(n, func(i int) bool { return h.entries[i].of.ID.Number >= number })
}

// deps returns what interferes with accesses, of all that is known.
func (x *index) deps(rows int, touches []access) Deps {
	var d Deps
	for _, a := range touches {
		for row := range x.keys[a.key] {
			h := &x.keys[a.key][row]
			upto := h.any
			if !a.write {
				upto = h.writes
			}
			if upto == 0 {
				continue
			}
			if d == nil {
				d = make(Deps, rows)
			}
			d[row] = max(d[row], upto)
		}
	}
	return d
}

// beyond calls f for each instance that interferes with accesses and is not
// among d; more than once if it shares several keys.
func (x *index) beyond(touches []access, d Deps, f func(*Instance)) {
	for _, a := range touches {
		for row := range x.keys[a.key] {
			h := &x.keys[a.key][row]
			for _, e := range h.entries[h.from(d.At(row)):] {
				if e.write || a.write {
					f(e.of)
				}
			}
		}
	}
}

// below calls f for instances that i depends on: for enough of them that all
// others which are not executed can be reached through their dependencies. An
// instance that writes the key depends on all that interfere and are below it in
// its row, if it says so.
func (x *index) below(i *Instance, f func(*Instance)) {
	for _, a := range i.touches {
		for row := range x.keys[a.key] {
			h := &x.keys[a.key][row]
			for h.done < len(h.entries) && h.entries[h.done].of.node.Executed() {
				h.done++
			}
			for at := h.from(i.Deps.At(row)) - 1; at >= h.done; at-- {
				e := h.entries[at]
				if !e.write && !a.write {
					continue
				}
				if !e.of.node.Executed() {
					f(e.of)
				}
				if e.covers(row) && (row != int(i.ID.Row) || e.of.ID.Number < i.ID.Number) {
					break // those below i must not rely on each other through those above it
				}
			}
		}
	}
}
