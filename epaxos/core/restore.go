package core

// After a restart the durable parts come back: the base first, then the owners' parts
// of instances, then votes. Nothing is known or ordered until all are there: see
// [Table.Restored].

// RestoreBase says what was dropped, and what the floor is.
func (t *Table) RestoreBase(base, floor Deps) {
	t.floor = floor.Union(base)
	for row := range t.rows {
		r := &t.rows[row]
		r.base = base.At(row)
		r.known, r.executed = r.base, r.base
	}
}

// RestoreOrigin puts the owner's part of an instance back, with the vote of that time.
func (t *Table) RestoreOrigin(id ID, o Origin, v Vote) {
	if id.Number < t.rows[id.Row].base {
		return // it was dropped, and its record is about to be
	}
	i := t.at(id)
	i.Initial, i.InitDeps = o.Initial, o.InitDeps
	if len(o.Commands) > 0 {
		i.Commands, i.touches = o.Commands, t.index.footprint(o.Commands)
		t.index.add(i)
	}
	t.RestoreVote(id, v)
}

// RestoreVote puts the replica's part of an instance back, after the owner's: it may
// have been written later.
func (t *Table) RestoreVote(id ID, v Vote) {
	if id.Number < t.rows[id.Row].base {
		return
	}
	i := t.at(id)
	i.Promised, i.Voted, i.Phase, i.Nop, i.Deps = v.Promised, v.Voted, v.Phase, v.Nop, v.Deps
	i.apart = true
}

// Restored says that everything is back. What is committed is executed anew.
func (t *Table) Restored() {
	for row := range t.rows {
		r := &t.rows[row]
		r.advance()
		for _, i := range r.instances {
			if i != nil && i.Phase == Committed {
				t.Order(i)
			}
		}
	}
}
