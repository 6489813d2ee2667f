package trex

import (
	"slices"

	"github.com/quorate/quorate"
	trex "github.com/quorate/quorate/trex/core"
)

// clients is what a leader keeps for those who wait here.
type clients struct {
	fill  *quorate.Timer // proposes what is queued, at the end of a batch of steps
	queue *quorate.Queue // commands not yet proposed
	open  []proposal     // in slot order, until they are executed; bounded by the window
	idle  *quorate.Timer // looks for keys that nobody writes any more
}

// proposal is a slot whose commands clients wait for.
type proposal struct {
	slot     quorate.Slot
	requests []*quorate.Admitted
}

// waiting marks a request that has waited for a leader. No member has this
// ballot, and package reads has another one.
const waiting quorate.Ballot = 2

// route takes a client's request on: see [quorate.NewRequests]. It is called
// again after a while, and when the leader changes.
func (r *Replica) route(p *quorate.Admitted) {
	switch {
	case r.reads.Take(p):
	case p.Exposed(): // it is told when its slot is executed, or when the lead is lost
	case r.state.Role() == trex.Leader:
		r.enqueue(p)
	case r.leader != 0 || p.Mark == waiting:
		r.requests.Fail(p, quorate.ReasonNotLeader)
	default:
		p.Mark = waiting
	}
}

// enqueue takes a client's request into the next free slot. It is filled at the end
// of the batch of steps: commands that arrive together share a slot.
func (r *Replica) enqueue(p *quorate.Admitted) {
	if p.Mark == r.state.Epoch() {
		return // it is in the queue already
	}
	p.Mark = r.state.Epoch()
	c := &r.clients
	c.queue.Push(p)
	c.fill.Reset(0)
}

// fill proposes what is queued, as the window allows.
func (r *Replica) fill() {
	c := &r.clients
	if wait := c.queue.Fill(r.env.Now(), r.room, r.open, r.propose); wait > 0 {
		c.fill.Reset(wait)
	}
}

// The state is replaced at every step.
func (r *Replica) room() bool { return r.state.Room() }
func (r *Replica) open() int  { return r.state.Open() }

func (r *Replica) propose(commands []quorate.Command, requests []*quorate.Admitted) {
	out := r.decide(trex.Event{Kind: trex.Proposed, Commands: commands})
	if !out.Taken {
		panic("trex: there was room for a proposal, and it was not taken")
	}
	r.clients.open = append(r.clients.open, proposal{out.Slot, requests})
	r.do(&out)
}

// serve tells clients what the step means for them.
func (r *Replica) serve(out *trex.Effects, changed bool) {
	c := &r.clients
	if out.SteppedDown != 0 {
		c.queue.Clear() // it is routed anew
		r.reads.Deposed()
	}
	for _, p := range c.open {
		if out.Abdicated || slices.Contains(out.Replaced, p.slot) {
			r.lose(p.requests)
		}
	}
	if out.Abdicated {
		c.open = nil
	}
	for len(c.open) > 0 && c.open[0].slot < r.executed {
		c.open[0] = proposal{}
		c.open = c.open[1:]
	}
	if out.Elected != 0 {
		c.idle.Reset(r.app.Horizon() / 4)
	}
	if changed || out.Elected != 0 || out.SteppedDown != 0 {
		r.requests.RouteAll()
	}
	r.confirmed = max(r.confirmed, out.Confirmed)
	r.reads.Serve()
	if out.From < out.To && c.queue.Chosen(r.env.Now(), r.state.Open()) {
		c.fill.Reset(0)
	}
}

// lose answers those whose commands may be chosen or not.
func (r *Replica) lose(requests []*quorate.Admitted) {
	for _, p := range requests {
		if !p.Done() {
			r.requests.Fail(p, quorate.ReasonNoLongerLeader)
		}
	}
}

// trimIdle empties the outcome tables of keys that nobody writes any more. It is
// a command like others, so that all replicas do it at the same point.
func (r *Replica) trimIdle() {
	if r.state.Role() != trex.Leader {
		return
	}
	r.clients.idle.Reset(r.app.Horizon() / 4)
	if !r.state.Room() {
		r.clients.idle.Reset(r.app.Horizon() / 64)
		return
	}
	if commands := r.app.Trims(r.env.Now(), r.cfg.Batch); len(commands) > 0 {
		r.propose(commands, nil)
	}
}
