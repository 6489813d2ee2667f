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

// Fire runs an armed timer before or after its time: the one with the given name
// that is due first. It reports false if there is none. It is for model checkers,
// in whose worlds no clock says when a timer runs.
func (n *Node) Fire(now time.Duration, name string) bool {
	if n.err != nil || !n.started {
		return false
	}
	var first *Timer
	for i, t := range n.timers {
		if t.name == name && (first == nil || n.timers.less(i, first.pos)) {
			first = t
		}
	}
	if first == nil {
		return false
	}
	n.now = now
	n.timers.remove(first.pos)
	n.Observe(TimerFired{name})
	first.f()
	return true
}

// DecodeRecord returns the record that op stores, a struct of a type known to
// [Recover] on this node. It is for tests and traces.
func (n *Node) DecodeRecord(op RecordOp) (any, error) {
	if r, ok := n.recoverers[op.Type]; ok {
		return r.kind.Decode(op.Data)
	}
	return nil, fmt.Errorf("node %v: no recovery is registered for records of type %s", n.cfg.ID, op.Type)
}

// Retime moves the deadlines of the armed timers with the given name, and reports
// whether there are any. It is for scripted worlds, in which no clock decides who
// stands for election.
func (n *Node) Retime(name string, due time.Duration) bool {
	found := false
	for i := 0; i < len(n.timers); i++ {
		t := n.timers[i]
		if t.name != name {
			continue
		}
		found = true
		if t.due != due {
			t.due = due
			n.timers.fix(i)
			i = -1 // others have moved, too
		}
	}
	return found
}
