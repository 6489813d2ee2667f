package epaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// execute applies what may be applied, a bounded number of steps in one go, and
// answers the clients that wait here. So they hear of a command only when all
// that it depends on was executed: a command that is proposed after that cannot
// become a part of its component.
func (r *Replica) execute() {
	if r.keep.Active() {
		return
	}
	more := r.table.Execute(r.cfg.Steps, func(component []*core.Instance) {
		if len(component) > 1 {
			r.env.Observe(quorate.Component{Size: len(component)})
		}
		for _, i := range component {
			r.apply(i)
		}
	})
	r.table.Fresh(r.notice)
	if r.propose.queue.Len() > 0 {
		r.propose.fill.Reset(0)
	}
	if more {
		r.run.Reset(0)
	}
}

func (r *Replica) apply(i *core.Instance) {
	v := i.Value()
	r.app.Foresee(v.Commands)
	for at := range v.Commands {
		c := &v.Commands[at]
		r.requests.Executed(c.ID(), r.app.Apply(*c), 0)
		r.keep.States.Changed(c)
	}
	r.env.Observe(quorate.Executed{Log: r.log(i.ID.Row), Slot: quorate.Slot(i.ID.Number), Commands: v.Commands})
}
