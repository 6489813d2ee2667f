package trex

import (
	"time"

	"github.com/quorate/quorate"
	trex "github.com/quorate/quorate/trex/core"
)

// transfer is how a replica gets a snapshot, when it lags behind the logs of the
// others.
type transfer struct {
	timer *quorate.Timer
	tries int // without progress
	turns int // given up, without a snapshot
}

// fetch begins to receive a snapshot.
func (r *Replica) fetch(from quorate.ID) {
	if r.transfer.timer.Armed() {
		return
	}
	r.transfer.tries = 0
	r.states.Fetch(from)
	r.transfer.timer.Reset(r.patience())
}

// patience is how long an answer may take. Who gives up too early every time
// never gets a snapshot, so it grows.
func (r *Replica) patience() time.Duration { return r.cfg.Retransmit << min(r.transfer.turns/2, 6) }

// resume asks for the chunk that is due, and after a while gives up: the
// algorithm will ask somebody else for what is missing, and begin anew.
func (r *Replica) resume() {
	t := &r.transfer
	if r.states.Progress() {
		t.tries = 0
	}
	if t.tries++; t.tries > 3 {
		t.turns++
		r.states.Drop()
		return
	}
	if r.states.Resume() {
		t.timer.Reset(r.patience())
	}
}

// installed goes on from a snapshot: the log starts at upto now. The algorithm
// trims it in memory: who leads or tries to has no business below.
func (r *Replica) installed(upto quorate.Slot) {
	r.transfer.turns = 0
	r.executed = upto
	r.forget(upto)
	r.env.Observe(quorate.Installed{Upto: upto})
	r.step(trex.Event{Kind: trex.Installed, Upto: upto})
}
