package core

import (
	"github.com/quorate/quorate"
)

// Promise is what one acceptor reports of its log when it promises a ballot,
// in one or more parts.
type Promise struct {
	From    quorate.Slot // where this part starts
	Next    quorate.Slot // where the next part starts
	More    bool         // there is a next part
	Base    quorate.Slot // the acceptor trimmed the slots below
	Entries []Entry      // accepted and chosen ones, in slot order
}

// plausible reports whether a log can look like this part: beyond what is
// chosen, which has no holes, it holds entries for Span slots. Otherwise a wrong
// slot number would have the candidate fill an endless hole with no-ops.
func (p *Promise) plausible() bool {
	next := p.From
	for i := range p.Entries {
		if s := p.Entries[i].Slot; s < next || s >= p.Next {
			return false
		}
		next = p.Entries[i].Slot + 1
	}
	return next <= p.Next && p.Next-p.From <= Span+quorate.Slot(len(p.Entries))
}

// PromisePart returns the part of l's report that starts at from and holds
// about limit bytes. Chosen entries are part of it: a candidate that lags would
// otherwise use their slots again.
func (l *Log) PromisePart(from quorate.Slot, limit int) Promise {
	entries, next := l.Entries(from, l.End(), limit)
	return Promise{From: from, Next: next, More: next < l.End(), Base: l.base, Entries: entries}
}

// Recovery is phase 1 at a candidate: it gathers the promises for one ballot
// and derives what the new leader must propose.
type Recovery struct {
	ballot quorate.Ballot
	from   quorate.Slot // what lies below was known chosen when phase 1 began
	tally  quorate.Tally
	next   []quorate.Slot // for each member: where the part still missing starts
	best   []Entry        // for each slot from from on: the value to propose
}

// NewRecovery starts phase 1 for ballot b with the first slot not known chosen.
func NewRecovery(c *quorate.Cluster, phase1 quorate.Quorum, b quorate.Ballot, from quorate.Slot) *Recovery {
	r := &Recovery{ballot: b, from: from, tally: quorate.NewTally(phase1, c.All()), next: make([]quorate.Slot, c.Size())}
	for i := range r.next {
		r.next[i] = from
	}
	return r
}

// Ballot returns the ballot the promises are for.
func (r *Recovery) Ballot() quorate.Ballot { return r.ballot }

// From returns the first slot that is being recovered.
func (r *Recovery) From() quorate.Slot { return r.from }

// Add takes a part of member's promise. Parts that arrive twice or out of order
// are ignored; the caller asks again from Wanted. It reports whether the
// member's promise is complete now. The caller checks that the promise answers
// this very ballot.
func (r *Recovery) Add(member int, p Promise) bool {
	if r.Promised(member) || p.From != r.next[member] || p.Base > r.from || !p.plausible() {
		return false
	}
	for _, e := range p.Entries {
		r.merge(e)
	}
	r.next[member] = p.Next
	if p.More {
		return false
	}
	r.tally.Vote(member, true)
	return true
}

// Advance says that the slots below to are known chosen meanwhile. What is still
// missing of promises is asked for from there on; what came before stays.
func (r *Recovery) Advance(to quorate.Slot) {
	if to <= r.from {
		return
	}
	r.best = r.best[min(to-r.from, quorate.Slot(len(r.best))):]
	r.from = to
	for i := range r.next {
		r.next[i] = max(r.next[i], to)
	}
}

// merge keeps, for each slot, a chosen value before all others, and otherwise
// the one accepted under the highest ballot ("Paxos Made Simple", §2.2, P2c).
func (r *Recovery) merge(e Entry) {
	if e.Slot < r.from {
		return
	}
	for r.from+quorate.Slot(len(r.best)) <= e.Slot {
		r.best = append(r.best, Entry{Slot: r.from + quorate.Slot(len(r.best))})
	}
	best := &r.best[e.Slot-r.from]
	if best.Chosen || !e.Chosen && e.Ballot <= best.Ballot {
		return
	}
	*best = e
}

// Refuse counts member's refusal.
func (r *Recovery) Refuse(member int) { r.tally.Vote(member, false) }

// Promised reports whether member's promise is complete.
func (r *Recovery) Promised(member int) bool { return r.tally.Yes().Has(member) }

// Wanted returns where the missing part of member's promise starts.
func (r *Recovery) Wanted(member int) quorate.Slot { return r.next[member] }

// Outcome says whether a phase-1 quorum has promised.
func (r *Recovery) Outcome() quorate.Outcome { return r.tally.Outcome() }

// Values returns what the new leader must propose in the slots it recovers,
// one entry for each slot up to the highest reported, without gaps. A slot
// that no promise mentions cannot have been chosen; it is filled with a no-op,
// since execution cannot pass a hole.
func (r *Recovery) Values() []Entry {
	for i := range r.best {
		if r.best[i].empty() {
			r.best[i].Commands = NoOp()
		}
	}
	return r.best
}

// NoOp returns the value of a slot that executes nothing.
func NoOp() []quorate.Command { return []quorate.Command{{Op: quorate.OpNop}} }
