package sim

import (
	"time"

	"github.com/quorate/quorate"
)

// serves reports whether the member may be asked after the faults.
func (h *host) serves() bool { return h.node != nil && !h.lost && !h.dead }

// request hands a client's request to a member, unless the connection broke.
func (w *world) request(fl flight, h *host, life uint32) {
	if h.node == nil || h.life != life {
		w.emitDrop(h.index, fl, "down")
		return
	}
	h.arrive(arrival{from: fl.from, msg: fl.msg, size: fl.size, id: fl.id})
}

// reply puts a reply on its way to a client.
func (w *world) reply(h *host, to quorate.ID, reply quorate.Reply) {
	if reply.Status == quorate.Done && !reply.Stale {
		w.acknowledged(h, &reply)
	}
	if w.subject.Objects != nil && reply.Status == quorate.NotExecuted && (reply.Reason == quorate.ReasonNoLeader || reply.Reason == quorate.ReasonNoQuorum) {
		w.probe(ProbeGivenUp)
	}
	c := w.callers[int(to)-1]
	left := h.spend(w.spec.Step.Service.sending(w.sizeOf(reply), 1))
	fl := flight{from: h.id, to: to, msg: reply}
	ref := w.flights.add(fl)
	w.emitSentReply(h, c, w.flights.all[ref].id, reply)
	if c.lost() {
		w.emitLostReply(c, w.flights.take(ref))
		return
	}
	w.queue.push(event{at: w.now + left + c.way(h), act: actReply, node: int16(c.index), ref: ref})
}

// acknowledged compares what a client is about to be told of its write, or of its
// read in the log, with what is chosen and was executed.
func (w *world) acknowledged(h *host, r *quorate.Reply) {
	id := quorate.CommandID{Client: r.Client, Seq: r.Seq}
	if _, executed := w.orders.executed[id]; w.reads[id] && !executed {
		w.fail("reply", h.index, "a client is told that its read %v is done, which no replica has executed", id)
		return
	}
	if !w.writes[id] && !w.reads[id] {
		return
	}
	if err := w.effects.knows(r); err != nil && w.writes[id] {
		w.fail("reply", h.index, "%v", err)
		return
	}
	if w.ghost != nil {
		w.broken(h.index, w.ghost.Done(id))
	}
}

// dropClients breaks the connections to a member: half of the clients notice.
func (w *world) dropClients(h *host) {
	for _, c := range w.callers {
		if c.rng.IntN(2) == 0 {
			w.queue.push(event{at: w.now + c.way(h), act: actLost, node: int16(c.index), ref: int32(h.index)})
		}
	}
}

const watchPause = 20 * time.Millisecond

// watchConvergence ends the world when every client is satisfied and all live
// members have the same state.
func (w *world) watchConvergence() {
	if w.satisfied() && w.converged() && w.readmitted() && w.rested() {
		w.done = true
		return
	}
	w.queue.push(event{at: w.now + watchPause, act: actWatch})
}

func (w *world) satisfied() bool {
	for _, c := range w.callers {
		if !c.satisfied() {
			return false
		}
	}
	return true
}

func (w *world) converged() bool {
	var first *host
	for _, h := range w.hosts {
		switch {
		case !h.serves():
		case first == nil:
			first = h
		case !sameState(first, h):
			return false
		}
	}
	return true
}

// stuck says what did not come to its end in time.
func (w *world) stuck() {
	text := "the live members' states still differ"
	if w.converged() {
		text = "a learner was not admitted"
	}
	for _, c := range w.callers {
		if !c.satisfied() {
			text = c.describe()
			break
		}
	}
	for _, h := range w.hosts {
		text += "; " + h.describe()
	}
	w.fail("liveness", -1, "%v after the last fault: %s", w.spec.Liveness, text)
}
