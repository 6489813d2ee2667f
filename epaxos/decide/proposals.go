package decide

import (
	"slices"
	"time"

	"github.com/quorate/quorate/epaxos/core"
)

// Proposals are what one owner has under way, in the order of their numbers.
type Proposals struct {
	open  []*Proposal      // not committed; Take removes them
	begun []*core.Instance // not executed; Room drops what is
}

// Add takes up a proposal with a higher number than all before.
func (q *Proposals) Add(p *Proposal, i *core.Instance) {
	q.open = append(q.open, p)
	q.begun = append(q.begun, i)
}

// Open returns the proposals that are not committed; the slice is the caller's.
func (q *Proposals) Open() []*Proposal { return slices.Clone(q.open) }

// Waiting returns the proposals that have waited long enough for a fast quorum, and
// when the next one will have; 0 if none waits.
func (q *Proposals) Waiting(now time.Duration) (due []*Proposal, next time.Duration) {
	for _, p := range q.open {
		switch {
		case p.Until == 0 || p.Slow || p.Dead:
		case p.Until <= now:
			due = append(due, p)
		case next == 0 || p.Until < next:
			next = p.Until
		}
	}
	return due, next
}

// Get returns the proposal of an instance, nil if there is none, or it is dead.
func (q *Proposals) Get(id core.ID) *Proposal {
	if at, ok := q.find(id); ok && !q.open[at].Dead {
		return q.open[at]
	}
	return nil
}

// Take removes the proposal of an instance, and returns it; nil if there is none.
func (q *Proposals) Take(id core.ID) *Proposal {
	at, ok := q.find(id)
	if !ok {
		return nil
	}
	p := q.open[at]
	q.open = slices.Delete(q.open, at, at+1)
	return p
}

func (q *Proposals) find(id core.ID) (int, bool) {
	return slices.BinarySearchFunc(q.open, id, func(p *Proposal, id core.ID) int { return p.ID.Compare(id) })
}

// Room bounds the instances that are not committed, and those that are not executed.
// Where all write one key, every instance may wait for one that was proposed after
// it, and that for another, and so on without end, unless at some time nothing new is
// proposed.
func (q *Proposals) Room(window, backlog int) bool {
	if len(q.begun) >= backlog {
		q.begun = slices.DeleteFunc(q.begun, func(i *core.Instance) bool { return i.Node().Executed() })
	}
	return len(q.open) < window && len(q.begun) < backlog
}

// Unsynced reports whether the latest proposal is not on its owner's disk, as far as
// that knows. An owner that may not vote hears nothing of it.
func (q *Proposals) Unsynced() bool {
	if len(q.open) == 0 {
		return false
	}
	p := q.open[len(q.open)-1]
	return !p.Dead && !p.Slow && p.Resent == 0 && !p.Answered().Has(p.self)
}
