package epaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// onProgress looks for what the sender has heard of and this replica has not, and
// notes what the sender has executed.
func (r *Replica) onProgress(from quorate.ID, m Progress) {
	if r.table.Fits(m.Ends) && r.table.Fits(m.Executed) {
		r.table.Reach(m.Ends, maxAsked)
		r.table.Fresh(r.notice)
		r.trimmer.Heard(r.index(from), m.Ends, m.Executed)
	}
}

// considerTrim drops what may be dropped if it is many instances: the states of
// the keys that changed are written first.
func (r *Replica) considerTrim() {
	if r.states.Saving() {
		return
	}
	if below, due := r.trimmer.Due(r.table, r.cfg.TrimStep); due {
		r.states.Save(func() { r.cut(below) })
	}
}

// cut drops the instances below from memory and from the disk, in the step that
// wrote the last of the states.
func (r *Replica) cut(below core.Deps) {
	base := r.table.Base()
	for row, upto := range below {
		id := core.ID{Row: uint8(row), Number: base.At(row)}
		if upto > id.Number {
			r.env.Forget(Origin{ID: id}, id.Number, upto)
			r.env.Forget(Vote{ID: id}, id.Number, upto)
		}
	}
	r.env.Persist(Base{below})
	r.table.Trim(below)
	r.trimmer.Dropped()
}
