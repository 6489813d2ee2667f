package core

import (
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

// catchup is how a member gets what it missed: by asking. Nobody keeps track of
// what others lack. Only chosen values are sent, so it touches no promise.
type catchup struct {
	from  int           // whom to ask
	goal  quorate.Slot  // the slots below are known to be chosen somewhere
	due   time.Duration // when to ask again, never if nothing is missed
	tries int           // of this one in vain
	turns int           // members asked in vain, one after the other
}

// fetch makes the member learn the slots below goal, from one that knows them,
// after a moment in which late messages may still come.
func (n *node) fetch(from int, goal quorate.Slot, wait time.Duration) {
	c := &n.catchup
	c.goal = max(c.goal, goal)
	if n.log.Committed() >= c.goal {
		return
	}
	if c.due != never && (c.tries <= 1 || from == c.from) {
		return
	}
	*c = catchup{from: from, goal: c.goal, due: n.now + wait}
	if wait == 0 {
		n.ask()
	}
}

// ask asks for the next part, and after a while somebody else. When all were
// asked in vain it gives up: whoever tells of what is missing will begin it anew.
func (n *node) ask() {
	c := &n.catchup
	if c.tries++; c.tries > 3 {
		c.tries, c.turns = 1, c.turns+1
		c.from = (c.from + 1) % n.cluster.Size()
		if c.from == n.self {
			c.from = (c.from + 1) % n.cluster.Size()
		}
	}
	if n.log.Committed() >= c.goal || c.turns >= n.cluster.Size() || c.from == n.self {
		*c = catchup{due: never}
		return
	}
	c.due = n.now + n.cfg.Retransmit<<min(c.turns, 6)
	n.sendNow(n.cluster.ID(c.from), RetransmitRequest{From: n.log.Committed()})
}

// receive sends what is chosen from a slot on, without a gap, or says that it
// is gone.
func (m RetransmitRequest) receive(n *node, from int) {
	if from == n.self {
		return
	}
	if m.From < n.log.Base() {
		n.sendNow(n.cluster.ID(from), Behind{Oldest: n.log.Base(), Committed: n.log.Committed()})
		return
	}
	entries, _ := n.log.Entries(m.From, n.log.Committed(), n.cfg.ChunkBytes)
	n.counters.Retransmitted += uint64(len(entries))
	n.sendNow(n.cluster.ID(from), RetransmitResponse{Entries: entries, Committed: n.log.Committed()})
}

// receive learns the run of chosen values that goes on where this log ends, and
// nothing behind a gap.
func (m RetransmitResponse) receive(n *node, from int) {
	before := n.log.Committed()
	for _, e := range m.Entries {
		if e.Slot < n.log.Committed() {
			continue
		}
		if e.Slot > n.log.Committed() || !e.Chosen {
			break
		}
		if before == n.log.Committed() && (n.role == Recoverer || n.role == Leader) {
			n.backDown(0) // somebody else has chosen here
		}
		n.learn(e)
	}
	c := &n.catchup
	n.counters.CaughtUp += uint64(n.log.Committed() - before)
	c.goal = max(c.goal, m.Committed)
	if n.log.Committed() > before {
		*c = catchup{from: from, goal: c.goal}
		n.ask()
	}
}

// learn takes a value that is known to be chosen. It goes to disk unless the
// vote for it is there: what counts as chosen must be found again after a
// restart. No promise forbids that, and none changes.
func (n *node) learn(e paxos.Entry) {
	if vote, _ := n.log.Entry(e.Slot); vote.Ballot > e.Ballot && !vote.Chosen {
		n.out.Promise = n.log.Promised() // the vote that is replaced may be all that told of it
	}
	if n.log.Learn(e.Slot, e.Ballot, e.Commands) {
		n.out.Store = append(n.out.Store, e)
	}
}

// receive asks for a snapshot where the log is not long enough.
func (m Behind) receive(n *node, from int) {
	if m.Oldest <= n.log.Committed() || from == n.self {
		return
	}
	n.out.Behind, n.out.Oldest = n.cluster.ID(from), m.Oldest
}

// installed goes on from a snapshot of the slots below upto.
func (n *node) installed(upto quorate.Slot) {
	if upto > n.log.Committed() {
		n.backDown(0)
	}
	n.log.Trim(upto)
	n.notice = max(n.notice, upto)
	if n.catchup.due != never {
		n.catchup.tries = 0
		n.ask()
	}
}
