package core

import (
	"time"

	"github.com/quorate/quorate"
)

// With leases, each round of LeaderChecks asks for one, see Lease and Grant
// of paxos/core; a leader begins one with each heartbeat.

// Leased reports whether it leads and holds a lease: nobody else can have had
// anything chosen.
func (s State) Leased(now time.Duration) bool { return s.n.role == Leader && s.n.lease.Holds(now) }

// bound returns for how long a lease forbids to promise the ballots of a member,
// this one included.
func (n *node) bound(owner quorate.ID) time.Duration {
	return n.grant.Binds(quorate.NewBallot(1, owner), n.now)
}

// await lets an election wait until a lease has ended: it counts for no failure,
// and to begin anew would be refused, too.
func (n *node) await(lease time.Duration) time.Duration {
	return n.now + min(lease, n.cfg.Lease.Waited()) + time.Duration((1+n.draw)*float64(n.cfg.Heartbeat))
}

// release lets others be elected at once when this member gives up the lead.
func (n *node) release() {
	if n.cfg.Lease.Window > 0 {
		n.sendNow(quorate.Others, Release{n.epoch})
	}
}

// receive ends what was granted to a leader that has given up.
func (m Release) receive(n *node, from int) {
	if n.owns(from, m.Ballot) {
		n.grant.Release(m.Ballot)
	}
}
