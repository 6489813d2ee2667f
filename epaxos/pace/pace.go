// Package pace knows how long others take, from how long they took: members may be
// in the next rack or on another continent, and no constant fits both.
package pace

import (
	"slices"
	"time"

	"github.com/quorate/quorate"
)

// Estimate is a running mean and deviation, as TCP has them for round trips
// (Jacobson, "Congestion avoidance and control", SIGCOMM 1988; RFC 6298).
type Estimate struct{ mean, dev time.Duration }

// Add takes a measurement.
func (e *Estimate) Add(took time.Duration) {
	if took = max(took, 1); e.mean == 0 {
		e.mean, e.dev = took, took/2
		return
	}
	off := took - e.mean
	e.dev += (max(off, -off) - e.dev) / 4
	e.mean += off / 8
}

// Mean returns what is usual; 0 without a measurement.
func (e *Estimate) Mean() time.Duration { return e.mean }

// Upper returns what is hardly ever exceeded; 0 without a measurement.
func (e *Estimate) Upper() time.Duration { return e.mean + 4*e.dev }

// Members are the other members of a group, by index.
type Members struct {
	Slow  quorate.Set // let somebody wait, and were not heard of since: nothing below counts on them
	self  int
	trips []Estimate // how long an answer takes
}

// New returns the members of a group of so many; self is not one of the others.
func New(size, self int) Members { return Members{self: self, trips: make([]Estimate, size)} }

// Answered notes that a member answered what was sent at a time; at 0 if it is not
// known which of several messages it answered.
func (m *Members) Answered(member int, sent, now time.Duration) {
	m.Slow = m.Slow.Remove(member)
	if sent > 0 && member != m.self {
		m.trips[member].Add(now - sent)
	}
}

// Within returns how long it takes at most, as a rule, until n of the members have
// answered; 0 if that is not known.
func (m *Members) Within(n int) time.Duration {
	var known []time.Duration
	for i := range m.trips {
		if upper := m.trips[i].Upper(); upper > 0 && !m.Slow.Has(i) {
			known = append(known, upper)
		}
	}
	if n < 1 || n > len(known) {
		return 0
	}
	slices.Sort(known)
	return known[n-1]
}

// Retransmit returns after which time a message is sent again of which n answers
// are wanted, no less than least.
func (m *Members) Retransmit(n int, least time.Duration) time.Duration {
	usual := m.Within(n)
	return max(least, usual+usual/4)
}

// Wait returns how long to wait for more answers than a round needs, so that no
// second one is necessary: as long as they take as a rule, unless the second round
// takes less; no less than least. The round began a while ago.
func (m *Members) Wait(ago time.Duration, more, enough int, least time.Duration) time.Duration {
	left := m.Within(more) - ago
	if left > m.Within(enough) {
		return least
	}
	return max(left, least)
}

// Longest returns how long the answer takes that takes the longest, no less than
// least; unknown, if nobody ever answered.
func (m *Members) Longest(least, unknown time.Duration) time.Duration {
	longest := time.Duration(0)
	for i := range m.trips {
		if !m.Slow.Has(i) {
			longest = max(longest, m.trips[i].Upper())
		}
	}
	if longest == 0 {
		return unknown
	}
	return max(longest, least)
}
