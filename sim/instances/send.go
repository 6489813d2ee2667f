package instances

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

// uses checks that the sender may use b as its own.
func (s *State) uses(node int, i *instance, b quorate.Ballot, what string) error {
	if !i.owns(node, b) {
		return i.broken(ghost.RuleLeader, node, "%s %v, which is not its own", what, b)
	}
	if p := &i.parts[node]; p.promised < b {
		return i.broken(ghost.RuleDurable, node, "%s %v with the promise of %v on its disk: after a crash it might use the same ballot again", what, b, p.promised)
	}
	return nil
}

// ack checks an answer under b.
func (s *State) ack(node int, i *instance, b quorate.Ballot, what string) error {
	if s.members[node].lost {
		return i.broken(ghost.RuleAdmitted, node, "%s %v, but it lost its disk and was not admitted since", what, b)
	}
	if p := &i.parts[node]; b < p.acked {
		return i.broken(ghost.RuleBallot, node, "%s %v after it had acknowledged %v", what, b, p.acked)
	}
	return nil
}

// sendInitial checks an owner's proposal, which uses up its number: it must be on
// disk. Somebody who validates it must not change it.
func (s *State) sendInitial(node int, i *instance, c *quorate.Claim) error {
	if err := s.uses(node, i, c.Ballot, "proposes under"); err != nil {
		return err
	}
	if err := i.learn(node, c.Commands); err != nil {
		return err
	}
	if err := i.begin(node, c.Deps); err != nil {
		return err
	}
	if c.Ballot == 0 && !i.parts[node].accepted {
		return i.broken(ghost.RuleDurable, node, "proposes %s, and it is not on its disk: after a crash it might use the number again", brief(c.Commands))
	}
	return nil
}

func (s *State) sendPreAccept(node int, i *instance, deps []uint64) error {
	if err := s.ack(node, i, 0, "pre-accepts under"); err != nil {
		return err
	}
	if p := &i.parts[node]; !p.accepted || !equal(p.deps, deps) {
		return i.broken(ghost.RuleDurable, node, "pre-accepts after %v, which is not on its disk", deps)
	}
	return nil
}

func (s *State) sendPropose(node int, i *instance, c *quorate.Claim) error {
	if err := s.uses(node, i, c.Ballot, "proposes under"); err != nil {
		return err
	}
	if err := i.learn(node, c.Commands); err != nil {
		return err
	}
	return s.propose(node, i, c.Ballot, i.value(c))
}

// sendVote checks that a vote is on disk when it leaves.
func (s *State) sendVote(node int, i *instance, b quorate.Ballot) error {
	if err := s.ack(node, i, b, "votes at"); err != nil {
		return err
	}
	if r := i.round(b); r == nil || !r.voters.Has(node) {
		return i.broken(ghost.RuleDurable, node, "votes at %v, but the vote is not on its disk: %s", b, i.evidence())
	}
	i.parts[node].acked = b
	return nil
}

// sendPromise checks a promise, and what it tells of its sender's votes.
func (s *State) sendPromise(node int, i *instance, b quorate.Ballot, reports []quorate.Claim) error {
	if err := s.ack(node, i, b, "promises"); err != nil {
		return err
	}
	p := &i.parts[node]
	if p.promised < b {
		return i.broken(ghost.RuleDurable, node, "promises %v with the promise of %v on its disk", b, p.promised)
	}
	if err := s.report(node, i, b, reports); err != nil {
		return err
	}
	p.acked = b
	if i.promises == nil {
		i.promises = map[quorate.Ballot]quorate.Set{}
	}
	i.promises[b] = i.promises[b].Add(node)
	return nil
}

// report checks that a promise tells of its sender's last vote below its ballot, or
// that it has pre-accepted, and of nothing else.
func (s *State) report(node int, i *instance, b quorate.Ballot, reports []quorate.Claim) error {
	p, last := &i.parts[node], i.voted(node, b)
	said := false
	for n := range reports {
		c := &reports[n]
		switch c.Kind {
		case quorate.ClaimChosen:
			return s.mustBeChosen(node, i, i.value(c))
		case quorate.ClaimInitial:
			if err := i.learn(node, c.Commands); err != nil {
				return err
			}
			if err := i.begin(node, c.Deps); err != nil {
				return err
			}
		case quorate.ClaimPreAccept:
			said = last == nil
			if !p.accepted || !equal(p.deps, c.Deps) {
				return i.broken(ghost.RuleReport, node, "promises %v and reports that it pre-accepted after %v, which is not on its disk", b, c.Deps)
			}
		case quorate.ClaimReport:
			r := i.round(c.Ballot)
			if r == nil || !r.voters.Has(node) || !r.value.equal(i.value(c)) {
				return i.broken(ghost.RuleReport, node, "promises %v and reports a vote for %s at %v that is not on its disk; %s", b, i.text(i.value(c)), c.Ballot, i.evidence())
			}
			said = last == nil || c.Ballot >= last.ballot
		}
	}
	switch {
	case said:
	case last != nil:
		return i.broken(ghost.RuleReport, node, "promises %v without its vote for %s at %v", b, i.text(last.value), last.ballot)
	case p.accepted:
		return i.broken(ghost.RuleReport, node, "promises %v without telling that it has pre-accepted", b)
	}
	return nil
}

// sendCommitted checks what a member says to be executed and on its disk.
func (s *State) sendCommitted(node, row int, upto quorate.Slot) error {
	if err := s.allChosen(node, row, upto, "says to have executed"); err != nil {
		return err
	}
	m := &s.members[node]
	for ; m.settled[row] < upto; m.settled[row]++ {
		if i := s.rows[row][m.settled[row]]; !i.told.Has(node) {
			return i.broken(ghost.RuleDurable, node, "says to have executed all below %d, but that this is final is not on its disk", upto)
		}
	}
	return nil
}
