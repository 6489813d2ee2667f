package core

import (
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

// lead begins phase 2 of new commands, once phase 1 is over for every slot that
// may hold a value. It needs none for theirs: the promises are for all slots, and
// nothing was accepted there before they were given.
func (n *node) lead() {
	if n.preparing > 0 {
		return
	}
	n.counters.Elections++
	n.role, n.led = Leader, true
	n.leader, n.follows = n.cfg.Self, n.epoch
	n.out.Elected = n.epoch
	n.beat = Heartbeat{Ballot: n.epoch}
	n.deadline = never
	n.lease = paxos.NewLease(n.cfg.Lease)
	n.commit()
	if n.cfg.Lease.Window > 0 {
		n.check()
	}
	n.beatAt, n.beaten = n.now+n.cfg.Heartbeat, n.now
}

// commit tells how far the log is chosen, and that the leader lives.
func (n *node) commit() {
	n.beat.Seq++
	n.commitAt = never
	n.sendNow(quorate.Others, Commit{n.epoch, n.beat.Seq, n.log.Committed()})
}

// announce tells of commits that no Accept has told of meanwhile.
func (n *node) announce() {
	n.commitAt = never
	if n.role == Leader {
		n.commit()
	}
}

// tick is a leader's heartbeat. One that no accept quorum answers can have
// nothing chosen, and its clients are better served elsewhere: it steps down. So
// that an idle one notices, it asks.
func (n *node) tick() {
	if !n.answered(n.cfg.Quorums.Phase2) {
		n.backDown(0)
		return
	}
	n.commit()
	if n.cfg.Lease.Window > 0 || !n.cfg.Quorums.Phase2(n.heardSince(n.beaten)) {
		n.check()
	}
	n.beatAt, n.beaten = n.now+n.cfg.Heartbeat, n.now
}

// answered reports whether a quorum has answered under this epoch lately.
func (n *node) answered(q quorate.Quorum) bool {
	return q(n.heardSince(n.now - 2*n.cfg.TimeoutMax))
}

func (n *node) heardSince(t time.Duration) quorate.Set {
	live := quorate.SetOf(n.self)
	for i, heard := range n.heard {
		if heard > t {
			live = live.Add(i)
		}
	}
	return live
}

// follow takes a member for the leader under b, which gave a sign of life.
func (n *node) follow(from int, b quorate.Ballot) {
	n.failures = 0
	n.deadline = n.patience()
	if n.role == Probing {
		n.role = Follower
	}
	if b >= n.follows {
		n.leader, n.follows = n.cluster.ID(from), b
	}
}

// receive learns how far the log is chosen. What is new for a member that
// recovers or leads was chosen by somebody else: it has no business there.
func (m Commit) receive(n *node, from int) {
	if !n.owns(from, m.Ballot) {
		return
	}
	n.see(m.Ballot)
	if n.role == Recoverer || n.role == Leader {
		if m.Ballot < n.epoch && m.Committed <= n.log.Committed() {
			return
		}
		n.backDown(m.Ballot)
	}
	if beat := (Heartbeat{m.Ballot, m.Seq}); n.beat.before(beat) {
		n.beat = beat
		n.follow(from, m.Ballot)
	}
	n.commitTo(from, m.Ballot, m.Committed)
}

// commitTo takes the word of the leader under b that all slots below to are
// chosen. It knows the values of those that it accepted under that very ballot;
// in others an earlier leader's proposal may stand that lost. Those it must get.
func (n *node) commitTo(from int, b quorate.Ballot, to quorate.Slot) {
	if n.log.CommitTo(b, to) < to {
		n.fetch(from, to, n.cfg.CommitDelay)
	}
}
