package nemesis

import "slices"

// aims lists how a group strikes where protocols are vulnerable. A fault that is
// aimed is as independent of the others as one that comes by chance.
func (g Group) aims() []func(*schedule) {
	switch g {
	case GroupPartition:
		return []func(*schedule){(*schedule).isolateLeader, (*schedule).muteProposer, (*schedule).deafLeader, (*schedule).repeatedElections}
	case GroupCrash:
		return []func(*schedule){(*schedule).crashWriting, (*schedule).crashSynced, (*schedule).crashSending,
			(*schedule).crashLeader, (*schedule).powerFailure, (*schedule).rollingCrashes}
	case GroupPause:
		return []func(*schedule){(*schedule).pauseLeader}
	case GroupDisk:
		return []func(*schedule){(*schedule).stallInElection, (*schedule).fullDiskOfLeader}
	case GroupClock:
		return []func(*schedule){(*schedule).clockOfLeader}
	case GroupLoss:
		return []func(*schedule){(*schedule).duplicatesOfLeader, (*schedule).delaysOfLeader, (*schedule).replaysToLeader}
	}
	return nil
}

// after adds a fault that strikes where on happens for the nth time, from the
// beginning or from some time on: at any member, or at a certain one.
func (s *schedule) after(on string, nth int, f Fault) {
	f.After = &Trigger{On: on, Node: -1, Nth: nth}
	if s.chance(2) {
		f.At = s.until(s.Span * 3 / 4)
	}
	if s.chance(4) {
		f.After.Node = s.rng.IntN(s.Cluster.Size())
	}
	s.add(f)
}

// cut adds a partition around whoever on happens to.
func (s *schedule) cut(shape, on string, nth int) {
	s.after(on, nth, Fault{Kind: Partition, Shape: shape, For: s.length()})
}

// sent draws a message whose sending triggers a fault; the next best without
// messages is a write.
func (s *schedule) sent() string {
	if len(s.Messages) == 0 {
		return OnFlush
	}
	return OnSend(pick(s, s.Messages))
}

// leading draws a moment at which a member is about to lead.
func (s *schedule) leading() string {
	if s.chance(3) {
		return s.sent()
	}
	return OnElected
}

// writes, messages and elections are about how many of them a span has.
const (
	writes    = 100
	messages  = 100
	elections = 3
)

// crashWriting stops a member between writing and syncing.
func (s *schedule) crashWriting() {
	s.after(OnFlush, s.nth(writes), s.measured(Fault{Kind: Crash, For: s.length()}))
}

// crashSynced stops a member when its disk knows what nobody else does.
func (s *schedule) crashSynced() {
	s.after(OnSynced, s.nth(writes), s.measured(Fault{Kind: Crash, For: s.length()}))
}

// crashTrimmed stops members that have dropped records: what was to replace them
// must be there.
func (s *schedule) crashTrimmed() {
	for range 1 + s.rng.IntN(3) {
		s.after(OnTrimmed, s.nth(10), s.measured(Fault{Kind: Crash, For: s.length()}))
	}
}

// crashSending stops a member right after it spoke.
func (s *schedule) crashSending() {
	s.after(s.sent(), s.nth(messages), s.measured(Fault{Kind: Crash, For: s.length()}))
}

// crashLeader stops a leader when it has just begun, or just ended.
func (s *schedule) crashLeader() {
	s.after(pick(s, []string{OnElected, OnSteppedDown}), s.nth(elections), s.measured(Fault{Kind: Crash, For: s.length()}))
}

// powerFailure crashes all members within a moment; they come back one by one.
func (s *schedule) powerFailure() {
	at := s.until(s.Span)
	for i := range s.Cluster.Size() {
		s.add(s.measured(Fault{Kind: Crash, At: at + s.until(s.Election/20), For: s.length(), Nodes: []int{i}}))
	}
}

// rollingCrashes crashes one member after the other.
func (s *schedule) rollingCrashes() {
	at, step := s.until(s.Span/2), s.between(s.Election/4, 2*s.Election)
	for _, i := range s.rng.Perm(s.Cluster.Size()) {
		s.add(s.measured(Fault{Kind: Crash, At: at, For: step * 3 / 4, Nodes: []int{i}}))
		at += step
	}
}

// isolateLeader cuts a new leader off, so that it may believe it still leads.
func (s *schedule) isolateLeader() { s.cut(ShapeIsolate, OnElected, s.nth(elections)) }

// muteProposer lets a proposer hear refusals and promises, but nobody hears
// what it proposes.
func (s *schedule) muteProposer() { s.cut(ShapeMute, s.leading(), s.nth(elections)) }

// deafLeader lets a new leader propose and hear nothing of what becomes of it.
func (s *schedule) deafLeader() { s.cut(ShapeDeaf, s.leading(), s.nth(elections)) }

