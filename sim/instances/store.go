package instances

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

// storeInitial: a member knows the owner's commands, and may know its dependencies.
func (s *State) storeInitial(node int, i *instance, c *quorate.Claim) error {
	if err := i.learn(node, c.Commands); err != nil {
		return err
	}
	if p := &i.parts[node]; len(c.Commands) > 0 && p.known == 0 {
		p.known = s.clock
	}
	if !c.Final {
		return nil
	}
	return i.begin(node, c.Deps)
}

// storePreAccept: the dependencies that a member adds are those it knew before.
func (s *State) storePreAccept(node int, i *instance, deps []uint64) error {
	p := &i.parts[node]
	if p.accepted {
		if !equal(p.deps, deps) {
			return i.broken(ghost.RuleValue, node, "pre-accepts after %v, and before after %v", deps, p.deps)
		}
		return nil
	}
	switch {
	case !i.initial:
		return i.broken(ghost.RuleValue, node, "pre-accepts what nobody proposed")
	case p.bound() > 0:
		return i.broken(ghost.RuleBallot, node, "pre-accepts after it had promised %v", p.bound())
	case p.known == 0:
		return i.broken(ghost.RuleDurable, node, "has its pre-accept on disk, and not the commands")
	case !covers(deps, i.deps):
		return i.broken(ghost.RuleVisibility, node, "pre-accepts after %v, which leaves out some of the proposal's %v", deps, i.deps)
	}
	if s.members[node].lost {
		return nil
	}
	if j := s.missed(node, i, deps); j != nil {
		return i.broken(ghost.RuleVisibility, node, "pre-accepts %s after %v, without %v/%d, which it knew: %s", brief(i.commands), deps, s.ids[j.row], j.number, brief(j.commands))
	}
	p.accepted, p.deps = true, deps
	return nil
}

// storeVote counts a vote: it is on disk now.
func (s *State) storeVote(node int, i *instance, c *quorate.Claim) error {
	p, v := &i.parts[node], i.value(c)
	r := i.round(c.Ballot)
	if r != nil && r.voters.Has(node) && r.value.equal(v) || s.members[node].lost {
		return nil
	}
	if c.Ballot < p.bound() {
		return i.broken(ghost.RuleBallot, node, "accepts at %v after it had promised %v", c.Ballot, p.bound())
	}
	if !v.nop && p.known == 0 {
		return i.broken(ghost.RuleDurable, node, "has its vote on disk, and not the commands")
	}
	if i.owns(node, c.Ballot) { // it may vote for what it has sent to nobody
		if err := s.propose(node, i, c.Ballot, v); err != nil {
			return err
		}
		r = i.round(c.Ballot)
	}
	if r == nil || !r.value.equal(v) {
		return i.broken(ghost.RuleValue, node, "accepts %s at %v, which nobody proposed: %s", i.text(v), c.Ballot, i.evidence())
	}
	r.voters = r.voters.Add(node)
	if !s.cfg.Phase2(r.voters) {
		return nil
	}
	return s.choose(node, i, r.value)
}

// storeChosen: the value is final, by the word of others, or by that of an owner
// that took the fast path.
func (s *State) storeChosen(node int, i *instance, c *quorate.Claim) error {
	v := i.value(c)
	if !i.isChosen && node == i.row && c.Ballot == 0 && i.round(0) == nil && i.initial && v.equal(value{deps: i.deps}) && s.cfg.Fast(i.same()) {
		if b := i.parts[node].bound(); b > 0 {
			return i.broken(ghost.RuleBallot, node, "decides on the fast path after it had promised %v", b)
		}
		if err := s.choose(node, i, v); err != nil {
			return err
		}
	}
	if err := s.mustBeChosen(node, i, v); err != nil {
		return err
	}
	if !v.nop && i.parts[node].known == 0 {
		return i.broken(ghost.RuleDurable, node, "has it on disk that the commands are final, and not the commands")
	}
	if !i.told.Has(node) {
		if r := i.voted(node, ^quorate.Ballot(0)); r == nil && !i.same().Has(node) {
			s.counts.Learnt++
		}
		i.told = i.told.Add(node)
	}
	return nil
}

// storePromise: the promise on a disk never falls.
func (s *State) storePromise(node int, i *instance, b quorate.Ballot) error {
	p := &i.parts[node]
	if b < p.bound() && !i.told.Has(node) { // what is final asks for no promises any more
		return i.broken(ghost.RuleBallot, node, "writes to disk that it promises %v, after it had promised %v", b, p.bound())
	}
	p.promised = max(p.promised, b)
	return nil
}

func (s *State) storeTrimmed(node, row int, upto quorate.Slot) error {
	if err := s.allChosen(node, row, upto, "drops"); err != nil {
		return err
	}
	m := &s.members[node]
	m.base[row] = max(m.base[row], uint64(upto))
	m.settled[row] = max(m.settled[row], upto)
	return nil
}

// allChosen checks that the instances of a row below upto are final.
func (s *State) allChosen(node, row int, upto quorate.Slot, what string) error {
	for n := s.members[node].settled[row]; n < upto; n++ {
		i, err := s.instance(node, row, n)
		if err != nil {
			return err
		}
		if !i.isChosen {
			return i.broken(ghost.RuleChosen, node, "%s all below %d, but this is not final: %s", what, upto, i.evidence())
		}
	}
	return nil
}
