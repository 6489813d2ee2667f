// Package trim decides when instances may be dropped.
//
// Two things must be so. All members have executed the instance, and have it on
// their disks as committed: nobody will ask for it any more, whatever crashes. And
// all members have executed what any of them had proposed by the time when it had
// executed the instance: what is still undecided was proposed later, so it depends
// on the instance if it interferes with it. Else a recovery could come upon a
// proposal against which the instance speaks, and nobody would know.
package trim

import (
	"slices"

	"github.com/quorate/quorate/epaxos/core"
)

// Trimmer is one member's. It hears of each member how far its rows go and what it
// has executed, in one report.
type Trimmer struct {
	self     int
	executed []core.Deps // by each member, as it said
	ends     core.Deps   // of each member's own row, as it said
	below    core.Deps   // to be dropped once all below upto is executed everywhere
	upto     core.Deps   // nil if nothing is to be dropped
}

// New returns the trimmer of one member.
func New(size, self int) *Trimmer {
	return &Trimmer{self: self, executed: make([]core.Deps, size), ends: make(core.Deps, size)}
}

// Heard takes a member's report. Late ones do no harm.
func (t *Trimmer) Heard(member int, ends, executed core.Deps) {
	t.executed[member] = t.executed[member].Union(executed)
	t.ends[member] = max(t.ends[member], ends.At(member))
}

// Due returns below which instances may be dropped now; false if none may, or fewer
// than step. While a member is away nothing becomes due.
func (t *Trimmer) Due(table *core.Table, step int) (core.Deps, bool) {
	everywhere := table.Executed()
	t.Heard(t.self, table.Ends(), everywhere)
	everywhere = slices.Clone(everywhere)
	for _, executed := range t.executed {
		for row := range everywhere {
			everywhere[row] = min(everywhere[row], executed.At(row))
		}
	}
	if t.upto == nil {
		gone, base := 0, table.Base()
		for row := range everywhere {
			gone += int(everywhere[row] - base.At(row))
		}
		if gone < step {
			return nil, false
		}
		t.below, t.upto = everywhere, slices.Clone(t.ends) // which moves
	}
	return t.below, everywhere.Union(t.upto).Equal(everywhere)
}

// Dropped says that what was due is dropped.
func (t *Trimmer) Dropped() { t.upto = nil }
