package primary

import (
	"fmt"
	"maps"
	"slices"

	"github.com/quorate/quorate"
)

// trimStep is how many slots are trimmed at once: writing down the state of a
// key costs more than a slot.
const trimStep = 1 << 13

// trim drops the slots below upto, which every member has. What they did goes
// into one record for each key they touched.
func (r *Replica) trim(upto quorate.Slot) {
	if upto < r.base+trimStep {
		return
	}
	touched := map[string]bool{}
	for _, c := range r.log[:upto-r.base] {
		touched[c.Key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(touched)) {
		r.env.Persist(State{Key: key, Data: r.app.Snapshot(nil, key)})
	}
	r.env.Persist(Base{Slot: upto})
	r.env.Forget(Entry{}, uint64(r.base), uint64(upto))
	r.log, r.base = slices.Clone(r.log[upto-r.base:]), upto
}

// Records are recovered in the order of their types' names: Base, Entry, State.

func (r *Replica) recoverBase(b Base) { r.base, r.executed = b.Slot, b.Slot }

func (r *Replica) recoverEntry(e Entry) {
	if e.Slot != r.end() {
		panic(fmt.Sprintf("primary: slot %v follows slot %v in the journal", e.Slot, r.end()))
	}
	r.log = append(r.log, e.Command)
}

// recoverState restores a key. It may include commands of slots that are
// executed again from the log: exactly-once makes that harmless.
func (r *Replica) recoverState(s State) {
	if err := r.app.Restore(s.Key, s.Data); err != nil {
		panic(fmt.Sprintf("primary: state of key %q in the journal: %v", s.Key, err))
	}
}
