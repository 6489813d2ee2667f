package core

import (
	"fmt"

	"github.com/quorate/quorate"
)

// Verdict is a replica's answer to a request.
type Verdict uint8

// The verdicts.
const (
	Refused Verdict = iota // a higher ballot is promised, or the phase has passed
	Stored                 // the instance changed and must be persisted before the answer leaves
	Known                  // the answer is the same as before; nothing needs storing
	Final                  // the instance is committed here: say so
)

// PreAccept stores the owner's proposal, and adds what interferes with it here to
// the dependencies, and the floor, in place of what may be dropped. Only the owner's
// first ballot has this phase, the zero one.
func (t *Table) PreAccept(i *Instance, commands []quorate.Command, deps Deps) Verdict {
	switch {
	case i.Phase == Committed:
		return Final
	case i.Promised > 0 || i.Phase == Accepted:
		return Refused
	case i.Phase == PreAccepted:
		return Known
	}
	if i.touches == nil {
		i.touches = t.index.footprint(commands)
	}
	clear(t.deps)
	copy(t.deps, deps)
	for row, upto := range t.floor {
		t.deps[row] = max(t.deps[row], upto)
	}
	for _, a := range i.touches { // before the index has the instance itself
		a.key.addTo(t.deps, a.write)
	}
	i.Deps = t.found(deps)
	t.learn(i, commands)
	i.Initial, i.InitDeps, i.news = true, deps, true
	i.Phase = PreAccepted
	return Stored
}

// Accept votes for a value under ballot b. A vote is a promise of b as well.
func (t *Table) Accept(i *Instance, b quorate.Ballot, v Value) Verdict {
	switch {
	case i.Phase == Committed:
		return Final
	case b < i.Promised:
		return Refused
	case b == i.Voted && i.Phase == Accepted:
		if !v.Equal(i.Value()) {
			panic(fmt.Sprintf("epaxos: ballot %v proposed two values for instance %v: %v and %v", b, i.ID, i.Value(), v))
		}
		return Known
	}
	t.take(i, v)
	i.Promised, i.Voted, i.Phase = b, b, Accepted
	return Stored
}

// Commit makes a value final. It reports whether that is news, which is to be
// persisted. Two final values break Agreement: Commit panics with both.
func (t *Table) Commit(i *Instance, v Value) bool {
	if i.Phase == Committed {
		if !v.Equal(i.Value()) {
			panic(fmt.Sprintf("epaxos: instance %v is committed as %v and as %v", i.ID, i.Value(), v))
		}
		return false
	}
	known := i.Known()
	t.take(i, v)
	i.Phase = Committed
	if !known {
		t.known(i)
	}
	return true
}

// Order enters a committed instance in the execution graph. The owner does so
// only when a commit on the fast path is on its disk: nobody else knows of it.
func (t *Table) Order(i *Instance) { t.graph.Commit(&i.node) }

func (t *Table) take(i *Instance, v Value) {
	t.learn(i, v.Commands)
	i.Nop, i.Deps = v.Nop(), v.Deps
}

// Promise takes part in a recovery under b: in nothing lower from now on. The
// vote stays where it is. A recovery may ask twice.
func (t *Table) Promise(i *Instance, b quorate.Ballot) Verdict {
	switch {
	case i.Phase == Committed:
		return Final
	case b < i.Promised || b == 0:
		return Refused
	case b == i.Promised:
		return Known
	}
	i.Promised = b
	return Stored
}

// Conflict is an instance that speaks against a proposal that may have been
// committed on the fast path: neither depends on the other.
type Conflict struct {
	ID        ID
	Committed bool
}

// Validate stores the owner's proposal, as far as it is not known, and returns
// what speaks against it here: what is dropped counts. It is refused unless b is promised and nothing was
// voted for under b: a late copy must not touch what was accepted since.
func (t *Table) Validate(i *Instance, b quorate.Ballot, commands []quorate.Command, deps Deps) ([]Conflict, Verdict) {
	switch {
	case i.Phase == Committed:
		return nil, Final
	case b != i.Promised || i.Voted == b:
		return nil, Refused
	}
	verdict := Known
	if !i.Initial {
		t.learn(i, commands)
		i.Initial, i.InitDeps, i.news = true, deps, true
		verdict = Stored
	}
	found := t.lost(deps)
	seen := map[ID]bool{i.ID: true}
	t.beyond(i.touches, deps, func(j *Instance) {
		if seen[j.ID] {
			return
		}
		seen[j.ID] = true
		switch {
		case j.Phase == Committed && (j.Nop || j.Deps.Covers(i.ID)):
		case j.Phase == Committed:
			found = append(found, Conflict{j.ID, true})
		case j.Initial && !j.InitDeps.Covers(i.ID):
			found = append(found, Conflict{j.ID, false})
		}
	})
	return found, verdict
}
