package nemesis

import (
	"slices"
	"time"
)

// keepTime makes the clocks of a schedule such as leases allow for: none jumps,
// and none is more wrong than they are said to be. As wrong as that some are all
// the time.
func (s *schedule) keepTime() {
	s.faults = slices.DeleteFunc(s.faults, func(f Fault) bool { return f.Kind == Jump })
	for i := range s.faults {
		if f := &s.faults[i]; f.Kind == Drift {
			f.Amount = min(max(f.Amount, -s.ClockError), s.ClockError)
		}
	}
	if !slices.Contains(s.Groups, GroupClock) || s.chance(4) {
		return
	}
	for i := range s.Cluster.Size() {
		if sign := pick(s, []float64{1, 1, 1, -1, 0}); sign != 0 {
			s.faults = append(s.faults, Fault{Kind: Drift, Amount: sign * s.ClockError, For: s.Span - tick, Nodes: []int{i}})
		}
	}
}

// leases tries the leases of leaders: each way needs several things to go wrong
// one after the other.
func (s *schedule) leases() {
	ways := []func(*schedule){(*schedule).lateHolder, (*schedule).lateAnswers, (*schedule).lateAnswers, (*schedule).forgetful, (*schedule).halfHeard,
		(*schedule).doubted, (*schedule).doubted, (*schedule).lateBarrier}
	for range 1 + s.rng.IntN(4) {
		pick(s, ways)(s)
	}
}

// asks and grants are the moments at which leaders ask for leases and get them, as
// far as the names of the messages tell.
func (s *schedule) asks() string {
	for _, name := range []string{"Heartbeat", "LeaderCheck"} {
		if slices.Contains(s.Messages, name) {
			return OnSend(name)
		}
	}
	return OnElected
}

func (s *schedule) grants() string {
	if on := s.asks(); on != OnElected {
		return on + "Reply"
	}
	return OnSynced
}

// beats is about how often leaders ask in a span.
const beats = 40

// lateHolder cuts a leader off whose clock is slow.
func (s *schedule) lateHolder() { s.linger(s.nth(beats), s.restless()) }

// linger cuts a leader off when it asks for the nth time, and slows down its clock.
func (s *schedule) linger(nth int, at time.Duration) {
	length := s.between(2*s.Election, 6*s.Election)
	trigger := func() *Trigger { return &Trigger{On: s.asks(), Node: -1, Nth: nth} }
	if slices.Contains(s.Groups, GroupClock) {
		s.add(Fault{Kind: Drift, Amount: -s.ClockError, At: at, For: length, After: trigger()})
	}
	s.add(Fault{Kind: Partition, Shape: ShapeIsolate, At: at, For: length, After: trigger()})
}

// lateAnswers lets a leader hear long after it asked, because of the network or of
// itself, and cuts it off when it asks again.
func (s *schedule) lateAnswers() {
	nth, at := s.nth(beats), s.restless()
	f := Fault{Kind: Pause, At: at, For: s.between(s.Election/2, 2*s.Election)}
	if s.chance(3) {
		f = Fault{Kind: Delay, Extra: s.between(s.Election/2, 2*s.Election), At: at, For: s.between(s.Election, 3*s.Election)}
	}
	f.After = &Trigger{On: s.asks(), Node: -1, Nth: nth}
	s.add(f)
	s.linger(nth+1, at)
}

// forgetful starts all those anew that grant a lease, right afterwards, and cuts
// off whoever they granted it to.
func (s *schedule) forgetful() {
	at := s.restless()
	for i := range s.Cluster.Size() {
		s.add(Fault{Kind: Crash, At: at, For: s.between(s.Election/50, s.Election/4), After: &Trigger{On: s.grants(), Node: i, Nth: 1}})
	}
	s.linger(2, at)
}

// halfHeard keeps a minority away from the others, so that it grants no lease for a
// while; when it is back the leader is cut off.
func (s *schedule) halfHeard() {
	n, at, length := s.Cluster.Size(), s.restless(), s.between(2*s.Election, 6*s.Election)
	away := draw(n, max(1, (n-1)/2), s.rng)
	s.add(Fault{Kind: Partition, Shape: "majority", Grudge: Isolate(n, away), At: at, For: length})
	s.linger(1+s.rng.IntN(2), at+length)
}

// doubted keeps a leader away from a minority, which cannot grant it the lease but
// is told by the others that it leads. Then it is cut off, and they are all for
// electing another one sooner than the lease ends.
func (s *schedule) doubted() {
	nth, at := s.nth(beats), s.restless()
	s.add(Fault{Kind: Partition, Shape: ShapeShunned, At: at, For: s.between(4*s.Election, 12*s.Election),
		After: &Trigger{On: s.asks(), Node: -1, Nth: nth}})
	s.linger(nth+2+s.rng.IntN(10), at)
}

// lateBarrier takes a leader away that has not yet told anybody what is chosen. Its
// successor is granted a lease long before it has that chosen once more, because
// the disks are slow.
func (s *schedule) lateBarrier() {
	at, on := s.restless(), OnSynced
	for _, name := range []string{"Commit", "P3"} {
		if slices.Contains(s.Messages, name) {
			on = OnSend(name)
		}
	}
	s.add(Fault{Kind: Partition, Shape: pick(s, []string{ShapeMute, ShapeIsolate}), At: at, For: s.between(4*s.Election, 12*s.Election),
		After: &Trigger{On: on, Node: -1, Nth: s.nth(beats)}})
	if slices.Contains(s.Groups, GroupDisk) {
		s.add(Fault{Kind: SlowDisk, Extra: s.between(s.Election/4, s.Election), At: at, For: s.between(s.Election, 2*s.Election),
			Nodes: s.rng.Perm(s.Cluster.Size()), After: &Trigger{On: OnElected, Node: -1, Nth: 1}})
	}
}
