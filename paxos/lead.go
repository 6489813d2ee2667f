package paxos

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// leadership is what a leader keeps.
type leadership struct {
	beat   *quorate.Timer // heartbeats
	fill   *quorate.Timer // proposes what is queued, at the end of a batch of steps
	commit *quorate.Timer // tells of commits
	resend *quorate.Timer // of phase 2

	proposals *core.Proposals
	queue     *quorate.Queue // commands not yet proposed
	barrier   quorate.Slot   // reads are served once all slots below are executed
	announced quorate.Slot   // the commit index the others were told last
	trimmed   time.Duration  // when idle keys were looked for last
	trimmable quorate.Slot   // all live replicas have executed the slots below

	round uint64 // of heartbeats
	lease core.Lease

	peers []peer      // what is known of each member
	slow  quorate.Set // members that let a proposal wait; thrifty quorums avoid them
}

type peer struct {
	executed quorate.Slot
	heard    time.Duration // its last answer
	round    uint64        // the last heartbeat it answered with yes
}

func (r *Replica) initLeadership() {
	r.lead.queue = quorate.NewQueue(r.requests, r.cfg.Batch, r.cfg.BatchBytes)
	r.lead.beat = r.env.NewTimer("heartbeat", r.onBeat)
	r.lead.fill = r.env.NewTimer("fill", r.fill)
	r.lead.commit = r.env.NewTimer("commit", r.announce)
	r.lead.resend = r.env.NewTimer("accept", r.resendAccepts)
}

// asked returns whom to send a proposal to: all, or when thrifty a smallest
// phase-2 quorum that includes this replica, the nearest members first and the
// slow ones last.
func (r *Replica) asked() quorate.Set {
	if !r.cfg.Thrifty {
		return r.env.Cluster().All()
	}
	return quorate.Nearest(r.env.Cluster(), r.cfg.Quorums.Phase2, r.env.ID(), r.lead.slow)
}

// saw notes a sign of life of a member.
func (l *leadership) saw(member int, executed quorate.Slot, now time.Duration) {
	p := &l.peers[member]
	p.executed = max(p.executed, executed)
	p.heard = now
}

func (r *Replica) startLeadership(rec *core.Recovery) {
	l := &r.lead
	l.proposals = core.NewProposals(r.env.Cluster(), r.cfg.Quorums.Phase2, rec.Ballot(), rec.From())
	l.peers = make([]peer, r.env.Cluster().Size())
	for i := range l.peers {
		l.peers[i].heard = r.env.Now()
	}
	l.trimmable, l.announced, l.slow = r.log.Base(), 0, 0
	l.lease = core.NewLease(r.cfg.lease())
	l.beat.Reset(r.cfg.Heartbeat)
	l.resend.Reset(r.cfg.Retransmit / 2)
}

// clearLeadership forgets what only a leader needs. The clients' requests stay
// with r.requests and go to the next leader.
func (r *Replica) clearLeadership() {
	l := &r.lead
	l.beat.Stop()
	l.fill.Stop()
	l.commit.Stop()
	l.resend.Stop()
	l.queue.Clear()
	l.proposals, l.peers = nil, nil
	l.lease = core.Lease{}
	r.reads.Deposed()
}

func (r *Replica) onBeat() {
	if r.role != leader {
		return
	}
	if !r.hasFollowers() {
		// Cut off from every phase-2 quorum it can commit nothing: its clients
		// are better served elsewhere.
		r.resign(0)
		return
	}
	r.updateTrimmable()
	r.trimIdle()
	r.heartbeat()
	r.lead.beat.Reset(r.cfg.Heartbeat)
}

// trimIdle empties the outcome tables of keys that nobody writes any more. It
// is a command like others, so that all replicas do it at the same point.
func (r *Replica) trimIdle() {
	now := r.env.Now()
	if now-r.lead.trimmed < r.app.Horizon()/4 || !r.mayPropose() {
		return
	}
	r.lead.trimmed = now
	if commands := r.app.Trims(now, r.cfg.Batch); len(commands) > 0 {
		r.propose(commands)
	}
}

func (r *Replica) hasFollowers() bool {
	live := quorate.SetOf(r.self)
	for i, p := range r.lead.peers {
		if r.env.Now()-p.heard < 2*r.cfg.ElectionTimeout {
			live = live.Add(i)
		}
	}
	return r.cfg.Quorums.Phase2(live)
}

// heartbeat begins a new round.
func (r *Replica) heartbeat() {
	l := &r.lead
	l.round++
	l.lease.Ask(l.round, r.env.Now())
	l.announced = r.log.Committed()
	l.peers[r.self] = peer{executed: r.executed, heard: r.env.Now(), round: l.round}
	r.env.SendNow(quorate.Others, Heartbeat{Ballot: l.proposals.Ballot(), Round: l.round, Commit: r.log.Committed(), Trim: l.trimmable})
	r.answered() // this replica alone may be a quorum
}

func (r *Replica) onHeartbeat(from quorate.ID, m Heartbeat) {
	if m.Ballot.Owner() != from || from == r.env.ID() {
		return
	}
	reply := HeartbeatReply{Ballot: m.Ballot, Round: m.Round, Promised: r.log.Promised(), Executed: r.executed}
	if m.Ballot >= r.log.Promised() && r.grant.To(m.Ballot, r.env.Now()) {
		r.follow(from, m.Ballot)
		r.commitTo(from, m.Ballot, m.Commit)
		r.trimTo(m.Trim)
		reply.OK, reply.Executed = true, r.executed
	}
	r.env.SendNow(from, reply)
}

func (r *Replica) onHeartbeatReply(from quorate.ID, m HeartbeatReply) {
	if !r.counts(m.Ballot, m.OK, m.Promised) {
		return
	}
	i := r.index(from)
	r.lead.saw(i, m.Executed, r.env.Now())
	r.lead.peers[i].round = max(r.lead.peers[i].round, m.Round)
	r.answered()
}

// onP3 learns how far the leader has committed.
func (r *Replica) onP3(from quorate.ID, m P3) {
	if m.Ballot.Owner() != from || m.Ballot < r.log.Promised() {
		return
	}
	r.follow(from, m.Ballot)
	r.commitTo(from, m.Ballot, m.Commit)
}
