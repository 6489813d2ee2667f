package instances

import (
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/sim/ghost"
)

// choose makes a value final. Of two that interfere one must depend on the other.
func (s *State) choose(node int, i *instance, v value) error {
	if i.isChosen {
		if !i.chosen.equal(v) {
			return i.broken(ghost.RuleAgreement, node, "makes %s final, but %s was so already: %s", i.text(v), i.text(i.chosen), i.evidence())
		}
		return nil
	}
	i.isChosen, i.chosen = true, v
	if v.nop {
		return nil
	}
	for _, c := range i.commands {
		s.done[c.ID()] = struct{}{}
	}
	return s.visible(node, i)
}

// mustBeChosen checks that a value is final.
func (s *State) mustBeChosen(node int, i *instance, v value) error {
	switch {
	case !i.isChosen:
		return i.broken(ghost.RuleChosen, node, "takes %s for final, but no quorum has made it so: %s", i.text(v), i.evidence())
	case !i.chosen.equal(v):
		return i.broken(ghost.RuleAgreement, node, "takes %s for final, but it is %s: %s", i.text(v), i.text(i.chosen), i.evidence())
	}
	return nil
}

// propose takes what somebody wants to be voted for. All that costs time is done
// when it is new.
func (s *State) propose(node int, i *instance, b quorate.Ballot, v value) error {
	if r := i.round(b); r != nil {
		if !r.value.equal(v) {
			return i.broken(ghost.RuleValue, node, "proposes two values under %v: %s and %s", b, i.text(r.value), i.text(v))
		}
		return nil
	}
	if err := s.prepared(node, i, b, v); err != nil {
		return err
	}
	if err := s.safe(node, i, b, v); err != nil {
		return err
	}
	if b > 0 && !v.nop {
		s.counts.Recovered++
	}
	i.rounds = append(i.rounds, round{ballot: b, value: v})
	return nil
}

// prepared checks that a phase-1 quorum has promised the ballot, or under the zero
// one has pre-accepted, with no dependencies that are left out.
func (s *State) prepared(node int, i *instance, b quorate.Ballot, v value) error {
	var who quorate.Set
	for m := range i.parts {
		p := &i.parts[m]
		if b == 0 && p.accepted && covers(v.deps, p.deps) || b > 0 && (i.promises[b].Has(m) || m == node && p.promised >= b) {
			who = who.Add(m)
		}
	}
	switch {
	case b == 0 && (v.nop || !who.Has(i.row) || !s.cfg.Phase1(who)):
		return i.broken(ghost.RuleQuorum, node, "proposes %s under the zero ballot, but of those who pre-accepted only %s have no further dependencies: %s",
			i.text(v), s.cfg.Cluster.Names(who), i.evidence())
	case b > 0 && !s.cfg.Phase1(who):
		return i.broken(ghost.RuleQuorum, node, "proposes under %v, but only %s have promised it", b, s.cfg.Cluster.Names(who))
	}
	return nil
}

// safe checks that no other value is final, or can still become so, at a lower
// ballot; and that a value under a ballot comes from somewhere.
func (s *State) safe(node int, i *instance, b quorate.Ballot, v value) error {
	known := v.nop || i.initial && v.equal(value{deps: i.deps})
	for r := range i.rounds {
		r := &i.rounds[r]
		if r.ballot >= b {
			continue
		}
		if r.value.equal(v) {
			known = true
			continue
		}
		able := r.voters
		for m := range i.parts {
			if i.parts[m].bound() <= r.ballot {
				able = able.Add(m)
			}
		}
		if s.cfg.Phase2(able) {
			return i.broken(ghost.RuleSafe, node, "proposes %s under %v, but another value is or can be chosen at %v by %s: %s",
				i.text(v), b, r.ballot, s.cfg.Cluster.Names(able), i.evidence())
		}
	}
	if b == 0 {
		return nil
	}
	if !known {
		return i.broken(ghost.RuleValue, node, "proposes %s under %v, which nobody proposed before: %s", i.text(v), b, i.evidence())
	}
	if !i.initial || v.equal(value{deps: i.deps}) || i.round(0) != nil { // the owner took the slow path
		return nil
	}
	if able := s.fast(i); i.parts[i.row].bound() == 0 && able.Has(i.row) && s.cfg.Fast(able) {
		return i.broken(ghost.RuleSafe, node, "proposes %s under %v, but %s may still decide on the fast path with %s: %s",
			i.text(v), b, s.ids[i.row], s.cfg.Cluster.Names(able), i.evidence())
	}
	return nil
}

// fast returns who has pre-accepted the proposal as it is, or may still do so: who
// has promised nothing, and knows of nothing that it would add.
func (s *State) fast(i *instance) quorate.Set {
	able := i.same()
	for m := range i.parts {
		p := &i.parts[m]
		if p.accepted || p.bound() > 0 || s.members[m].lost || !covers(i.deps, s.members[m].base) || s.missed(m, i, i.deps) != nil {
			continue
		}
		able = able.Add(m)
	}
	return able
}

// entry finds where an instance of a row stands, or would.
func entry(list []*instance, number uint64) (int, bool) {
	return slices.BinarySearchFunc(list, number, func(i *instance, n uint64) int {
		switch {
		case i.number < n:
			return -1
		case i.number > n:
			return 1
		}
		return 0
	})
}
