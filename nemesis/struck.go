package nemesis

import (
	"time"

	"github.com/quorate/quorate"
)

// Struck returns the fault as it strikes a cluster of n members, at the given
// time, because its trigger fired at the given member: the trigger is gone,
// Nodes that were left open are that member, and a partition that is about
// Nodes has its Grudge. For a fault without a trigger the member does not matter.
func (f Fault) Struck(n, node int, at time.Duration) Fault {
	if len(f.Nodes) == 0 && f.After != nil {
		f.Nodes = []int{node}
	}
	if f.Kind == Partition && len(f.Grudge) == 0 {
		f.Grudge = f.aimed()(n, quorate.SetOf(f.Nodes...))
	}
	f.At, f.After = at, nil
	return f
}

// aimed returns what makes a grudge of Nodes, nil for a shape that is not about
// given members.
func (f Fault) aimed() func(n int, nodes quorate.Set) []quorate.Set {
	switch f.Shape {
	case ShapeIsolate:
		return Isolate
	case ShapeDeaf:
		return Deaf
	case ShapeMute:
		return Mute
	case ShapeCompany:
		return company
	case ShapeShunned:
		return shunned
	}
	return nil
}
