package ghost

import "github.com/quorate/quorate"

// choose marks a value as chosen, and its commands as done.
func (l *log) choose(sl *slot, value uint32) {
	sl.chosen = value
	for l.chosen < quorate.Slot(len(l.slots)) && l.slots[l.chosen].chosen != 0 {
		l.chosen++
	}
	commands := l.values[value]
	for i := range commands {
		l.ghost.done[commands[i].ID()] = struct{}{}
	}
}

// mustBeChosen checks that commands are chosen in a slot.
func (l *log) mustBeChosen(node int, at quorate.Slot, commands []quorate.Command) error {
	if at >= quorate.Slot(len(l.slots)) || l.slots[at].chosen == 0 {
		return l.broken(RuleChosen, node, "takes %s for chosen in slot %v, but no quorum has voted for it: %s", brief(commands), at, l.evidence(at))
	}
	if v := l.slots[at].chosen; !same(l.values[v], commands) {
		return l.broken(RuleAgreement, node, "takes %s for chosen in slot %v, but it is %s: %s", brief(commands), at, l.text(v), l.evidence(at))
	}
	return nil
}

// mustBeCommitted checks that all slots below upto are chosen.
func (l *log) mustBeCommitted(node int, upto quorate.Slot) error {
	if upto > l.chosen {
		return l.broken(RuleChosen, node, "takes all slots below %v for chosen, but slot %v is not: %s", upto, l.chosen, l.evidence(l.chosen))
	}
	return nil
}

// sendCommitted checks a commit index. That the indexes which a leader sends
// never fall is no rule: they may overtake each other on their way out.
func (l *log) sendCommitted(node int, c *quorate.Claim) error {
	if c.Ballot != 0 && !l.owns(node, c.Ballot) {
		return l.broken(RuleLeader, node, "speaks as the leader of %v, which belongs to %v", c.Ballot, c.Ballot.Owner())
	}
	m := &l.members[node]
	m.told = max(m.told, c.Upto)
	return l.mustBeCommitted(node, c.Upto)
}

func (l *log) sendChosen(node int, c *quorate.Claim) error {
	if err := l.mustBeChosen(node, c.Slot, c.Commands); err != nil {
		return err
	}
	l.slots[c.Slot].told = true
	return nil
}

// storeChosen: the value takes the place of the vote in its slot.
func (l *log) storeChosen(node int, c *quorate.Claim) error {
	if err := l.mustBeChosen(node, c.Slot, c.Commands); err != nil {
		return err
	}
	m, sl := &l.members[node], &l.slots[c.Slot]
	if l.holds(sl, node, m.promised) {
		m.holding--
	}
	l.ghost.counts.Learnt++
	m.learnt, sl.learnt = max(m.learnt, c.Ballot), sl.learnt.Add(node)
	return nil
}

func (l *log) storeTrimmed(node int, upto quorate.Slot) error {
	if err := l.mustBeCommitted(node, upto); err != nil {
		return err
	}
	m := &l.members[node]
	for ; m.base < upto; m.base++ {
		if l.holds(&l.slots[m.base], node, m.promised) {
			m.holding--
		}
	}
	return nil
}

// counted checks a leader that takes a slot for chosen under its own ballot: a
// phase-2 quorum must have voted at this very ballot, or somebody must have told
// of the slot. Votes for an earlier ballot of its own do not count, even if they
// complete a quorum there.
func (l *log) counted(node int, at quorate.Slot, b quorate.Ballot) error {
	sl := &l.slots[at]
	r := sl.round(b)
	if r == nil || sl.told || !l.owns(node, b) || l.ghost.cfg.Phase2(r.voters|r.known) {
		return nil
	}
	for i := range l.members {
		if i != node && l.members[i].told > at {
			return nil
		}
	}
	return l.broken(RuleChosen, node, "takes slot %v for chosen under its ballot %v, at which only %s voted: %s", at, b, l.ghost.cfg.Cluster.Names(r.voters|r.known), l.evidence(at))
}

// observe takes a member's word that a slot is chosen. Where votes are not
// known the first word counts.
func (l *log) observe(node int, at quorate.Slot, commands []quorate.Command) error {
	if l.ghost.cfg.Claims != nil {
		return l.mustBeChosen(node, at, commands)
	}
	sl := l.grow(at)
	if sl == nil {
		return l.broken(RuleChosen, node, "takes slot %v for chosen, far beyond the end of the log at %d", at, len(l.slots))
	}
	if sl.chosen == 0 {
		sl.chosen = l.intern(sl, commands)
		return nil
	}
	return l.mustBeChosen(node, at, commands)
}
