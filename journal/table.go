package journal

import (
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/names"
)

// table holds the records by scope. There may be a million scopes with one record or
// two each, so that they are in few and large pieces, and the records of all types of
// a scope together: whoever writes one writes another, and finds it in the cache.
type table struct {
	types []string // by number
	rows  *names.Table[row]
	empty int // rows without records: compact drops them when most are

	ahead   []string // scratch of foresee
	touched uint64
}

// row holds the records of one scope.
type row struct {
	live  int // runs with records
	first [2]run
	more  []*run // where there are records of more types
}

// few is how many empty rows are not worth a look at all others.
const few = 2048

func newTable() *table { return &table{rows: names.New[row]()} }

// number returns the number of a type, of which there are a handful; -1 if there is
// none.
func (t *table) number(typ string) int { return slices.Index(t.types, typ) }

// find returns the records of a type, nil if there are none.
func (r *row) find(typ int) *run {
	for at := range r.first {
		if o := &r.first[at]; o.typ == typ && len(o.entries) > 0 {
			return o
		}
	}
	for _, o := range r.more {
		if o.typ == typ && len(o.entries) > 0 {
			return o
		}
	}
	return nil
}

// free returns a run without records, for a type.
func (r *row) free(typ int) *run {
	for at := range r.first {
		if o := &r.first[at]; len(o.entries) == 0 {
			o.typ = typ
			return o
		}
	}
	for _, o := range r.more {
		if len(o.entries) == 0 {
			o.typ = typ
			return o
		}
	}
	r.more = append(r.more, &run{typ: typ})
	return r.more[len(r.more)-1]
}

// foresee looks for the scopes of a batch all at once, and at what is kept of each: the
// processor waits for memory once, where it would wait for each.
func (t *table) foresee(ops []quorate.RecordOp) {
	clear(t.ahead)
	t.ahead = t.ahead[:0]
	for i := range ops {
		if scope := ops[i].Key.Scope; i == 0 || scope != ops[i-1].Key.Scope {
			t.ahead = append(t.ahead, scope)
		}
	}
	if len(t.ahead) < 2 {
		return
	}
	for _, number := range t.rows.Foresee(t.ahead) {
		if number >= 0 {
			r := t.rows.At(number)
			t.touched += r.first[0].one[0].number + uint64(r.first[1].typ+len(r.more))
		}
	}
}

// put stores data and returns what was there, as [run.put].
func (t *table) put(typ, scope string, number uint64, data []byte) (old []byte, replaced bool) {
	of := t.number(typ)
	if of < 0 {
		of = len(t.types)
		t.types = append(t.types, typ)
	}
	before := t.rows.Len()
	r := t.rows.At(t.rows.Put(scope))
	o := r.find(of)
	if o == nil {
		if r.live == 0 && t.rows.Len() == before {
			t.empty--
		}
		r.live++
		o = r.free(of)
	}
	return o.put(number, data)
}

// forget drops records, as [run.forget].
func (t *table) forget(typ, scope string, from, to uint64, drop func(data []byte)) int {
	at := t.rows.Find(scope)
	if at < 0 {
		return 0
	}
	r := t.rows.At(at)
	o := r.find(t.number(typ))
	if o == nil {
		return 0
	}
	n := o.forget(from, to, drop)
	if len(o.entries) > 0 {
		return n
	}
	o.entries = nil
	if r.live--; r.live == 0 {
		r.more = nil
		if t.empty++; t.empty > few && t.empty > t.rows.Len()*3/4 {
			t.compact()
		}
	}
	return n
}

// compact drops the rows without records.
func (t *table) compact() {
	old := t.rows
	t.rows, t.empty = names.New[row](), 0
	for number := range old.Len() {
		from := old.At(number)
		if from.live == 0 {
			continue
		}
		to := t.rows.At(t.rows.Put(old.Name(number)))
		*to = *from
		for at := range to.first {
			if o := &to.first[at]; len(o.entries) == 1 { // not in the room of the old one
				o.entries = append(o.one[:0], o.entries...)
			}
		}
	}
}

// scopes returns the scopes that have records, in ascending order.
func (t *table) scopes() (scopes []string) {
	for number := range t.rows.Len() {
		if t.rows.At(number).live > 0 {
			scopes = append(scopes, t.rows.Name(number))
		}
	}
	slices.Sort(scopes)
	return scopes
}

// each calls f for all records, in ascending order of type, scope and number.
func (t *table) each(f func(typ, scope string, e entry)) {
	scopes := t.scopes()
	for _, typ := range slices.Sorted(slices.Values(t.types)) {
		of := t.number(typ)
		for _, scope := range scopes {
			if o := t.rows.At(t.rows.Find(scope)).find(of); o != nil {
				for _, e := range o.entries {
					f(typ, scope, e)
				}
			}
		}
	}
}
