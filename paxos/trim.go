package paxos

import "github.com/quorate/quorate"

// trimmer decides when the log is cut. An entry may go once its effect is on
// disk in the states of its keys and nobody is likely to ask for it. Writing
// states is the price of trimming, so it is done rarely.
type trimmer struct{ live quorate.Slot } // all live replicas have executed the slots below

// updateTrimmable is the leader's part: the least that the replicas it hears
// have executed. A dead replica does not hold up the others for ever; if it
// comes back it gets a snapshot.
func (r *Replica) updateTrimmable() {
	least := r.executed
	for i, p := range r.lead.peers {
		if i != r.self && r.env.Now()-p.heard < 2*r.cfg.ElectionTimeout {
			least = min(least, p.executed)
		}
	}
	r.lead.trimmable = max(r.lead.trimmable, least)
	r.trimTo(r.lead.trimmable)
}

// trimTo notes that all live replicas have executed the slots below s.
func (r *Replica) trimTo(s quorate.Slot) {
	r.trim.live = max(r.trim.live, s)
	r.considerTrim()
	r.states.Expire()
}

// considerTrim starts a trim if it is worth its cost: enough slots, and twice
// as many bytes of log as the last trim wrote of states.
func (r *Replica) considerTrim() {
	if r.states.Saving() || r.executed <= r.log.Base() {
		return
	}
	target := min(r.trim.live, r.executed)
	kept := r.executed - r.log.Base()
	worthIt := target >= r.log.Base()+quorate.Slot(max(r.cfg.LogLimit/8, 1)) && r.log.Bytes() >= 2*r.states.Cost()
	if tooLong := kept > quorate.Slot(r.cfg.LogLimit) || r.log.Bytes() > r.cfg.LogBytes; tooLong {
		target, worthIt = max(target, r.executed-kept/2), true
	}
	if worthIt {
		r.states.Save(func() { r.cut(r.unpinned(target)) })
	}
}

// unpinned returns how much of the log below target may go while snapshots are
// being sent: their receivers will go on with the log from where each began.
// One that takes too long does not hold up the log for ever.
func (r *Replica) unpinned(target quorate.Slot) quorate.Slot {
	pin, sending := r.states.Sending()
	if !sending || r.log.Len() > 2*r.cfg.LogLimit || r.log.Bytes() > 2*r.cfg.LogBytes {
		return target
	}
	return min(target, pin)
}

// cut drops the log below to, in memory and on disk.
func (r *Replica) cut(to quorate.Slot) {
	if to <= r.log.Base() {
		return
	}
	r.env.Forget(Accepted{}, uint64(r.log.Base()), uint64(to))
	r.env.Persist(Trimmed{to})
	r.env.Persist(Promise{r.log.Promised()}) // a vote that goes may be all that told of it
	r.log.Trim(to)
}
