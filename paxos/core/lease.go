package core

import (
	"fmt"
	"time"

	"github.com/quorate/quorate"
)

// A lease lets a leader answer reads from its own state without asking anybody
// (Gray and Cheriton, "Leases", SOSP 1989): whoever grants it helps to elect
// nobody else for a while. Both sides count that while on their own clocks, by
// durations only, and what keeps them apart is a bound on how wrong a clock's
// rate may be:
//
//	holder   t0 ├──────── Window·(1-ClockError) ────────┤ the lease ends
//	              \ asks
//	granter        t1 ├──────── Window·(1+ClockError) ────────┤ promises again
//
// A clock that runs at a rate between 1-ClockError and 1+ClockError shows the
// holder the end of its lease no later than a true Window after t0, and the
// granter the end of its wait no sooner than a true Window after t1; and t1,
// when the request came, is not before t0, when it left. A clock that is set
// while its node lives breaks that; one that stands still does, too.

// LeaseTerms is what all members agree on. The zero value is no leases.
type LeaseTerms struct {
	Window     time.Duration // 0: no leases
	ClockError float64       // how far a clock's rate may be from 1, below 1
}

// Validate reports terms that no clocks can keep.
func (t LeaseTerms) Validate() error {
	if t.Window < 0 {
		return fmt.Errorf("lease of %v: want a positive duration, or 0 for none", t.Window)
	}
	if !(t.ClockError >= 0 && t.ClockError <= 0.5) {
		return fmt.Errorf("clock error of %v: want a share, 0 to 0.5", t.ClockError)
	}
	return nil
}

// String names the terms, as members compare them.
func (t LeaseTerms) String() string {
	if t.Window == 0 {
		return "none"
	}
	return fmt.Sprintf("%v, clocks right within %g", t.Window, t.ClockError)
}

func (t LeaseTerms) margin() time.Duration {
	return time.Duration(float64(t.Window)*t.ClockError) + 1 // rounded up
}

// Held returns how long after it asked the holder counts on the lease.
func (t LeaseTerms) Held() time.Duration { return t.Window - t.margin() }

// Waited returns how long after it was asked a granter helps nobody else.
func (t LeaseTerms) Waited() time.Duration { return t.Window + t.margin() }

// Lease is the holder's side, of one leadership. A request for it is a numbered
// round that goes to all members; a phase-2 quorum must grant it.
type Lease struct {
	terms LeaseTerms
	asked []request     // that may still be granted, oldest first; thinned out by Ask
	until time.Duration // when what was granted ends
}

type request struct {
	round uint64
	at    time.Duration
}

// NewLease returns a lease that nobody has granted.
func NewLease(t LeaseTerms) Lease { return Lease{terms: t} }

// fewest is how many requests are remembered of one window: what is granted to a
// later round is granted to an earlier one, too, so a leader that begins a round
// for every read loses little.
const fewest = 32

// Ask notes that a round began now. Rounds are numbered in ascending order.
func (l *Lease) Ask(round uint64, now time.Duration) {
	for len(l.asked) > 0 && l.asked[0].at+l.terms.Held() <= now {
		l.asked = l.asked[1:]
	}
	n := len(l.asked)
	if l.terms.Window == 0 || n > 0 && now-l.asked[n-1].at < l.terms.Window/fewest {
		return
	}
	l.asked = append(l.asked, request{round, now})
}

// Granted extends the lease to what the newest round gives that a quorum has
// granted: confirmed says whether one has answered that round, or later ones,
// with yes. The lease counts from when the round began, whenever the answers
// came; a round that lacks an answer gives nothing.
func (l *Lease) Granted(confirmed func(round uint64) bool) {
	for i := len(l.asked) - 1; i >= 0; i-- {
		if confirmed(l.asked[i].round) {
			l.until = l.asked[i].at + l.terms.Held()
			l.asked = l.asked[i+1:]
			return
		}
	}
}

// Holds reports whether the lease has not ended.
func (l *Lease) Holds(now time.Duration) bool { return now < l.until }

// Grant is the granter's side: whom a member must not help to replace. It is
// not persisted; a member that starts binds itself for everybody instead.
//
// It binds when the request comes, whatever of the log this member has learnt,
// and promises only. A vote for a leader of a higher ballot needs no check: a
// phase-1 quorum has elected it, and met every quorum that granted the lease.
type Grant struct {
	terms  LeaseTerms
	holder quorate.ID
	until  time.Duration  // when it ends
	least  quorate.Ballot // lower ones ask in vain: a later leader has asked, or this one has given up
	nobody time.Duration  // until then nobody is helped
}

// NewGrant returns a grant to nobody. The zero value is without leases.
func NewGrant(t LeaseTerms) Grant { return Grant{terms: t} }

// Forgotten binds the member for what it may have granted up to now and does not
// remember: it has just started, or it takes the place of one that lost its disk.
func (g *Grant) Forgotten(now time.Duration) {
	if g.terms.Window > 0 {
		g.nobody = now + g.terms.Waited()
	}
}

// To grants the lease to the leader of ballot b, whose request has come now, and
// reports whether it did. It takes a grant to the leader of a lower ballot over:
// b was elected, so that lease has ended. A late request of an earlier leader
// must not do the same to b's.
func (g *Grant) To(b quorate.Ballot, now time.Duration) bool {
	if g.terms.Window == 0 {
		return true
	}
	if b < g.least {
		return false
	}
	g.holder, g.until, g.least = b.Owner(), now+g.terms.Waited(), b
	return true
}

// Release ends what was granted to the leader of ballot b, which says that it
// has given up.
func (g *Grant) Release(b quorate.Ballot) {
	if g.terms.Window > 0 && b >= g.least {
		g.until, g.least = 0, max(g.least, b+1)
	}
}

// Binds returns for how long the member must not promise ballot b; zero if it
// may. The holder itself may stand again.
func (g *Grant) Binds(b quorate.Ballot, now time.Duration) time.Duration {
	until := g.nobody
	if b.Owner() != g.holder {
		until = max(until, g.until)
	}
	return max(until-now, 0)
}
