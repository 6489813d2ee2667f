package core

import (
	"fmt"
	"math"
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

// never is the time of what is not waited for.
const never = time.Duration(math.MaxInt64)

// node is what a State holds.
type node struct {
	cfg     Config
	cluster *quorate.Cluster
	self    int // this member's index

	now     time.Duration // of this step
	draw    float64
	learner bool
	out     Effects
	notice  quorate.Slot // slots below were reported as known chosen

	log      paxos.Log
	role     Role
	epoch    quorate.Ballot // under which it recovers or leads
	led      bool           // since it was a follower: open proposals may be clients'
	seen     quorate.Ballot // the highest ballot heard of
	beat     Heartbeat      // the latest
	leader   quorate.ID     // whom it follows
	follows  quorate.Ballot // under which that one leads
	asked    quorate.Slot   // the last slot for which the promise was wanted
	deadline time.Duration  // of a follower's patience, of a probe, of a recovery
	failures int            // attempts to lead in vain, in a row

	probe     probe
	open      ring
	recoverTo quorate.Slot // slots below are, or were, prepared under the epoch
	prepareAt quorate.Slot // the next one to prepare
	preparing int          // slots in phase 1
	accepting int          // slots in phase 2

	resendAt time.Duration
	commitAt time.Duration // when to tell of commits that nothing else told of
	beatAt   time.Duration
	beaten   time.Duration   // when the last heartbeat left
	heard    []time.Duration // when each member last answered this epoch

	checkAt   time.Duration // when to ask again
	round     uint64        // of checks
	confirmed uint64
	rounds    []uint64 // the last round that each member confirmed
	lease     paxos.Lease
	grant     paxos.Grant // whose lease keeps this member from helping others

	catchup  catchup
	counters Counters
}

func (n *node) step(e Event) {
	clear(n.out.Store)
	clear(n.out.Sends)
	n.out = Effects{Store: n.out.Store[:0], Sends: n.out.Sends[:0], Replaced: n.out.Replaced[:0]}
	n.now, n.draw, n.learner = e.Now, e.Draw, e.Learner
	promised, committed := n.log.Promised(), n.log.Committed()
	switch e.Kind {
	case Started:
		n.start()
	case Received:
		if from := n.cluster.Index(e.From); from >= 0 && e.Message != nil {
			e.Message.receive(n, from)
		}
	case Timeout:
		n.timeout()
	case Proposed:
		n.propose(e.Commands)
	case Checked:
		n.check()
	case Installed:
		n.installed(e.Upto)
	case Missed:
		if from := n.cluster.Index(e.From); from >= 0 {
			n.fetch(from, e.Upto, 0)
		}
	case Readmitted:
		n.grant.Forgotten(n.now)
	case Disowned:
		if member := n.cluster.Index(e.From); member >= 0 {
			n.disown(member)
		}
	}
	n.verify(promised, committed)
	n.out.From, n.out.To = n.notice, n.log.Committed()
	n.notice = n.out.To
	n.out.Deadline = min(n.deadline, n.resendAt, n.commitAt, n.beatAt, n.checkAt, n.catchup.due)
}

// start begins as a follower. Somebody must stand first; a full timeout for
// everybody would only make a new cluster wait, and the probe protects a leader
// that is already there.
func (n *node) start() {
	n.grant.Forgotten(n.now)
	n.notice = n.log.Base()
	n.idle()
	n.catchup.due = never
	n.deadline = n.now + n.cfg.Heartbeat + time.Duration(n.draw*float64(n.cfg.Heartbeat))
}

// verify stops a member whose state makes no sense before it tells anybody.
func (n *node) verify(promised quorate.Ballot, committed quorate.Slot) {
	leads := n.role == Recoverer || n.role == Leader
	switch {
	case n.log.Promised() < promised:
	case n.log.Committed() < committed:
	case leads && n.epoch != n.log.Promised():
	case leads && n.epoch.Owner() != n.cfg.Self:
	case leads && n.open.first != n.log.Committed():
	default:
		return
	}
	panic(fmt.Sprintf("trex: broken invariant: %v %v under %v, open from %v; promised %v and was %v; committed %v and was %v",
		n.cfg.Self, n.role, n.epoch, n.open.first, n.log.Promised(), promised, n.log.Committed(), committed))
}

// patience returns until when to wait for a leader or an election: a random
// time, so that two members do not stand for ever at once, and over a wider range
// after each failure.
func (n *node) patience() time.Duration {
	spread := (n.cfg.TimeoutMax - n.cfg.TimeoutMin) << min(n.failures, 3)
	return n.now + n.cfg.TimeoutMin + time.Duration(n.draw*float64(spread))
}

// timeout does what is due.
func (n *node) timeout() {
	if n.now >= n.catchup.due {
		n.ask()
	}
	if n.now >= n.deadline {
		if n.role == Recoverer {
			n.reconsider()
		} else {
			n.suspect()
		}
	}
	if n.now >= n.beatAt {
		n.tick()
	}
	if n.now >= n.resendAt {
		n.resend()
	}
	if n.now >= n.commitAt {
		n.announce()
	}
	if n.now >= n.checkAt {
		n.checkAgain()
	}
}

func (n *node) send(to quorate.ID, m any) {
	n.out.Sends = append(n.out.Sends, Send{To: to, Message: m})
}

func (n *node) sendNow(to quorate.ID, m any) {
	n.out.Sends = append(n.out.Sends, Send{To: to, Now: true, Message: m})
}

func (n *node) sendTo(members quorate.Set, now bool, m any) {
	for ; members != 0; members = members.Remove(members.Lowest()) {
		n.out.Sends = append(n.out.Sends, Send{To: n.cluster.ID(members.Lowest()), Now: now, Message: m})
	}
}

func (n *node) see(b quorate.Ballot) { n.seen = max(n.seen, b) }

// owns reports whether the member is another one, and may propose under b.
func (n *node) owns(from int, b quorate.Ballot) bool {
	return from != n.self && b.Owner() == n.cluster.ID(from)
}

func (n *node) progress() Progress { return Progress{n.log.Promised(), n.log.Committed()} }

// barred reports whether this member may not propose.
func (n *node) barred() bool {
	return n.learner || n.bound(n.cfg.Self) > 0
}

// commitBallot returns the ballot of the last slot known chosen, as far as it is
// still there.
func (n *node) commitBallot() quorate.Ballot {
	if n.log.Committed() == n.log.Base() {
		return 0
	}
	e, _ := n.log.Entry(n.log.Committed() - 1)
	return e.Ballot
}
