package nemesis

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// Draw says what faults a world may have. Its schedules differ as much as they
// can: a world with every fault at once hides what a world with few of them
// shows, because one fault keeps another from mattering. So each seed leaves
// some out (swarm testing: Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012),
// and draws how many there are of the rest.
type Draw struct {
	Groups  []Group // that may be on; see [ParseGroups]
	Cluster *quorate.Cluster
	Span    time.Duration // faults begin and end within it
	// Election is about how long a cluster takes to replace a leader. Faults
	// are shorter or longer than that, because it makes a difference. Zero is
	// a twentieth of Span.
	Election time.Duration
	// Messages are the names of the message types whose sending may trigger a
	// fault, as in [OnSend].
	Messages []string
	// Lossy is how many members may lose their disks, by damage or altogether.
	// More than the protocol tolerates prove nothing.
	Lossy int
	// Return says that such members come back: they may lose their disks again.
	// Otherwise they stay out for good.
	Return bool
	// Leases says that leaders hold leases, which allow for clocks whose rates are
	// wrong by ClockError at most: so wrong they are then, and no clock jumps.
	Leases     bool
	ClockError float64
}

// Schedule draws a schedule: valid faults, by time. They do not depend on each
// other: any subset of them is a schedule, too. Equal generators draw equal
// schedules.
func (d Draw) Schedule(rng *rand.Rand) []Fault {
	if len(d.Groups) == 0 || d.Span <= 0 {
		return nil
	}
	d.Election = max(cmp.Or(d.Election, d.Span/20), tick)
	s := &schedule{Draw: d, rng: rng}
	s.lossy = rng.Perm(d.Cluster.Size())[:rng.IntN(min(d.Lossy, d.Cluster.Size())+1)]
	s.victims = s.lossy
	s.drawCalm()
	on, alone := s.swarm()
	for _, g := range on {
		s.group(g)
	}
	if !alone && slices.Contains(d.Groups, GroupLoss) && slices.Contains(d.Groups, GroupPartition) && !s.chance(5) {
		s.drama()
	}
	if !alone && slices.Contains(d.Groups, GroupClock) && slices.Contains(d.Groups, GroupPartition) && s.chance(2) {
		s.lingeringLeaders()
	}
	if slices.Contains(on, GroupCrash) && s.chance(2) {
		s.crashTrimmed()
	}
	if s.Return && s.Lossy > 0 && slices.Contains(d.Groups, GroupDisk) && s.chance(3) {
		s.loseDisks()
	}
	if s.Leases {
		s.keepTime()
		if slices.Contains(d.Groups, GroupPartition) && !s.chance(4) {
			s.leases()
		}
	}
	if slices.Contains(s.Messages, proposal) && slices.Contains(d.Groups, GroupPartition) && d.Cluster.Size() > 2 && !s.chance(4) {
		s.owners()
	}
	if len(d.Cluster.Zones()) > 1 && !alone && !s.chance(3) {
		s.zones(on)
	}
	if slices.Contains(s.Messages, hint) && slices.Contains(d.Groups, GroupPartition) && d.Cluster.Size() > 2 && !s.chance(4) {
		s.thieves()
	}
	slices.SortStableFunc(s.faults, func(a, b Fault) int { return cmp.Compare(a.At, b.At) })
	return s.faults
}

// tick is the resolution of the times in a schedule.
const tick = 100 * time.Microsecond

// schedule is a schedule being drawn. All of it is integers: floating-point
// functions differ in their last bit from machine to machine.
type schedule struct {
	Draw
	rng     *rand.Rand
	lossy   []int // whose disks may be lost,
	victims []int // and still are to be
	calm    []window
	faults  []Fault
}

// window is a part of the span.
type window struct{ from, to time.Duration }

// swarm draws the groups that are on: each by the toss of a coin, at times a
// single one, never none.
func (s *schedule) swarm() (on []Group, alone bool) {
	alone = s.chance(6)
	if !alone {
		for _, g := range s.Groups {
			if s.chance(2) {
				on = append(on, g)
			}
		}
	}
	if len(on) == 0 {
		on = []Group{pick(s, s.Groups)}
	}
	return on, alone
}

// drawCalm draws up to three windows that are free of faults, but for those
// with triggers, so that the cluster gets somewhere.
func (s *schedule) drawCalm() {
	for range s.rng.IntN(4) {
		from, length := s.until(s.Span), s.until(s.Span/6)
		s.calm = append(s.calm, window{from, from + length})
	}
}

// group draws faults of a group: 1 to 19 times, and on average, which is drawn
// first, 1 to 10 times. Some kinds and some aims are left out. A share of the
// faults that is drawn, too, is aimed, the others come at any time.
func (s *schedule) group(g Group) {
	kinds, aims := some(s, g.Kinds()), some(s, g.aims())
	quarters, mean := s.rng.IntN(4), 1+s.rng.IntN(10)
	for range 1 + s.rng.IntN(2*mean-1) {
		if s.rng.IntN(4) < quarters {
			pick(s, aims)(s)
		} else {
			s.add(s.fault(pick(s, kinds), s.restless()))
		}
	}
}

// restless draws a time that is not calm, if it finds one.
func (s *schedule) restless() time.Duration {
	calm := func(at time.Duration) bool {
		return slices.ContainsFunc(s.calm, func(w window) bool { return at >= w.from && at < w.to })
	}
	at := s.until(s.Span)
	for tries := 0; tries < 8 && calm(at); tries++ {
		at = s.until(s.Span)
	}
	return at
}

// add takes a fault into the schedule, as far as the calm and the end of the
// span leave room for it.
func (s *schedule) add(f Fault) {
	if f.Kind == Partition && s.Cluster.Size() == 1 {
		return
	}
	end := s.Span
	for _, w := range s.calm {
		if f.After == nil && f.At < w.to {
			end = min(end, w.from)
		}
	}
	if f.At >= end {
		return
	}
	f.For = min(max(f.For.Truncate(tick), tick), end-f.At)
	s.faults = append(s.faults, f)
}

// chance is true once in so many times.
func (s *schedule) chance(in int) bool { return s.rng.IntN(in) == 0 }

// until returns a time from 0 on, before end.
func (s *schedule) until(end time.Duration) time.Duration {
	return time.Duration(s.rng.Int64N(max(1, int64(end/tick)))) * tick
}

// between returns a duration from least to most, of which as many are between
// 1 and 2 ms as between 10 and 20 ms.
func (s *schedule) between(least, most time.Duration) time.Duration {
	least = max(least, tick)
	octaves := 1
	for d := least; d < most/2; d *= 2 {
		octaves++
	}
	d := least << s.rng.IntN(octaves)
	return (d + s.until(min(d, most-d))).Truncate(tick)
}

// some returns a random part of a list, at least one of it.
func some[E any](s *schedule, list []E) []E {
	some := slices.DeleteFunc(slices.Clone(list), func(E) bool { return s.chance(2) })
	if len(some) == 0 {
		return []E{pick(s, list)}
	}
	return some
}

// pick returns one of a list.
func pick[E any](s *schedule, list []E) E { return list[s.rng.IntN(len(list))] }
