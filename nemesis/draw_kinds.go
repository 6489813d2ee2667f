package nemesis

import (
	"fmt"
	"slices"
	"time"
)

// fault draws a fault of the given kind.
func (s *schedule) fault(k Kind, at time.Duration) Fault {
	if k == Partition {
		return s.partition(at)
	}
	if k == RotDisk || k == LoseDisk {
		return s.destroy(k, at)
	}
	return s.measured(Fault{Kind: k, At: at, For: s.length(), Nodes: s.nodes()})
}

// measured draws how bad the fault is.
func (s *schedule) measured(f Fault) Fault {
	switch f.Kind {
	case Crash:
		f.Torn = pick(s, []Remains{Nothing, All, Torn})
	case Loss, Duplicate:
		f.Amount = float64(1+s.rng.IntN(50)) / 100
	case Delay:
		f.Extra = s.between(s.Election/100, 2*s.Election)
	case Slow:
		f.Extra = s.between(s.Election/1000, s.Election/10)
	case SlowDisk:
		f.Extra = s.between(s.Election/50, 2*s.Election)
	case Jump:
		f.Extra = s.sign() * s.between(time.Millisecond, 2*time.Second)
		if s.chance(2) {
			f.For = s.Span // as long as there are faults
		}
	case Drift:
		most := 50 // in a thousand
		if s.chance(10) {
			most = 500
		}
		f.Amount = float64(int(s.sign())*(1+s.rng.IntN(most))) / 1000
	}
	return f
}

// partition draws a partition that any member may be the victim of. Some come
// and go.
func (s *schedule) partition(at time.Duration) Fault {
	f := Fault{Kind: Partition, At: at, For: s.length()}
	shapes := slices.DeleteFunc(ShapesOf(s.Cluster), func(name string) bool {
		return name == ShapeShunned || name == ShapeMuffled // those are for leases and for owners
	})
	if len(shapes) == 0 {
		return f // of a single member, which add does not take
	}
	f.Shape = pick(s, shapes)
	grudge, err := Cut(f.Shape, s.Cluster, s.rng)
	if err != nil {
		panic(fmt.Sprintf("draw a partition: %v", err)) // it fits the cluster
	}
	f.Grudge = grudge
	if s.chance(6) {
		f.Flap = max(s.between(s.Election/10, s.Election), shortestFlap)
	}
	return f
}

// destroy draws the loss of a disk that may be lost, at a time, or when its
// owner writes or wins; a slow disk once all of those are.
func (s *schedule) destroy(k Kind, at time.Duration) Fault {
	if len(s.victims) == 0 {
		return s.fault(SlowDisk, at)
	}
	victim := s.victims[0]
	if !s.Return || s.chance(2) {
		s.victims = s.victims[1:]
	}
	f := Fault{Kind: k, At: at, For: s.length(), Nodes: []int{victim}}
	switch s.rng.IntN(4) {
	case 0:
		f.After = &Trigger{On: OnElected, Node: victim, Nth: 1}
	case 1:
		f.After = &Trigger{On: OnFlush, Node: victim, Nth: s.nth(100)}
	}
	return f
}

// loseDisks adds losses of disks whose owners come back: of one, or of as many as
// may be lost at a time.
func (s *schedule) loseDisks() {
	if len(s.lossy) == 0 {
		s.lossy = s.rng.Perm(s.Cluster.Size())[:1+s.rng.IntN(min(s.Lossy, s.Cluster.Size()))]
	}
	s.victims = s.lossy
	for range 1 + s.rng.IntN(3) {
		s.add(s.destroy(LoseDisk, s.restless()))
	}
}

// length draws how long a fault lasts: not long enough for an election, or long
// enough for one, and perhaps for several.
func (s *schedule) length() time.Duration {
	if s.chance(2) {
		return s.between(s.Election/20, s.Election/2)
	}
	return s.between(s.Election, 4*s.Election)
}

// nodes draws the victims of a fault: mostly one, at times several or all.
func (s *schedule) nodes() []int {
	n, count := s.Cluster.Size(), 1
	if s.chance(3) {
		count = 1 + s.rng.IntN(n)
	}
	some := s.rng.Perm(n)[:count]
	slices.Sort(some)
	return some
}

// nth draws a number from 1 to most, small ones more often.
func (s *schedule) nth(most int) int {
	return 1 + s.rng.IntN(1+s.rng.IntN(most))
}

// sign draws 1 or -1.
func (s *schedule) sign() time.Duration { return time.Duration(2*s.rng.IntN(2) - 1) }
