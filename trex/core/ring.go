package core

import (
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

// phase is how far a slot is at the member that recovers or leads.
type phase uint8

const (
	waiting   phase = iota // for its turn to be prepared
	preparing              // promises are counted
	accepting              // acceptances are counted
	chosen                 // and only waits for those below it
)

// slot is an open slot. That its value is chosen is said once, by its phase, and
// no late vote can unsay it.
type slot struct {
	phase    phase
	mine     bool // Proposed here, and not replaced since
	tally    quorate.Tally
	due      time.Duration // when to ask the silent again
	resent   int
	best     paxos.Entry // what phase 1 has found
	commands []quorate.Command
}

// ring holds the open slots, from the first that is not known chosen on. It has
// at most paxos/core.Span of them.
type ring struct {
	first quorate.Slot
	n     int
	slots []slot // a power of two of them; slot s is at s modulo that
}

func (r *ring) next() quorate.Slot { return r.first + quorate.Slot(r.n) }

// at returns slot s, nil if it is not open. The pointer is good until the ring
// is extended.
func (r *ring) at(s quorate.Slot) *slot {
	if s < r.first || s >= r.next() {
		return nil
	}
	return r.place(s)
}

func (r *ring) place(s quorate.Slot) *slot { return &r.slots[uint64(s)&uint64(len(r.slots)-1)] }

// extend opens the slots below to.
func (r *ring) extend(to quorate.Slot) {
	if to <= r.next() {
		return
	}
	need := int(to - r.first)
	if need > len(r.slots) {
		bigger := ring{first: r.first, n: r.n, slots: make([]slot, max(64, ceil(need)))}
		for s := r.first; s < r.next(); s++ {
			*bigger.place(s) = *r.place(s)
		}
		*r = bigger
	}
	r.n = need
}

// ceil returns the smallest power of two that is not less than n.
func ceil(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}

// drop closes the slots below to.
func (r *ring) drop(to quorate.Slot) {
	for r.n > 0 && r.first < to {
		*r.place(r.first) = slot{}
		r.first++
		r.n--
	}
	r.first = max(r.first, to)
}

// clear closes all slots.
func (r *ring) clear() {
	clear(r.slots)
	r.n = 0
}
