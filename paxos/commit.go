package paxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// learn takes an entry that is known to be chosen. The value goes to disk
// unless the vote for it is there: what counts as committed here must be found
// again after a restart.
func (r *Replica) learn(e core.Entry) {
	before := r.log.Committed()
	if vote, _ := r.log.Entry(e.Slot); vote.Ballot > e.Ballot && !vote.Chosen {
		r.env.Persist(Promise{r.log.Promised()}) // the vote that is replaced may be all that told of it
	}
	if r.log.Learn(e.Slot, e.Ballot, e.Commands) {
		e.Chosen = true
		r.store(e)
	}
	r.advanced(before)
}

// commitTo takes the word of the leader under b that all slots below to are
// chosen. What this replica has not accepted under b it must fetch.
func (r *Replica) commitTo(from quorate.ID, b quorate.Ballot, to quorate.Slot) {
	before := r.log.Committed()
	reached := r.log.CommitTo(b, to)
	r.advanced(before)
	if reached < to {
		r.fetch(from, to)
	}
}

// advanced executes what has become committed since before.
func (r *Replica) advanced(before quorate.Slot) {
	for s := before; s < r.log.Committed(); s++ {
		if e, ok := r.log.Entry(s); ok {
			r.env.Observe(quorate.Chosen{Slot: s, Ballot: e.Ballot, Commands: e.Commands})
		}
	}
	for r.executed < r.log.Committed() {
		e, ok := r.log.Entry(r.executed)
		if !ok {
			break // trimmed by a snapshot that is being installed
		}
		r.execute(e)
	}
	r.reads.Serve()
	r.considerTrim()
}

// execute applies one slot, in slot order, and answers the clients that wait here.
func (r *Replica) execute(e core.Entry) {
	r.executed++
	r.app.Foresee(e.Commands)
	for i := range e.Commands {
		c := &e.Commands[i]
		if c.Op == quorate.OpNop {
			continue
		}
		result := r.app.Apply(*c)
		r.states.Changed(c)
		r.requests.Executed(c.ID(), result, r.states.Frontier())
	}
	r.env.Observe(quorate.Executed{Slot: e.Slot, Commands: e.Commands})
}
