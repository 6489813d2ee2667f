package sim

import (
	"fmt"
	"strconv"
	"time"
)

// String says in a few words what happens in the world: who, and for how long.
func (s *Spec) String() string {
	subject := Subject{Name: s.Protocol, Bug: s.Bug}
	return fmt.Sprintf("%s, seed %d: %s, %s, %s, %s in %v", subject.title(), s.Seed, s.shape(), count(s.Clients.Count, "client"),
		count(s.Clients.Ops, "operation"), count(len(s.Faults), "fault"), s.Safety.Round(time.Millisecond))
}

func (s *Spec) shape() string {
	if s.Zones > 1 {
		return fmt.Sprintf("%dx%d nodes", s.Zones, s.Nodes)
	}
	return count(s.Nodes, "node")
}

// Conditions lists in words what happens to the members of the world, other
// than that its clients ask for something: what troubles them all the time, and
// the faults.
func (s *Spec) Conditions() []string {
	var list []string
	add := func(there bool, format string, args ...any) {
		if there {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	n := &s.Network
	add(n.WAN != "", "the zones are as far apart as in the wide-area network %s", n.WAN)
	add(s.Knobs.Quorum != "", "the quorums are %s", s.Knobs.Quorum)
	add(s.Knobs.Policy != "", "objects move by the policy %s", s.Knobs.Policy)
	add(s.Knobs.Lease > 0, "leases last %v, and allow for clocks that are wrong by %s", s.Knobs.Lease, percent(s.Knobs.ClockError))
	add(s.Knobs.Thrifty, "nobody is asked who is not needed")
	add(n.Loss > 0, "%s of the messages are lost", percent(n.Loss))
	add(n.Duplicate > 0, "%s of the messages arrive twice", percent(n.Duplicate))
	add(n.Tail > 0, "%s of the messages are late", percent(n.Tail))
	add(n.Lost > 0, "%s of the requests and replies of clients are lost", percent(n.Lost))
	add(s.Disk.Stall > 0, "%s of the syncs stall", percent(s.Disk.Stall))
	add(s.Step.Cost > 0, "each step of a member takes up to %v", s.Step.Cost)
	for _, f := range s.Faults {
		list = append(list, f.String())
	}
	for _, d := range s.Dead {
		list = append(list, fmt.Sprintf("%d is down for good when the faults end", d))
	}
	return list
}

func percent(p float64) string { return strconv.FormatFloat(100*p, 'g', 2, 64) + "%" }
