package trex

import "github.com/quorate/quorate"

// considerTrim starts to cut the log when it is too long: to half of what may be
// kept, since what is cut must be on disk in the states of its keys before. Who
// lags behind the rest needs a snapshot.
func (r *Replica) considerTrim() {
	kept := r.executed - r.log().Base()
	if kept <= quorate.Slot(r.cfg.LogLimit) && r.log().Bytes() <= r.cfg.LogBytes || r.states.Saving() {
		return
	}
	target := r.executed - kept/2
	r.states.Expire()
	r.states.Save(func() { r.cut(r.unpinned(target)) })
}

// unpinned returns how much of the log below target may go while snapshots are
// being sent: their receivers will go on with the log from where each began.
// One that takes too long does not hold up the log for ever.
func (r *Replica) unpinned(target quorate.Slot) quorate.Slot {
	pin, sending := r.states.Sending()
	if !sending || r.log().Len() > 2*r.cfg.LogLimit || r.log().Bytes() > 2*r.cfg.LogBytes {
		return target
	}
	return min(target, pin)
}

// cut drops the log below to, in memory and on disk.
func (r *Replica) cut(to quorate.Slot) {
	if to > r.log().Base() {
		r.forget(to)
		r.log().Trim(to)
	}
}

// forget drops the log below to on disk.
func (r *Replica) forget(to quorate.Slot) {
	r.env.Forget(Accepted{}, uint64(r.log().Base()), uint64(to))
	r.env.Persist(Trimmed{to})
	r.persist(max(r.log().Committed(), to)) // a vote that goes may be all that told of its promise
}
