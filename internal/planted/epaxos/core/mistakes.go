package core

import "github.com/quorate/quorate"

// mistakes is what planted bugs of more than a few lines keep. This file is
// written by hand, the others are copies of the protocol.
type mistakes struct {
	unindexed map[ID]bool // of accept-unindexed
}

// Wire tells the parts of the table which bug is planted.
func (t *Table) Wire() { t.index.bug, t.graph.Bug = t.Bug, t.Bug }

// learnOnly takes the commands of an instance, and does not enter them in the index.
func (t *Table) learnOnly(i *Instance, commands []quorate.Command) {
	if len(commands) == 0 {
		return
	}
	i.Commands, i.news, i.touches = commands, true, t.index.footprint(commands)
	if t.unindexed == nil {
		t.unindexed = map[ID]bool{}
	}
	t.unindexed[i.ID] = true
	t.known(i)
}

// enter enters in the index what learnOnly did not.
func (t *Table) enter(i *Instance) {
	if t.unindexed[i.ID] {
		delete(t.unindexed, i.ID)
		t.index.add(i)
	}
}

// dropFirst takes the first instances of rows for nothing at all.
func (t *Table) dropFirst() {
	for row, upto := range t.deps {
		if upto == 1 {
			t.deps[row] = 0
		}
	}
}

// dropLast forgets the vote for the last instance of the row.
func (r *row) dropLast() {
	if n := len(r.instances); n > 0 && r.instances[n-1] != nil {
		i := r.instances[n-1]
		i.Promised, i.Voted, i.Phase, i.Nop, i.Deps = 0, 0, None, false, nil
	}
}

// lastVote is the phase before a commit, as far as the vote tells.
func lastVote(v Vote) Phase {
	if v.Voted > 0 {
		return Accepted
	}
	return PreAccepted
}

// Before is the phase in which the instance was committed, as far as its vote tells.
func (i *Instance) Before() Phase {
	switch {
	case i.Voted > 0:
		return Accepted
	case i.Initial && !i.Nop:
		return PreAccepted
	}
	return None
}

// DepsAgain gives an instance of this replica the dependencies that it knows by
// now, as if it had just been proposed.
func (t *Table) DepsAgain(i *Instance) Deps {
	deps := t.Deps(i.Commands)
	if row := int(i.ID.Row); deps.At(row) > i.ID.Number {
		deps = append(Deps(nil), deps...)
		deps[row] = i.ID.Number // not itself, nor what comes after it
	}
	i.Deps, i.InitDeps, i.news = deps, deps, true
	return deps
}
