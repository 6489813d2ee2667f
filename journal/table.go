package journal

import (
	"slices"

	"github.com/quorate/quorate/internal/names"
)

// table holds the records of one type by scope. There may be a million scopes with
// one record each, so that they are in few and large pieces.
type table struct {
	rows  *names.Table[row]
	empty int // rows without records: compact drops them when most are
}

// few is how many empty rows are not worth a look at all others.
const few = 4096

func newTable() *table { return &table{rows: names.New[row]()} }

// row returns the row of a scope, nil if there is none.
func (t *table) row(scope string) *row {
	if number := t.rows.Find(scope); number >= 0 {
		return t.rows.At(number)
	}
	return nil
}

// put stores data and returns what was there, as [row.put].
func (t *table) put(scope string, number uint64, data []byte) (old []byte, replaced bool) {
	before := t.rows.Len()
	r := t.rows.At(t.rows.Put(scope))
	if t.rows.Len() == before && len(r.entries) == 0 {
		t.empty--
	}
	return r.put(number, data)
}

// forget drops records of a scope, as [row.forget].
func (t *table) forget(scope string, from, to uint64, drop func(data []byte)) int {
	r := t.row(scope)
	if r == nil || len(r.entries) == 0 {
		return 0
	}
	n := r.forget(from, to, drop)
	if len(r.entries) == 0 {
		r.entries = nil
		if t.empty++; t.empty > few && t.empty > t.rows.Len()*3/4 {
			t.compact()
		}
	}
	return n
}

// compact drops the rows without records.
func (t *table) compact() {
	old := t.rows
	*t = *newTable()
	for number := range old.Len() {
		from := old.At(number)
		if len(from.entries) == 0 {
			continue
		}
		to := t.rows.At(t.rows.Put(old.Name(number)))
		if to.entries = from.entries; len(from.entries) == 1 {
			to.entries = append(to.one[:0], from.entries...)
		}
	}
}

// scopes returns the scopes that have records, in ascending order.
func (t *table) scopes() (scopes []string) {
	for number := range t.rows.Len() {
		if len(t.rows.At(number).entries) > 0 {
			scopes = append(scopes, t.rows.Name(number))
		}
	}
	slices.Sort(scopes)
	return scopes
}
