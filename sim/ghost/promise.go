package ghost

import (
	"math"
	"slices"

	"github.com/quorate/quorate"
)

// attempt is one ballot: phase 1 of its owner.
type attempt struct {
	ballot  quorate.Ballot
	from    quorate.Slot // the first slot that promises were asked for
	covers  []cover      // what each member has promised
	ready   quorate.Slot // a phase-1 quorum has promised from here on
	apart   bool         // promises are asked for slot by slot
	elected bool
}

// endless is beyond all slots.
const endless = quorate.Slot(math.MaxUint64)

// cover is a set of slots: ascending, apart from each other. The parts of a
// promise may come twice and in any order.
type cover []span

type span struct{ from, to quorate.Slot }

func (c cover) add(n span) cover {
	kept := c[:0]
	for _, s := range c {
		if s.to < n.from || s.from > n.to {
			kept = append(kept, s)
			continue
		}
		n = span{min(s.from, n.from), max(s.to, n.to)}
	}
	i := 0
	for i < len(kept) && kept[i].from < n.from {
		i++
	}
	kept = append(kept, span{})
	copy(kept[i+1:], kept[i:])
	kept[i] = n
	return kept
}

// complete reports whether all slots from at on are covered.
func (c cover) complete(at quorate.Slot) bool {
	return len(c) > 0 && c[len(c)-1].to == endless && c[len(c)-1].from <= at
}

// has reports whether a slot is covered.
func (c cover) has(at quorate.Slot) bool {
	return slices.ContainsFunc(c, func(s span) bool { return s.from <= at && at < s.to })
}

func (l *log) attempt(b quorate.Ballot) *attempt {
	if l.recent != nil && l.recent.ballot == b {
		return l.recent
	}
	a := l.attempts[b]
	if a == nil {
		a = &attempt{ballot: b, from: endless, ready: endless, covers: make([]cover, len(l.members))}
		l.attempts[b] = a
	}
	l.recent = a
	return a
}

// storePromise: the promise on a disk never falls.
func (l *log) storePromise(node int, b quorate.Ballot) error {
	m := &l.members[node]
	if b < max(m.promised, m.acked) {
		return l.broken(RuleBallot, node, "writes to disk that it promises %v, after it had promised %v", b, m.bound())
	}
	m.promise(b)
	m.written = b
	return nil
}

// ack checks an acknowledgement of b.
func (l *log) ack(node int, b quorate.Ballot, what string) error {
	m := &l.members[node]
	if m.lost {
		return l.broken(RuleAdmitted, node, "%s %v, but it lost its disk and was not admitted since", what, b)
	}
	if b < m.acked {
		return l.broken(RuleBallot, node, "%s %v after it had acknowledged %v", what, b, m.acked)
	}
	return l.remembers(node, b, what)
}

// remembers checks that the promise of a vote did not go with it when the vote
// was replaced or trimmed.
func (l *log) remembers(node int, b quorate.Ballot, what string) error {
	if m := &l.members[node]; m.forgetful() {
		return l.broken(RuleDurable, node, "%s %v, but the vote that promised %v is gone from its disk: after a crash it would find the promise of %v", what, b, m.promised, max(m.written, m.learnt))
	}
	return nil
}

// onDisk checks that the sender would remember after a crash that it promised
// b.
func (l *log) onDisk(node int, b quorate.Ballot, what string) error {
	if m := &l.members[node]; max(m.promised, m.learnt) < b {
		return l.broken(RuleDurable, node, "%s %v with the promise of %v on its disk", what, b, m.promised)
	}
	return nil
}

// uses checks that the sender may use b as its own.
func (l *log) uses(node int, b quorate.Ballot, what string) error {
	if !l.owns(node, b) {
		return l.broken(RuleLeader, node, "%s %v, which belongs to %v", what, b, b.Owner())
	}
	if m := &l.members[node]; m.promised < b {
		return l.broken(RuleDurable, node, "%s %v with the promise of %v on its disk: after a crash it might use the same ballot again", what, b, m.promised)
	}
	return l.remembers(node, b, what)
}

func (l *log) sendPrepare(node int, c *quorate.Claim) error {
	if err := l.uses(node, c.Ballot, "asks for promises of"); err != nil {
		return err
	}
	a := l.attempt(c.Ballot)
	a.from = min(a.from, c.Slot)
	a.apart = a.apart || c.Upto != 0
	return nil
}

func (l *log) sendPromise(node int, c *quorate.Claim, reports []quorate.Claim) error {
	if err := l.ack(node, c.Ballot, "promises"); err != nil {
		return err
	}
	if err := l.onDisk(node, c.Ballot, "promises"); err != nil {
		return err
	}
	if err := l.report(node, c, reports); err != nil {
		return err
	}
	l.members[node].acked = c.Ballot
	part := span{c.Slot, c.Upto}
	if c.Final {
		part.to = endless
	}
	a := l.attempt(c.Ballot)
	a.covers[node] = a.covers[node].add(part)
	return nil
}

// sendFollow checks a word that binds nobody: it may be followed by a lower
// promise, but not preceded by a higher one.
func (l *log) sendFollow(node int, b quorate.Ballot) error {
	if m := &l.members[node]; b < m.bound() {
		return l.broken(RuleBallot, node, "follows the leader of %v after it had promised %v", b, m.bound())
	}
	return nil
}

// promisers returns who has promised a's ballot for all slots from at on or, if
// slots are prepared one by one, for this one. The owner's promise goes to
// itself; that it is on disk was seen before.
func (l *log) promisers(a *attempt, at quorate.Slot) quorate.Set {
	var who quorate.Set
	for i := range l.members {
		if covers := a.covers[i]; l.owns(i, a.ballot) || covers.complete(at) || a.apart && covers.has(at) {
			who = who.Add(i)
		}
	}
	return who
}

// prepared checks that a phase-1 quorum has promised.
func (l *log) prepared(node int, b quorate.Ballot, at quorate.Slot, what string) error {
	a := l.attempt(b)
	if at >= a.ready {
		return nil
	}
	if who := l.promisers(a, at); !l.ghost.cfg.Phase1(who) {
		return l.broken(RuleQuorum, node, "%s %v, but only %s has promised it completely from slot %v on", what, b, l.ghost.cfg.Cluster.Names(who), at)
	}
	if !a.apart {
		a.ready = at
	}
	return nil
}

func (l *log) elected(node int, b quorate.Ballot) error {
	if err := l.uses(node, b, "was elected under"); err != nil {
		return err
	}
	a := l.attempt(b)
	if a.elected {
		return l.broken(RuleLeader, node, "was elected under %v for the second time", b)
	}
	a.elected = true
	if a.apart {
		return l.preparedApart(node, a)
	}
	return l.prepared(node, b, a.from, "was elected under")
}

// preparedApart checks an election slot by slot. What is chosen needs no promise:
// the member may have learnt it meanwhile.
func (l *log) preparedApart(node int, a *attempt) error {
	end := a.from // beyond it nothing changes
	for i := range a.covers {
		for _, s := range a.covers[i] {
			if end = max(end, s.from); s.to != endless {
				end = max(end, s.to)
			}
		}
	}
	for s := a.from; s <= end; s++ {
		if s < quorate.Slot(len(l.slots)) && l.slots[s].chosen != 0 {
			continue
		}
		if err := l.prepared(node, a.ballot, s, "was elected under"); err != nil {
			return err
		}
	}
	a.ready = a.from
	return nil
}
