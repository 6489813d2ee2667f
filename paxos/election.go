package paxos

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// election is what a replica keeps to become leader.
type election struct {
	timer    *quorate.Timer // silence of the leader, or of the electorate
	resend   *quorate.Timer // of phase 1
	failures int            // in a row; they lengthen the wait
	ballot   quorate.Ballot // of the probe
	probe    quorate.Tally
	recovery *core.Recovery // phase 1, of a candidate
	read     quorate.Slot   // how far the candidate has read this replica's promise
	leased   bool           // a lease was in the way: no failure, it ends
	moved    time.Duration  // when a promise in parts, given or wanted, last went on
}

func (r *Replica) initElection() {
	r.election.timer = r.env.NewTimer("election", r.onElectionTimeout)
	r.election.resend = r.env.NewTimer("prepare", r.resendPrepare)
}

// patience returns how long to wait for a leader, or for one's own election:
// random, so that two do not stand for ever at once, and longer after each
// failure.
func (r *Replica) patience() time.Duration {
	return r.jitter(r.cfg.ElectionTimeout << min(r.election.failures, 3))
}

func (r *Replica) onElectionTimeout() {
	if r.role == leader {
		return
	}
	if silent := r.env.Now() - r.heard; r.role == follower && r.leader != 0 && silent < r.cfg.ElectionTimeout {
		r.election.timer.Reset(r.patience() - silent) // it spoke since the timer was set
		return
	}
	if r.role != follower && !r.election.leased {
		r.election.failures++
	}
	r.stand()
}

// stand asks first whether an election would succeed (Ongaro's pre-vote,
// dissertation §9.6): a node behind a partial partition would otherwise raise
// everybody's ballot again and again.
func (r *Replica) stand() {
	r.resign(0)
	r.setLeader(0, 0)
	r.election.ballot = r.seen.Next(r.env.ID())
	r.election.leased = false
	r.election.timer.Reset(r.patience())
	if r.election.ballot == 0 || !r.env.Voter() {
		return // ballots are exhausted, or the disk was lost: this node can only follow
	}
	if wait := r.grant.Binds(r.election.ballot, r.env.Now()); wait > 0 {
		r.await(wait, r.jitter(r.cfg.Heartbeat)) // it counts for an election as others do
		return
	}
	r.become(probing)
	r.election.probe = quorate.NewTally(r.cfg.Quorums.Phase1, r.env.Cluster().All())
	r.env.SendNow(quorate.Others, PreVote{r.election.ballot})
	r.countProbe(r.self, true)
}

// onPreVote applies leader stickiness: who hears its leader does not help to
// replace it.
func (r *Replica) onPreVote(from quorate.ID, m PreVote) {
	wait := r.grant.Binds(m.Ballot, r.env.Now())
	r.env.SendNow(from, PreVoteReply{Ballot: m.Ballot, OK: m.Ballot > r.log.Promised() && !r.hearsLeader() && wait == 0, Promised: r.log.Promised(), Leased: wait})
}

func (r *Replica) hearsLeader() bool {
	return r.role == leader || r.env.Now()-r.election.moved < r.cfg.ElectionTimeout || r.leader != 0 && r.env.Now()-r.heard < r.cfg.ElectionTimeout
}

func (r *Replica) onPreVoteReply(from quorate.ID, m PreVoteReply) {
	i := r.index(from)
	r.seen = max(r.seen, m.Promised)
	if r.role == probing && m.Ballot == r.election.ballot {
		if !m.OK && m.Leased > 0 {
			r.await(m.Leased, r.jitter(r.cfg.Heartbeat))
		}
		r.countProbe(i, m.OK)
	}
}

// await lets an election wait until a lease has ended, and so much longer. To
// stand again before would be refused, too.
func (r *Replica) await(lease, more time.Duration) {
	r.election.leased = true
	r.election.timer.Reset(min(lease, r.cfg.lease().Waited()) + more)
}

func (r *Replica) countProbe(member int, yes bool) {
	if r.election.probe.Vote(member, yes) == quorate.Won {
		r.prepare()
	}
}

// prepare begins phase 1. The candidate's own promise is on disk before anybody
// hears of the ballot: after a crash it must not use the same one again for
// other values.
func (r *Replica) prepare() {
	b := r.seen.Next(r.env.ID())
	if b == 0 || r.grant.Binds(b, r.env.Now()) > 0 || !r.log.Promise(b) {
		return
	}
	r.seen = b
	r.become(candidate)
	r.env.Observe(quorate.Stood{Ballot: b})
	r.env.Persist(Promise{b})
	r.election.recovery = core.NewRecovery(r.env.Cluster(), r.cfg.Quorums.Phase1, b, r.log.Committed())
	m := P1a{b, r.log.Committed()}
	r.env.Send(quorate.Others, m)
	r.env.Send(r.env.ID(), r.promise(m))
	r.election.timer.Reset(r.patience())
	r.election.resend.Reset(r.cfg.Retransmit)
}

