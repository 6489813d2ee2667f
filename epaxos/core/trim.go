package core

import "slices"

// What is dropped stays a dependency of all that is proposed later: an owner's
// proposals cover all below its base, so that they equal what others add who have
// not dropped it yet.

// Base returns, for each row, the number below which instances were dropped.
func (t *Table) Base() Deps {
	var base Deps
	for row := range t.rows {
		if b := t.rows[row].base; b > 0 {
			if base == nil {
				base = make(Deps, len(t.rows))
			}
			base[row] = b
		}
	}
	return base
}

// Executed returns, for each row, the number below which all is executed here.
func (t *Table) Executed() Deps {
	executed := make(Deps, len(t.rows))
	for row := range t.rows {
		r := &t.rows[row]
		for i := r.get(r.executed); i != nil && i.node.Executed(); i = r.get(r.executed) {
			r.executed++
		}
		executed[row] = r.executed
	}
	return executed
}

// Trim drops the instances below base. When that may be done is for package trim
// to say.
func (t *Table) Trim(base Deps) {
	executed := t.Executed()
	for row := range t.rows {
		r := &t.rows[row]
		upto := min(base.At(row), executed[row])
		if upto <= r.base {
			continue
		}
		n := upto - r.base
		for _, i := range r.instances[:n] {
			t.index.drop(i.touches, row, upto)
		}
		clear(r.instances[:n])
		r.instances = slices.Clip(r.instances[n:])
		r.base = upto
	}
}

// drop removes the instances of a row below upto from the histories of keys. A key
// without instances is forgotten.
func (x *index) drop(touches []access, row int, upto uint64) {
	for _, a := range touches {
		h := &a.key.rows[row]
		if n := h.from(upto, 0); n > 0 {
			h.entries = slices.Delete(h.entries, 0, n)
			h.done = max(0, h.done-n)
		}
		if !slices.ContainsFunc(a.key.rows, func(h history) bool { return len(h.entries) > 0 }) {
			delete(x.keys, a.key.name) // nobody points to it but what is dropped
		}
	}
}
