package ghost

import (
	"slices"

	"github.com/quorate/quorate"
)

// sendPropose checks a proposal. All that costs time is done when a value is
// proposed for the first time under its ballot.
func (l *log) sendPropose(node int, c *quorate.Claim) error {
	if err := l.uses(node, c.Ballot, "proposes under"); err != nil {
		return err
	}
	_, err := l.propose(node, c)
	return err
}

func (l *log) propose(node int, c *quorate.Claim) (*round, error) {
	sl := l.grow(c.Slot)
	if sl == nil {
		return nil, l.broken(RuleValue, node, "proposes under %v in slot %v, far beyond the end of the log at %d", c.Ballot, c.Slot, len(l.slots))
	}
	if r := sl.round(c.Ballot); r != nil {
		if !same(l.values[r.value], c.Commands) {
			return nil, l.broken(RuleValue, node, "proposes two values under %v in slot %v: %s and %s", c.Ballot, c.Slot, l.text(r.value), brief(c.Commands))
		}
		return r, nil
	}
	if err := l.prepared(node, c.Ballot, c.Slot, "proposes under"); err != nil {
		return nil, err
	}
	r := round{ballot: c.Ballot, value: l.intern(sl, c.Commands)}
	if err := l.safe(node, c.Slot, r); err != nil {
		return nil, err
	}
	if l.proposedBelow(sl, r) {
		l.ghost.counts.Recovered++
	}
	return sl.add(r), nil
}

// proposedBelow reports whether the value, other than a no-op, was proposed
// under a lower ballot, too.
func (l *log) proposedBelow(sl *slot, n round) bool {
	for i := range sl.len() {
		if r := sl.at(i); r.value == n.value && r.ballot < n.ballot {
			return slices.ContainsFunc(l.values[n.value], func(c quorate.Command) bool { return c.Op != quorate.OpNop })
		}
	}
	return false
}

// safe checks that no other value is or can be chosen at a lower ballot: that
// its votes, and the votes of all who may still cast one, are no quorum. Once
// so it stays so, since who has promised more cannot vote any more.
func (l *log) safe(node int, at quorate.Slot, n round) error {
	sl := &l.slots[at]
	for i := range sl.len() {
		r := sl.at(i)
		if r.ballot >= n.ballot || r.value == n.value {
			continue
		}
		able := r.voters
		for j := range l.members {
			if l.members[j].bound() <= r.ballot {
				able = able.Add(j)
			}
		}
		if l.ghost.cfg.Phase2(able) {
			return l.broken(RuleSafe, node, "proposes %s under %v, but another value is or can be chosen at %v by %s: %s",
				l.text(n.value), n.ballot, r.ballot, l.ghost.cfg.Cluster.Names(able), l.evidence(at))
		}
	}
	return nil
}

// storeVote counts a vote: it is on disk now.
func (l *log) storeVote(node int, c *quorate.Claim) error {
	m := &l.members[node]
	if m.lost {
		return l.hold(node, c)
	}
	if c.Ballot < m.bound() {
		return l.broken(RuleBallot, node, "accepts slot %v at %v after it had promised %v", c.Slot, c.Ballot, m.bound())
	}
	m.promise(c.Ballot)
	r, err := l.accepted(node, c)
	if err != nil {
		return err
	}
	sl := &l.slots[c.Slot]
	if !l.holds(sl, node, c.Ballot) {
		m.holding++
	}
	r.voters, sl.learnt = r.voters.Add(node), sl.learnt.Remove(node)
	return l.count(node, c.Slot, r)
}

// count looks whether the votes of a round are a quorum now.
func (l *log) count(node int, at quorate.Slot, r *round) error {
	sl := &l.slots[at]
	if sl.chosen == r.value || !l.ghost.cfg.Phase2(r.voters) {
		return nil
	}
	if sl.chosen != 0 {
		return l.broken(RuleAgreement, node, "completes the vote for a second value, %s was chosen already: %s", l.text(sl.chosen), l.evidence(at))
	}
	l.choose(sl, r.value)
	return nil
}

// accepted returns the round of a vote. An owner may vote for what it has sent
// to nobody: then its vote is the proposal.
func (l *log) accepted(node int, c *quorate.Claim) (*round, error) {
	if l.owns(node, c.Ballot) {
		return l.propose(node, c)
	}
	if c.Slot < quorate.Slot(len(l.slots)) {
		if r := l.slots[c.Slot].round(c.Ballot); r != nil && same(l.values[r.value], c.Commands) {
			return r, nil
		}
	}
	return nil, l.broken(RuleValue, node, "accepts %s at %v, which nobody proposed: %s", brief(c.Commands), c.Ballot, l.evidence(c.Slot))
}

// sendVote checks that a vote is on disk when it leaves. In a slot that is
// chosen already nothing hangs on it, and its sender need not store it; but it
// promises the ballot.
func (l *log) sendVote(node int, c *quorate.Claim) error {
	if err := l.ack(node, c.Ballot, "votes at"); err != nil {
		return err
	}
	l.members[node].acked = c.Ballot
	if c.Slot < quorate.Slot(len(l.slots)) {
		sl := &l.slots[c.Slot]
		r := sl.round(c.Ballot)
		switch {
		case r != nil && r.voters.Has(node):
			return nil
		case r != nil && r.held.Has(node) && !l.members[node].lost: // it votes for what it had accepted as a learner, or was told of
			r.voters = r.voters.Add(node)
			return l.count(node, c.Slot, r)
		}
		if r != nil && sl.chosen != 0 {
			r.known = r.known.Add(node)
			return l.onDisk(node, c.Ballot, "votes at")
		}
	}
	return l.broken(RuleDurable, node, "votes for slot %v at %v, but the vote is not on its disk: %s", c.Slot, c.Ballot, l.evidence(c.Slot))
}
