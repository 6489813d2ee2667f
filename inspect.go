package quorate

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Timers yields the name and the deadline of every armed timer in the order in
// which they fire. It is for tests and traces; a replica does not see it.
func (n *Node) Timers() iter.Seq2[string, time.Duration] {
	armed := slices.Clone(n.timers)
	slices.SortFunc(armed, func(a, b *Timer) int {
		return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.seq, b.seq))
	})
	return func(yield func(string, time.Duration) bool) {
		for _, t := range armed {
			if !yield(t.name, t.due) {
				return
			}
		}
	}
}

// DecodeRecord returns the record that op stores, a struct of a type known to
// [Recover] on this node. It is for tests and traces.
func (n *Node) DecodeRecord(op RecordOp) (any, error) {
	if r, ok := n.recoverers[op.Type]; ok {
		return r.kind.Decode(op.Data)
	}
	return nil, fmt.Errorf("node %v: no recovery is registered for records of type %s", n.cfg.ID, op.Type)
}
