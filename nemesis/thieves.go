package nemesis

import "slices"

// hint is what an owner sends who tells another that it should take what it owns.
const hint = "HandOver"

// thieves strikes where what is owned changes hands, in protocols in which it does.
func (s *schedule) thieves() {
	ways := []func(*schedule){(*schedule).thief, (*schedule).thief, (*schedule).hinted, (*schedule).voter, (*schedule).answered, (*schedule).duel, (*schedule).rush}
	for range 1 + s.rng.IntN(4) {
		pick(s, ways)(s)
	}
}

// thief takes a thief away that has asked for promises, or has them, and has not
// proposed anything yet.
func (s *schedule) thief() {
	s.takeAway(pick(s, []string{OnSend("P1a"), OnElected}), s.nth(30))
}

// hinted takes an owner away that has just told another to take what it owns, or
// the other one that is about to.
func (s *schedule) hinted() { s.takeAway(OnSend(hint), s.nth(8)) }

// takeAway lets whoever on happens to crash, or cuts it off one way or both, for
// less than others wait, or for longer.
func (s *schedule) takeAway(on string, nth int) {
	f := Fault{Kind: Crash, Torn: pick(s, []Remains{Nothing, All, Torn}), For: s.outage()}
	if !slices.Contains(s.Groups, GroupCrash) || s.chance(2) {
		f = Fault{Kind: Partition, Shape: pick(s, []string{ShapeIsolate, ShapeDeaf, ShapeMute}), For: f.For}
	}
	s.after(on, nth, f)
}

// voter takes acceptors away right after they voted, perhaps all but one of those
// whose votes decided. When they are back they must know it.
func (s *schedule) voter() {
	at, on, nth := s.restless(), OnSend("P2b"), s.nth(messages)
	for _, i := range s.rng.Perm(s.Cluster.Size())[:1+s.rng.IntN(2)] {
		f := Fault{Kind: Partition, Shape: ShapeIsolate}
		if slices.Contains(s.Groups, GroupCrash) {
			f = Fault{Kind: Crash, Torn: pick(s, []Remains{Nothing, All, Torn})}
		}
		f.At, f.For, f.After = at, s.outage(), &Trigger{On: on, Node: i, Nth: nth}
		s.add(f)
	}
}

// answered takes a zone away when one of its members has just answered a client.
// What was answered may be in that zone alone.
func (s *schedule) answered() {
	x := s.rng.IntN(s.Cluster.Size())
	zone := s.Cluster.Zone(s.Cluster.ID(x).Zone())
	f := Fault{Kind: Partition, Shape: "zone", Grudge: Isolate(s.Cluster.Size(), zone)}
	if slices.Contains(s.Groups, GroupCrash) && s.chance(2) {
		f = Fault{Kind: Crash, Torn: pick(s, []Remains{Nothing, All, Torn}), Nodes: members(zone)}
	}
	f.At, f.For, f.After = s.restless(), s.outage(), &Trigger{On: OnAnswered, Node: x, Nth: s.nth(10)}
	s.add(f)
}

// duel takes an owner away for longer than the others wait for it. Messages between
// these take long, so that several try to take what it owned, at the same time.
func (s *schedule) duel() {
	at, nth, length := s.restless(), s.nth(30), s.between(4*s.Election, 16*s.Election)
	trigger := func() *Trigger { return &Trigger{On: OnElected, Node: -1, Nth: nth} }
	s.add(Fault{Kind: Partition, Shape: ShapeIsolate, At: at, For: length, After: trigger()})
	if slices.Contains(s.Groups, GroupLoss) {
		s.add(Fault{Kind: Delay, Extra: s.between(s.Election/20, s.Election/2), At: at, For: length, Nodes: s.rng.Perm(s.Cluster.Size()), After: trigger()})
	}
}

// rush holds up the members of some zones, or all, so that requests pile up, and
// lets them go on at once: all that was asked for meanwhile is taken together.
func (s *schedule) rush() {
	at, length := s.restless(), s.between(s.Election/10, 2*s.Election)
	those := members(someZones(s.Cluster, 1+s.rng.IntN(len(s.Cluster.Zones())), s.rng))
	if slices.Contains(s.Groups, GroupPause) {
		s.add(Fault{Kind: Pause, At: at, For: length, Nodes: those})
		return
	}
	s.add(Fault{Kind: Partition, Shape: "splinters", Grudge: Split(s.Cluster.Size()), At: at, For: length})
}