// repeatedElections cuts off one leader after the other, alone or in company, so
// that many ballots each leave something behind, in the same slots.
func (s *schedule) repeatedElections() {
	at := s.until(s.Span / 2)
	for nth := range 2 + s.rng.IntN(6) {
		s.add(Fault{Kind: Partition, Shape: pick(s, []string{ShapeIsolate, ShapeCompany}), At: at, For: s.between(s.Election, 3*s.Election),
			After: &Trigger{On: OnElected, Node: -1, Nth: nth + 1}})
	}
}

// drama is a recipe whose ingredients belong to several groups: what it brings
// about needs several things to go wrong one after the other, which chance alone
// rarely arranges.
func (s *schedule) drama() {
	if s.chance(3) {
		s.repeatedElections()
		return
	}
	s.blackouts()
}

// blackouts leave nobody a majority for about as long as a leader needs to give
// up, often after a while in which few messages came through. Nobody can be
// elected meanwhile; whoever led stands again, with proposals that some have
// voted for, and hears the votes of its earlier ballot once more.
func (s *schedule) blackouts() {
	n := s.Cluster.Size()
	for range 1 + s.rng.IntN(3) {
		at, length := s.restless(), s.between(2*s.Election, 5*s.Election)
		if !s.chance(4) {
			from := max(at-s.between(s.Election/4, s.Election), 0)
			s.add(Fault{Kind: Loss, Amount: float64(5+s.rng.IntN(25)) / 100, At: from, For: at - from + length + 2*s.Election, Nodes: s.rng.Perm(n)})
		}
		s.add(Fault{Kind: Partition, Shape: "splinters", Grudge: splinters(s.Cluster, s.rng), At: at, For: length})
		for nth := range 3 {
			s.add(Fault{Kind: Replay, At: at, After: &Trigger{On: OnElected, Node: -1, Nth: nth + 1}})
		}
	}
}

// pauseLeader stops a leader until another is elected. It comes back as if it
// still led.
func (s *schedule) pauseLeader() {
	s.after(OnElected, s.nth(elections), Fault{Kind: Pause, For: s.between(s.Election, 4*s.Election)})
}

// stallInElection stalls the winner's disk, or those of others.
func (s *schedule) stallInElection() {
	f := s.measured(Fault{Kind: SlowDisk, For: s.length()})
	if s.chance(2) {
		f.Nodes = s.nodes()
	}
	s.after(pick(s, []string{OnElected, OnSteppedDown, s.sent()}), s.nth(elections), f)
}

// fullDiskOfLeader silences a leader as soon as it has something to write.
func (s *schedule) fullDiskOfLeader() {
	s.after(OnElected, s.nth(elections), Fault{Kind: FullDisk, For: s.length()})
}

// clockOfLeader puts a leader's idea of how long it may lead to the test.
func (s *schedule) clockOfLeader() {
	s.after(OnElected, s.nth(elections), s.measured(Fault{Kind: pick(s, []Kind{Jump, Drift}), For: s.length()}))
}

// duplicatesOfLeader lets what a leader sends come again, perhaps under the
// next leader.
func (s *schedule) duplicatesOfLeader() {
	s.after(OnElected, s.nth(elections), s.measured(Fault{Kind: Duplicate, For: s.between(s.Election, 4*s.Election)}))
}

// delaysOfLeader lets what a leader sends arrive under the next leader.
func (s *schedule) delaysOfLeader() {
	f := Fault{Kind: Delay, For: s.length(), Extra: s.between(s.Election/2, 2*s.Election)}
	s.after(s.leading(), s.nth(elections), f)
}

// replaysToLeader lets those who are elected again hear what they were told when
// they led before.
func (s *schedule) replaysToLeader() {
	for nth := range 2 * elections {
		if s.chance(2) {
			s.after(OnElected, nth+2, Fault{Kind: Replay})
		}
	}
}

// lingeringLeaders cut off leaders that have served somebody, and slow their
// clocks down: they still believe they lead when others have long taken over.
func (s *schedule) lingeringLeaders() {
	on := OnElected
	if slices.Contains(s.Messages, "Reply") { // to the member that passed a request on
		on = OnSend("Reply")
	}
	for range 1 + s.rng.IntN(3) {
		trigger, at := Trigger{On: on, Node: -1, Nth: s.nth(10)}, s.restless()
		slow, cut := trigger, trigger
		length := s.between(2*s.Election, 6*s.Election)
		s.add(Fault{Kind: Drift, Amount: -float64(50+s.rng.IntN(40)) / 100, At: at, For: length, After: &slow})
		s.add(Fault{Kind: Partition, Shape: ShapeIsolate, At: at, For: length, After: &cut})
	}
}
