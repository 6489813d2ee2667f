package nemesis

import (
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// zones strikes whole zones, where there are several: with faults of those groups
// that are on.
func (s *schedule) zones(on []Group) {
	var ways []func(*schedule)
	if slices.Contains(on, GroupCrash) {
		ways = append(ways, (*schedule).loseZone, (*schedule).loseZone)
	}
	if slices.Contains(on, GroupPartition) {
		ways = append(ways, (*schedule).cutZones, (*schedule).cutZones)
	}
	if len(ways) == 0 {
		return
	}
	for range 1 + s.rng.IntN(3) {
		pick(s, ways)(s)
	}
}

// outage draws how long a zone is away: shorter or longer than others wait for it.
func (s *schedule) outage() time.Duration { return s.between(s.Election/2, 12*s.Election) }

// loseZone crashes all members of a zone at once. They come back together or one
// by one, each with what its disk has kept.
func (s *schedule) loseZone() {
	at, length, away := s.restless(), s.outage(), members(someZones(s.Cluster, 1, s.rng))
	if s.chance(2) {
		s.add(s.measured(Fault{Kind: Crash, At: at, For: length, Nodes: away}))
		return
	}
	for _, i := range away {
		s.add(s.measured(Fault{Kind: Crash, At: at, For: length, Nodes: []int{i}}))
		length += s.between(s.Election/20, 2*s.Election)
	}
}

// cutZones cuts a zone off, or lets it hear without being heard or the other way
// round, or leaves two sides. Some of it comes and goes.
func (s *schedule) cutZones() {
	f := Fault{Kind: Partition, Shape: pick(s, []string{"zone", "zone", "zones", ShapeZoneMute, ShapeZoneDeaf}), At: s.restless(), For: s.outage()}
	grudge, err := Cut(f.Shape, s.Cluster, s.rng)
	if err != nil {
		panic(err) // there are two zones
	}
	f.Grudge = grudge
	if s.chance(3) {
		f.Flap = max(s.between(s.Election/4, 3*s.Election), shortestFlap)
	}
	s.add(f)
}

// members returns those of a set, in order.
func members(set quorate.Set) []int {
	list := make([]int, 0, set.Len())
	for ; set != 0; set = set.Remove(set.Lowest()) {
		list = append(list, set.Lowest())
	}
	return list
}
