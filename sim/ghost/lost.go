package ghost

import "github.com/quorate/quorate"

// A disk that is lost takes its owner's promises and votes along, and what
// others made of them stays. So it must be known to the owner again before it may
// vote. The ghost looks at three moments of it.
//
// Lost: from now on the member has no disk. Its votes still count: they are under
// way, or in the memory of whoever counts. What it writes meanwhile are no votes,
// since it may not cast any; it holds those values.
//
// Fenced: nobody counts its earlier votes any more. What they made chosen is
// chosen; the others are gone. All that is chosen now, and all that is elected,
// was made so by quorums whose members the new disk must be told of: it is owed.
//
// Admitted: the member may vote. What is owed must be on its disk.

// debt is a value that a member must hold when it is admitted: in slot, accepted
// under ballot or a higher one, or known to be chosen.
type debt struct {
	slot   quorate.Slot
	ballot quorate.Ballot
}

// Lost says that the disk of node is gone, with all that was on it.
func (s *State) Lost(node int) {
	s.lost = s.lost.Add(node)
	s.each(func(l *log) { l.lose(node) })
}

// Fenced says that on the disks of all other members it is written that they
// count no vote that node cast before it lost its disk, and that they have given
// up those that they had not counted to a quorum yet.
func (s *State) Fenced(node int) { s.each(func(l *log) { l.fence(node) }) }

// Admitted says that node has it on its disk that it may vote again. The error is
// a [*Broken].
func (s *State) Admitted(node int) error {
	var err error
	s.lost = s.lost.Remove(node)
	s.each(func(l *log) {
		if err == nil {
			err = l.admit(node)
		}
	})
	return err
}

func (s *State) each(f func(*log)) {
	f(s.plain)
	for _, name := range s.names() {
		if name != "" {
			f(s.logs[name])
		}
	}
}

func (l *log) lose(node int) {
	m := &l.members[node]
	*m = member{lost: true, before: m.bound(), told: m.told}
	for i := range l.slots {
		sl := &l.slots[i]
		sl.learnt = sl.learnt.Remove(node)
		for j := range sl.len() {
			sl.at(j).held = sl.at(j).held.Remove(node)
		}
	}
}

func (l *log) fence(node int) {
	m := &l.members[node]
	m.owed, m.debts = 0, nil
	for _, a := range l.attempts { // unordered: a maximum, and each by itself
		if a.elected {
			m.owed = max(m.owed, a.ballot)
		} else {
			a.covers[node] = nil
		}
	}
	for i := range l.slots {
		sl := &l.slots[i]
		if b := l.chosenAt(sl); b != 0 {
			m.debts = append(m.debts, debt{quorate.Slot(i), b})
		}
		for j := range sl.len() {
			r := sl.at(j)
			if r.voters.Has(node) && r.value == sl.chosen {
				r.known = r.known.Add(node) // it was counted, or may have been
			}
			r.voters = r.voters.Remove(node)
		}
	}
}

// chosenAt returns the lowest ballot at which the value of a slot was chosen, 0
// if none was.
func (l *log) chosenAt(sl *slot) quorate.Ballot {
	var least quorate.Ballot
	for i := range sl.len() {
		r := sl.at(i)
		if sl.chosen != 0 && r.value == sl.chosen && (least == 0 || r.ballot < least) && l.ghost.cfg.Phase2(r.voters|r.known) {
			least = r.ballot
		}
	}
	return least
}

func (l *log) admit(node int) error {
	m := &l.members[node]
	if m.promised < m.owed {
		return l.broken(RuleAdmitted, node, "votes again with the promise of %v on its disk, but %v was elected while its earlier promises counted", m.promised, m.owed)
	}
	for _, d := range m.debts {
		if !l.pays(node, d) {
			return l.broken(RuleAdmitted, node, "votes again, and its disk has not got what was chosen in slot %v at %v: %s", d.slot, d.ballot, l.evidence(d.slot))
		}
	}
	m.lost, m.before, m.owed, m.debts = false, 0, 0, nil
	m.acked = m.promised
	return nil
}

// pays reports whether the disk has got what is owed.
func (l *log) pays(node int, d debt) bool {
	m, sl := &l.members[node], &l.slots[d.slot]
	if d.slot < max(m.base, m.known) || sl.learnt.Has(node) {
		return true
	}
	for i := range sl.len() {
		if r := sl.at(i); r.ballot >= d.ballot && r.held.Has(node) && r.value == sl.chosen {
			return true
		}
	}
	return false
}

// storeKnown: the values in the slots below upto are chosen, and the disk says so.
func (l *log) storeKnown(node int, upto quorate.Slot) error {
	if err := l.mustBeCommitted(node, upto); err != nil {
		return err
	}
	m := &l.members[node]
	m.known = max(m.known, upto)
	return nil
}

// hold takes down a value that a member without a vote accepts. Promises of
// ballots come in any order, since it is told what others accepted.
func (l *log) hold(node int, c *quorate.Claim) error {
	m := &l.members[node]
	m.promise(c.Ballot)
	r, err := l.accepted(node, c)
	if err != nil {
		return err
	}
	sl := &l.slots[c.Slot]
	if c.Ballot == m.promised && !l.holds(sl, node, c.Ballot) {
		m.holding++
	}
	r.held, sl.learnt = r.held.Add(node), sl.learnt.Remove(node)
	return nil
}
