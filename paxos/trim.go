package paxos

import (
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// A log entry may go once its effect is on disk in the states of its keys and
// nobody is likely to ask for it. Writing states is the price of trimming, so
// it is done rarely and a few keys at a time: see snapshot.go for why the
// states need not be from one moment.

const (
	trimStepKeys  = 64        // states written in one step, at most
	trimStepBytes = 256 << 10 // about
	trimPause     = time.Millisecond
)

// trimmer writes the states of the keys that changed, then cuts the log.
type trimmer struct {
	timer   *quorate.Timer
	dirty   map[string]struct{} // keys written since their last State; at most those of the retained log
	target  quorate.Slot        // where the log is about to be cut; zero if no trim is under way
	keys    []string            // whose states are still to be written for it
	written int                 // bytes of states
	cost    int                 // of the last trim, in bytes of states
	live    quorate.Slot        // all live replicas have executed the slots below
}

func (r *Replica) initTrim() {
	r.trim.dirty = map[string]struct{}{}
	r.trim.timer = r.env.NewTimer("trim", r.stepTrim)
}

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
	r.expireTransfers()
}

// trimTo notes that all live replicas have executed the slots below s.
func (r *Replica) trimTo(s quorate.Slot) {
	r.trim.live = max(r.trim.live, s)
	r.considerTrim()
}

// considerTrim starts a trim if it is worth its cost: enough slots, and twice
// as many bytes of log as the last trim wrote of states.
func (r *Replica) considerTrim() {
	t := &r.trim
	if t.target != 0 {
		return
	}
	target := min(t.live, r.executed)
	forced := false
	if kept := r.executed - min(r.executed, r.log.Base()); kept > quorate.Slot(r.cfg.LogLimit) || r.bytes > r.cfg.LogBytes {
		target, forced = max(target, r.executed-kept/2), true
	}
	gain := int(target - min(target, r.log.Base()))
	if gain < max(r.cfg.LogLimit/8, 1) && !forced || r.bytes < 2*t.cost && !forced || gain == 0 {
		return
	}
	t.target, t.written = target, 0
	t.keys = slices.Sorted(maps.Keys(t.dirty))
	clear(t.dirty)
	t.timer.Reset(trimPause)
}

// stepTrim writes some states; after the last it cuts the log.
func (r *Replica) stepTrim() {
	t := &r.trim
	for n, size := 0, 0; n < trimStepKeys && size < trimStepBytes && len(t.keys) > 0; n++ {
		key := t.keys[0]
		t.keys = t.keys[1:]
		s := State{Key: key, Data: r.app.Snapshot(nil, key)}
		r.env.Persist(s)
		size += len(s.Data)
		t.written += len(s.Data)
	}
	if len(t.keys) > 0 {
		t.timer.Reset(trimPause)
		return
	}
	target := t.target
	t.target, t.keys, t.cost = 0, nil, t.written
	r.cut(target)
}

// cut drops the log below to, in memory and on disk.
func (r *Replica) cut(to quorate.Slot) {
	if to <= r.log.Base() {
		return
	}
	r.env.Forget(Accepted{}, uint64(r.log.Base()), uint64(to))
	r.env.Persist(Trimmed{to})
	r.log.Trim(to)
	r.bytes = 0 // counted anew: entries may have been replaced by others
	for s := to; s < r.log.End(); s++ {
		if e, ok := r.log.Entry(s); ok {
			r.bytes += core.Size(e.Commands)
		}
	}
}
