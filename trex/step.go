package trex

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	trex "github.com/quorate/quorate/trex/core"
)

// step lets the algorithm handle an event, and does what it wants done.
func (r *Replica) step(e trex.Event) {
	out := r.decide(e)
	r.do(&out)
}

// decide adds what only this node knows to an event.
func (r *Replica) decide(e trex.Event) trex.Effects {
	e.Now, e.Draw, e.Learner = r.env.Now(), r.env.Rand().Float64(), !r.env.Voter()
	role, counters := r.state.Role(), r.state.Counters()
	var out trex.Effects
	r.state, out = r.state.Step(e)
	if counters != r.state.Counters() || role != r.state.Role() {
		r.tell(role, counters)
	}
	return out
}

// tell observes what operators want to know of a step.
func (r *Replica) tell(before trex.Role, had trex.Counters) {
	role, have := r.state.Role(), r.state.Counters()
	if before == trex.Probing && role != before {
		verdict := quorate.Pending
		switch {
		case have.Ballots > had.Ballots:
			verdict = quorate.Won
		case have.Stays > had.Stays:
			verdict = quorate.Lost
		}
		r.env.Observe(quorate.Probed{Verdict: verdict})
	}
	if role != before {
		r.env.Observe(quorate.Became{Role: role.String()})
	}
	if have.Ballots > had.Ballots {
		r.env.Observe(quorate.Stood{Ballot: r.state.Epoch()})
	}
	if n := have.Retransmitted - had.Retransmitted; n > 0 {
		r.env.Observe(quorate.Retransmitted{Slots: int(n)})
	}
}

// do carries the effects out. None of it makes another step: the effects are
// good until then.
func (r *Replica) do(out *trex.Effects) {
	follows := r.leader
	r.leader = r.state.Leader()
	for i := range out.Store {
		r.store(out.Store[i])
	}
	r.persistProgress(out)
	r.observe(out)
	r.execute()
	for i := range out.Sends {
		if s := &out.Sends[i]; s.Now {
			r.env.SendNow(s.To, s.Message)
		} else {
			r.env.Send(s.To, s.Message)
		}
	}
	if out.Deadline != r.due || !r.timeout.Armed() {
		r.due = out.Deadline
		r.timeout.Reset(r.due - r.env.Now())
	}
	r.serve(out, r.leader != follows)
	if out.Behind != 0 {
		r.fetch(out.Behind)
	}
	r.considerTrim()
}

// observe tells whoever watches this node what happened.
func (r *Replica) observe(out *trex.Effects) {
	for s := out.From; s < out.To; s++ {
		if e, ok := r.log().Entry(s); ok {
			r.env.Observe(quorate.Chosen{Slot: s, Ballot: e.Ballot, Commands: e.Commands})
		}
	}
	if out.SteppedDown != 0 {
		r.env.Observe(quorate.SteppedDown{Ballot: out.SteppedDown, By: out.By})
	}
	if out.Elected != 0 {
		r.env.Observe(quorate.Elected{Ballot: out.Elected})
	}
}

// execute applies what is chosen, strictly in slot order, and answers the clients
// that wait here.
func (r *Replica) execute() {
	for r.executed < r.log().Committed() {
		e, ok := r.log().Entry(r.executed)
		if !ok {
			return // trimmed by a snapshot that is being installed
		}
		r.apply(e)
	}
}

func (r *Replica) apply(e core.Entry) {
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
