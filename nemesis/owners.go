package nemesis

import (
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// proposal is what a member sends that proposes on its own.
const proposal = "PreAccept"

// owners strikes members that propose on their own, where there are such: few hear
// what one proposes, and then it is gone, so that the others must find out whether
// it has decided. Now and then two are gone at once, each heard by others.
func (s *schedule) owners() {
	for range 1 + s.rng.IntN(4) {
		at, order := s.restless(), s.rng.Perm(s.Cluster.Size())
		s.fewHear(order[0], at)
		if s.chance(2) {
			s.fewHear(order[1], at)
		}
	}
}

// fewHear keeps what x proposes from all but a few of the others. Right after
// that, or when it tells what it has decided, it crashes or is cut off, for longer
// than the others wait.
func (s *schedule) fewHear(x int, at time.Duration) {
	trigger := &Trigger{On: OnSend(proposal), Node: x, Nth: s.nth(5)}
	s.add(Fault{Kind: Partition, Shape: ShapeMuffled, Grudge: muffled(s.Cluster.Size(), x, s.rng), At: at, For: s.between(s.Election/5, 2*s.Election), After: trigger})
	end := Fault{Kind: Crash, Torn: pick(s, []Remains{Nothing, All, Torn}), Nodes: []int{x}}
	if !slices.Contains(s.Groups, GroupCrash) || s.chance(2) {
		end = Fault{Kind: Partition, Shape: ShapeIsolate, Grudge: Isolate(s.Cluster.Size(), quorate.SetOf(x))}
	}
	end.At, end.For = at, s.between(4*s.Election, 16*s.Election)
	end.After = &Trigger{On: trigger.On, Node: x, Nth: trigger.Nth}
	if s.chance(2) {
		end.After = &Trigger{On: OnSend("Commit"), Node: x, Nth: trigger.Nth}
	}
	s.add(end)
}
