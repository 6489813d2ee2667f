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
	return l.mustBeCommitted(node, c.Upto)
}

func (l *log) storeChosen(node int, c *quorate.Claim) error {
	l.members[node].learnt = max(l.members[node].learnt, c.Ballot)
	return l.mustBeChosen(node, c.Slot, c.Commands)
}

func (l *log) storeTrimmed(node int, upto quorate.Slot) error {
	l.members[node].base = max(l.members[node].base, upto)
	return l.mustBeCommitted(node, upto)
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
