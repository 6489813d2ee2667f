package core

import (
	"slices"

	"github.com/quorate/quorate/epaxos/graph"
)

// A replica may drop what it still has to tell about: which of the instances that
// it pre-accepts come after what it dropped. So before that it raises its floor, and
// from then on whatever it pre-accepts depends on all that is below. What its owner
// proposed with fewer dependencies was pre-accepted by others before they raised
// theirs, or not at all. Package trim has the rest of the argument.

// Floor returns, for each row, the number below which instances are dependencies of
// all that is pre-accepted here.
func (t *Table) Floor() Deps { return t.floor }

// Raise raises the floor. It must be durable before an answer that has it leaves.
func (t *Table) Raise(floor Deps) { t.floor = t.floor.Union(floor) }

// Cover adds floors that others have, or are about to have, to what is proposed
// here: who adds nothing to a proposal can be of its fast quorum.
func (t *Table) Cover(floors Deps) { t.cover = t.cover.Union(floors) }

// lost returns a conflict if something was dropped that deps does not cover. Whoever
// was of a fast quorum with such dependencies had pre-accepted the instance before it
// raised its floor; then this replica would have executed it.
func (t *Table) lost(deps Deps) []Conflict {
	for row := range t.rows {
		if base := t.rows[row].base; base > deps.At(row) {
			return []Conflict{{ID{uint8(row), base - 1}, true}}
		}
	}
	return nil
}

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
		executed[row] = t.rows[row].advanceExecuted()
	}
	return executed
}

// Trim drops the instances below base. When that may be done is for package trim
// to say.
func (t *Table) Trim(base Deps) {
	executed := t.Executed()
	for row := range t.rows {
		t.cut(row, min(base.At(row), executed[row]))
	}
}

// cut drops the instances of a row below upto.
func (t *Table) cut(row int, upto uint64) {
	r := &t.rows[row]
	if upto <= r.base {
		return
	}
	n := min(upto, r.end()) - r.base
	for _, i := range r.instances[:n] {
		if i != nil {
			t.index.drop(i.touches, row, upto)
		}
	}
	clear(r.instances[:n])
	r.instances = slices.Clip(r.instances[n:])
	r.base = upto
	r.known, r.executed = max(r.known, upto), max(r.executed, upto)
}

// Lacks reports whether something below base is not committed here.
func (t *Table) Lacks(base Deps) bool { return len(t.Missing(base, 1)) > 0 }

// Missing returns what is not committed here of the instances below upto, at most limit
// in each row, in order.
func (t *Table) Missing(upto Deps, limit int) (ids []ID) {
	for row, number := range t.Executed() {
		for found := 0; found < limit && number < upto.At(row); number++ {
			if i := t.rows[row].get(number); i == nil || i.Phase != Committed {
				ids = append(ids, ID{uint8(row), number})
				found++
			}
		}
	}
	return ids
}

// Install says that the states are others' now: they include all below base, and
// perhaps more, but not all that this replica has executed. What is below base is
// dropped, the rest is executed again.
func (t *Table) Install(base Deps) {
	t.Raise(base)
	t.newGraph()
	for _, k := range t.index.keys { // unordered: each by itself
		for row := range k.rows {
			k.rows[row].done = 0
		}
	}
	for row := range t.rows {
		r := &t.rows[row]
		for _, i := range r.instances {
			if i == nil {
				continue
			}
			i.again = i.node.Committed()
			i.node = graph.Node[*Instance]{Value: i}
			if i.ID.Number < base.At(row) {
				t.graph.Execute(&i.node) // for whoever has it in hand
			}
		}
		t.cut(row, base.At(row))
		r.executed = r.base
		r.advance()
	}
	for row := range t.rows {
		for _, i := range t.rows[row].instances {
			if i != nil && i.again {
				t.Order(i)
			}
		}
	}
}

// drop removes the instances of a row below upto from the histories of keys. A key
// without instances is forgotten. No instance is left that points to it, and would miss
// those that come to touch a new key of the same name: whoever points to a key is in its
// histories from the step in which it came to point there (learn, RestoreOrigin) until
// it is dropped itself, for what leaves a history here is below upto and so is all that
// cut drops. But a key is forgotten once for each instance of those dropped that touches
// it, so what is forgotten may not be kept for other keys: one would come to be two.
func (x *index) drop(touches []access, row int, upto uint64) {
	for _, a := range touches {
		h := &a.key.rows[row]
		if n := h.from(upto, 0); n > 0 {
			h.entries = slices.Delete(h.entries, 0, n)
			h.done = max(0, h.done-n)
			a.key.live -= n
		}
		if a.key.live == 0 {
			delete(x.keys, a.key.name) // maybe again
		}
	}
}
