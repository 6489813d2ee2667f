package trex

import (
	"math"
	"time"

	"github.com/quorate/quorate"
)

// mistakes is what planted bugs of more than a few lines keep. This file is
// written by hand, the others are copies of the protocol.
type mistakes struct {
	ahead  map[quorate.Slot]bool // of execute-gaps: executed before their turn
	likely *quorate.Once         // of reply-before-quorum: the state if all that is proposed is chosen
}

// atLeast is the quorum of any k members, but not of none.
func atLeast(k int) quorate.Quorum {
	return func(s quorate.Set) bool { return s.Len() >= max(k, 1) }
}

// executeAhead executes the chosen slots behind those that are not.
func (r *Replica) executeAhead() {
	executed := r.executed
	for s := r.log().Committed(); s < r.log().End(); s++ {
		if e, ok := r.log().Entry(s); ok && e.Chosen && !r.ahead[s] {
			r.apply(e)
			if r.ahead == nil {
				r.ahead = map[quorate.Slot]bool{}
			}
			r.ahead[s] = true
		}
	}
	r.executed = executed
}

// wasAhead reports whether a slot was executed before its turn, which has come.
func (r *Replica) wasAhead(s quorate.Slot) bool {
	was := r.ahead[s]
	delete(r.ahead, s)
	return was
}

// anew makes a command look as if it had been issued for its slot. Nobody then
// remembers to have executed it in another slot; a log that is executed again
// after a restart still changes nothing.
func anew(c quorate.Command, s quorate.Slot) *quorate.Command {
	c.Issued += time.Duration(s)
	return &c
}

// lookAhead starts from the executed state and what a new leader proposes anew:
// that is in its log.
func (r *Replica) lookAhead() {
	r.likely = quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: r.app.Horizon()})
	for _, key := range r.app.Keys() {
		restore(r.likely, key, r.app.Snapshot(nil, key))
	}
	for s := r.executed; s < r.log().End(); s++ {
		e, _ := r.log().Entry(s)
		for _, c := range e.Commands {
			r.likely.Apply(c)
		}
	}
}

// answerEarly answers clients whose commands are proposed.
func (r *Replica) answerEarly(commands []quorate.Command) {
	for _, c := range commands {
		r.requests.Executed(c.ID(), r.likely.Apply(c), r.executed)
	}
}

// dropOutcomes leaves of each key's state what the state machine keeps, and
// nothing of what was executed to get there. A table with a short horizon
// forgets all outcomes as soon as it is trimmed.
func (r *Replica) dropOutcomes() {
	for _, key := range r.app.Keys() {
		bare := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: 1})
		restore(bare, key, r.app.Snapshot(nil, key))
		for _, c := range bare.Trims(math.MaxInt64, 1) {
			bare.Apply(c)
		}
		restore(r.app, key, bare.Snapshot(nil, key))
	}
}

func restore(app *quorate.Once, key string, state []byte) {
	if err := app.Restore(key, state); err != nil {
		panic("trex: a state that was just read cannot be restored: " + err.Error())
	}
}
