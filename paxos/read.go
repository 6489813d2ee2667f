package paxos

import "github.com/quorate/quorate"

// indexRead is a read that the leader answers from its own state (Ongaro,
// dissertation §6.4) once
//   - a phase-2 quorum answered a heartbeat that was sent after the read
//     arrived: no other leader can have committed anything before it, since
//     every phase-1 quorum would have met this one;
//   - the leader has executed what was committed then, and the barrier of its
//     own ballot: before, it may not know all that its predecessors committed.
type indexRead struct {
	p     *quorate.Admitted
	round uint64 // zero until the round starts
	index quorate.Slot
}

// startReads begins one round for all the reads that wait for one.
func (r *Replica) startReads() {
	reads := r.lead.reads
	if len(reads) == 0 || reads[len(reads)-1].round != 0 {
		return
	}
	for i := len(reads) - 1; i >= 0 && reads[i].round == 0; i-- {
		reads[i].round = r.lead.round + 1
		reads[i].index = max(r.log.Committed(), r.lead.barrier)
	}
	r.heartbeat()
}

// serveReads answers the reads whose conditions hold. They hold in the order of
// arrival.
func (r *Replica) serveReads() {
	n := 0
	for _, read := range r.lead.reads {
		if read.round == 0 || read.index > r.executed || !r.confirmed(read.round) {
			break
		}
		r.serve(read.p)
		n++
	}
	if n > 0 {
		clear(r.lead.reads[:n])
		r.lead.reads = r.lead.reads[n:]
	}
}

// serve answers a read from this replica's own state.
func (r *Replica) serve(p *quorate.Admitted) {
	r.requests.Executed(p.Command.ID(), r.app.Apply(p.Command), r.executed)
}

// confirmed reports whether a phase-2 quorum still followed in the given round.
func (r *Replica) confirmed(round uint64) bool {
	var yes quorate.Set
	for i, p := range r.lead.peers {
		if p.round >= round {
			yes = yes.Add(i)
		}
	}
	return r.cfg.Quorums.Phase2(yes)
}
