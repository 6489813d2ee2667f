package script

import (
	"cmp"
	"iter"
	"slices"

	"github.com/quorate/quorate"
)

// memory is the journal of one node: what is in it survives crashes.
type memory struct{ records []quorate.RecordOp } // ascending, see order

func newMemory() *memory { return &memory{} }

func order(a, b quorate.RecordOp) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Key.Scope, b.Key.Scope), cmp.Compare(a.Key.Number, b.Key.Number))
}

// Commit applies the ops in order.
func (m *memory) Commit(ops []quorate.RecordOp) error {
	for _, op := range ops {
		if op.Forget {
			m.records = slices.DeleteFunc(m.records, func(r quorate.RecordOp) bool {
				return r.Type == op.Type && r.Key.Scope == op.Key.Scope && r.Key.Number >= op.Key.Number && r.Key.Number < op.To
			})
			continue
		}
		op.Data = slices.Clone(op.Data)
		i, found := slices.BinarySearchFunc(m.records, op, order)
		if found {
			m.records[i] = op
		} else {
			m.records = slices.Insert(m.records, i, op)
		}
	}
	return nil
}

// Records yields a copy of each record.
func (m *memory) Records() iter.Seq2[quorate.RecordOp, error] {
	return func(yield func(quorate.RecordOp, error) bool) {
		for _, r := range m.records {
			r.Data = slices.Clone(r.Data)
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Close does nothing: the world keeps the journal for the next life.
func (m *memory) Close() error { return nil }
