package epaxos

import (
	"slices"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// opening lists the instances that are not committed here: of all rows, and also
// those that are known only because others depend on them. Somebody must see to
// each of them, since nobody else knows what this replica waits for.
type opening struct {
	timer *quorate.Timer
	list  []*opened // in the order in which they were heard of; scan drops what is committed
	of    map[core.ID]*opened
}

type opened struct {
	i      *core.Instance
	since  time.Duration
	next   time.Duration // when something is to be done
	tries  int
	heard  quorate.Ballot // the highest that somebody else promised
	urgent bool           // something here waits for it
}

// maxAsked bounds the instances that one Ask names, and those of a row that one
// Progress makes this replica look for.
const maxAsked = 256

func (r *Replica) initOpening() {
	r.open.of = map[core.ID]*opened{}
	r.open.timer = r.env.NewTimer("open", r.scan)
}

// notice takes up an instance that was not heard of before.
func (r *Replica) notice(i *core.Instance) {
	o := &opened{i: i, since: r.env.Now(), next: r.env.Now() + r.jitter(r.cfg.Patience)}
	r.open.of[i.ID] = o
	r.open.list = append(r.open.list, o)
}

// hurry makes an instance due: something else waits for it.
func (r *Replica) hurry(i *core.Instance) {
	r.changed()
	if o := r.open.of[i.ID]; o != nil {
		o.urgent = true
		o.next = min(o.next, r.env.Now()+r.jitter(r.cfg.Retransmit/4+1))
	}
}

// backOff lets others try first, the longer the more often this replica tried.
func (r *Replica) backOff(id core.ID) {
	if o := r.open.of[id]; o != nil {
		o.next = r.env.Now() + r.jitter(r.cfg.Patience<<min(o.tries, 5))
	}
}

// scan asks for what is not committed for too long, and then recovers it. Most of
// the time all that is missing is a Commit that got lost. What nobody waits for
// is given more time.
func (r *Replica) scan() {
	now := r.env.Now()
	var ask []core.ID
	var due []*opened
	r.open.list = slices.DeleteFunc(r.open.list, func(o *opened) bool {
		if o.i.Phase == core.Committed {
			delete(r.open.of, o.i.ID)
			return true
		}
		patient := !o.urgent && !o.i.Node().Awaited() && now-o.since < 3*r.cfg.Patience
		if now < o.next || patient || r.alive(o.i.ID) {
			return false
		}
		if o.tries++; o.tries > 1 {
			due = append(due, o)
		} else {
			o.next = now + r.jitter(r.cfg.Retransmit)
		}
		if len(ask) < maxAsked {
			ask = append(ask, o.i.ID)
		}
		return false
	})
	if len(ask) > 0 {
		r.env.SendNow(quorate.Others, Ask{ask})
	}
	for _, o := range due {
		o.next = now + r.jitter(r.cfg.Patience<<min(o.tries, 5))
		if r.recoveries[o.i.ID] == nil {
			r.startRecovery(o)
		}
	}
	r.env.Send(quorate.Others, Progress{r.table.Ends(), r.table.Executed()})
	r.considerTrim()
	r.trimIdle()
	r.open.timer.Reset(r.cfg.Patience / 4)
}

// alive reports whether this replica is deciding the instance as its owner.
func (r *Replica) alive(id core.ID) bool {
	p, i := r.own(id)
	return p != nil && i.Promised == 0
}

// trimIdle empties the outcome tables of keys that nobody writes any more, by a
// command like others. Each member looks for itself; one that comes second finds
// nothing to do.
func (r *Replica) trimIdle() {
	now := r.env.Now()
	if now-r.trimmed < r.app.Horizon()/4 || !r.mayBegin() {
		return
	}
	r.trimmed = now
	if commands := r.app.Trims(now, r.cfg.Batch); len(commands) > 0 {
		r.begin(commands, nil)
	}
}

func (r *Replica) onResend() {
	r.resendProposals()
	r.resendRecoveries()
	r.resend.Reset(r.cfg.Retransmit / 2)
}