// onP1a answers phase 1 with everything accepted or chosen from m.From on.
func (r *Replica) onP1a(from quorate.ID, m P1a) {
	if m.Ballot.Owner() != from {
		return
	}
	r.seen = max(r.seen, m.Ballot)
	before := r.log.Promised()
	// A learner promises nothing: nobody would hear it, and it would be deaf to a
	// leader that was elected below. What it answers does not leave.
	wait := r.grant.Binds(m.Ballot, r.env.Now())
	if !r.env.Voter() || wait > 0 || !r.log.Promise(m.Ballot) {
		r.env.Send(from, P1b{Ballot: m.Ballot, Promised: before, Leased: wait})
		return
	}
	if m.Ballot > before {
		r.env.Persist(Promise{m.Ballot})
		r.resign(m.Ballot)
		r.setLeader(0, 0)
		r.election.timer.Reset(r.patience())
	} else if m.From > r.election.read {
		r.goesOn()
	}
	r.election.read = m.From
	r.env.Send(from, r.promise(m))
}

// goesOn leaves an election time, and undisturbed, as long as it makes progress:
// after a restart of all nodes a promise may be the whole log.
func (r *Replica) goesOn() {
	r.election.moved = r.env.Now()
	r.election.timer.Reset(r.patience())
}

func (r *Replica) promise(m P1a) P1b {
	return P1b{Ballot: m.Ballot, OK: true, Promised: r.log.Promised(), Promise: r.log.PromisePart(m.From, r.cfg.ChunkBytes)}
}

// onP1b counts a promise. Once the candidate is elected, or has moved on to
// another ballot, late ones change nothing.
func (r *Replica) onP1b(from quorate.ID, m P1b) {
	i := r.index(from)
	r.seen = max(r.seen, m.Promised)
	rec := r.election.recovery
	if r.role != candidate || m.Ballot != rec.Ballot() {
		return
	}
	switch {
	case !m.OK && m.Leased > 0 && m.Promised <= m.Ballot:
		r.await(m.Leased, r.patience()) // it is asked again, under the same ballot
	case !m.OK:
		rec.Refuse(i)
		if m.Promised > m.Ballot || rec.Outcome() == quorate.Lost {
			r.abandon()
		}
	case m.Promise.Base > rec.From():
		// The acceptor has trimmed slots this candidate does not know: it must
		// learn them before it may propose.
		r.abandon()
		r.fetch(from, m.Promise.Base)
	case rec.Add(i, m.Promise):
		if rec.Outcome() == quorate.Won {
			r.elected()
		}
	case !rec.Promised(i) && rec.Wanted(i) == m.Promise.Next:
		r.goesOn()
		r.askAgain(from, i)
	}
}

func (r *Replica) askAgain(to quorate.ID, member int) {
	rec := r.election.recovery
	r.env.Send(to, P1a{rec.Ballot(), rec.Wanted(member)})
}

func (r *Replica) resendPrepare() {
	if r.role != candidate {
		return
	}
	for i, id := range r.env.Cluster().IDs() {
		if !r.election.recovery.Promised(i) {
			r.askAgain(id, i)
		}
	}
	r.election.resend.Reset(r.cfg.Retransmit)
}

// abandon ends a candidacy that cannot win; the next one waits longer.
func (r *Replica) abandon() {
	r.election.failures++
	r.resign(0)
	r.election.timer.Reset(r.patience())
}

// resign makes the replica a follower because of ballot by, or by itself.
func (r *Replica) resign(by quorate.Ballot) {
	if r.role == leader {
		r.release()
		r.env.Observe(quorate.SteppedDown{Ballot: r.lead.proposals.Ballot(), By: by})
		r.setLeader(0, 0)
		r.election.timer.Reset(r.patience())
	}
	r.become(follower)
	r.election.recovery = nil
	r.election.resend.Stop()
	r.clearLeadership()
}

// become changes the role, and tells what came of a probe that ends with it.
func (r *Replica) become(to role) {
	if r.role == probing {
		r.env.Observe(quorate.Probed{Ballot: r.election.ballot, Verdict: r.election.probe.Outcome()})
	}
	if r.role != to {
		r.role = to
		r.env.Observe(quorate.Became{Role: to.String()})
	}
}

// follow accepts from as the leader under b, which is not below the promise.
func (r *Replica) follow(from quorate.ID, b quorate.Ballot) {
	r.seen = max(r.seen, b)
	if b < r.follows {
		return // a late message of an earlier leader
	}
	r.heard = r.env.Now()
	if r.role == leader && from == r.env.ID() {
		return
	}
	if r.role != follower {
		r.resign(b)
	}
	if r.leader == from && r.follows == b {
		return
	}
	r.election.failures = 0
	r.election.timer.Reset(r.patience())
	r.setLeader(from, b)
	r.requests.RouteAll()
}

func (r *Replica) setLeader(id quorate.ID, b quorate.Ballot) { r.leader, r.follows = id, b }
