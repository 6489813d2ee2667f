package ghost

import "github.com/quorate/quorate"

// log is the ghost of one log.
type log struct {
	ghost    *State
	name     string
	members  []member
	attempts map[quorate.Ballot]*attempt
	recent   *attempt // the one asked for last
	slots    []slot
	values   [][]quorate.Command // by number; 0 is none
	chosen   quorate.Slot        // the slots below are chosen
}

// member is what is known of one acceptor.
type member struct {
	promised quorate.Ballot // by a promise or a vote that was on its disk
	written  quorate.Ballot // by the promise on its disk
	holding  int            // votes on its disk at the ballot promised
	learnt   quorate.Ballot // of values on its disk that it learnt: a restart may take it for promised
	acked    quorate.Ballot // by a message that left
	base     quorate.Slot   // on its disk: the slots below are trimmed
	told     quorate.Slot   // by a message that left: the slots below are chosen

	lost   bool           // its disk is gone, and it may not vote
	before quorate.Ballot // while lost: what bound it
	owed   quorate.Ballot // while lost: what it must promise to be admitted,
	debts  []debt         // and what it must hold
	known  quorate.Slot   // on its disk: the values in the slots below are chosen
}

// bound returns the ballot below which the member will not vote any more.
func (m *member) bound() quorate.Ballot { return max(m.promised, m.acked, m.before) }

// promise raises what is promised on disk.
func (m *member) promise(b quorate.Ballot) {
	if b > m.promised {
		m.promised, m.holding = b, 0
	}
}

// forgetful reports whether a crash would make the member forget its promise: a
// vote was all that told of it, and the vote is gone.
func (m *member) forgetful() bool {
	return m.holding == 0 && m.written < m.promised && m.learnt < m.promised
}

func newLog(s *State, name string) *log {
	l := &log{
		ghost: s, name: name,
		members:  make([]member, len(s.ids)),
		attempts: map[quorate.Ballot]*attempt{},
		values:   make([][]quorate.Command, 1),
	}
	for i := range l.members {
		l.members[i].lost = s.lost.Has(i)
	}
	return l
}

// id returns a member's name.
func (l *log) id(node int) quorate.ID { return l.ghost.ids[node] }

// owns reports whether b is a ballot of node.
func (l *log) owns(node int, b quorate.Ballot) bool { return b.Owner() == l.ghost.ids[node] }

// reach bounds how far beyond the last slot the next one may lie. Logs have no
// gaps beyond what is in flight, and a number gone wrong must not take all
// memory.
const reach = 1 << 20

// grow makes room for a slot; nil if it is out of reach.
func (l *log) grow(at quorate.Slot) *slot {
	n := quorate.Slot(len(l.slots))
	if at < n {
		return &l.slots[at]
	}
	if at-n >= reach {
		return nil
	}
	for ; n <= at; n++ {
		l.slots = append(l.slots, slot{})
	}
	return &l.slots[at]
}

// intern returns the number of a value that is to be kept for slot sl.
func (l *log) intern(sl *slot, commands []quorate.Command) uint32 {
	for i := range sl.len() {
		if v := sl.at(i).value; same(l.values[v], commands) {
			return v
		}
	}
	l.values = append(l.values, commands)
	return uint32(len(l.values) - 1)
}

func same(a, b []quorate.Command) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) > 0 && &a[0] == &b[0] {
		return true
	}
	for i := range a {
		if !a[i].Equal(&b[i]) {
			return false
		}
	}
	return true
}

// slot is what was proposed in one slot, and what is chosen. Nearly all slots
// see one ballot.
type slot struct {
	first  round
	more   []round
	learnt quorate.Set // on whose disks the value that is chosen replaced a vote
	chosen uint32      // the number of the value; 0 if none is
	told   bool        // that it is chosen, by a message that left
}

// round is what happened in one slot under one ballot. There is a round from
// the moment that a value is proposed.
type round struct {
	ballot quorate.Ballot
	voters quorate.Set // whose votes have been on their disks
	known  quorate.Set // who voted without one, since the slot is chosen, or lost it
	held   quorate.Set // on whose disks it is, who lost their disks before, and did not vote
	value  uint32
}

func (s *slot) len() int {
	if s.first.ballot == 0 {
		return 0
	}
	return 1 + len(s.more)
}

func (s *slot) at(i int) *round {
	if i == 0 {
		return &s.first
	}
	return &s.more[i-1]
}

// round returns the one under b, nil if there is none.
func (s *slot) round(b quorate.Ballot) *round {
	for i := range s.len() {
		if r := s.at(i); r.ballot == b {
			return r
		}
	}
	return nil
}

func (s *slot) add(r round) *round {
	if s.first.ballot == 0 {
		s.first = r
		return &s.first
	}
	s.more = append(s.more, r)
	return &s.more[len(s.more)-1]
}

// holds reports whether the member's vote under b is still on its disk.
func (l *log) holds(s *slot, node int, b quorate.Ballot) bool {
	r := s.round(b)
	return r != nil && !s.learnt.Has(node) && (r.held.Has(node) || r.voters.Has(node) && !l.members[node].lost)
}

// lastVote returns the member's vote at the highest ballot below b, or what it
// holds instead, nil if there is none.
func (s *slot) lastVote(node int, b quorate.Ballot) *round {
	var last *round
	for i := range s.len() {
		if r := s.at(i); r.ballot < b && (r.voters | r.held).Has(node) && (last == nil || r.ballot > last.ballot) {
			last = r
		}
	}
	return last
}
