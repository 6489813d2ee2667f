// Package open lists the instances that are not committed at one member of EPaxos*,
// and says when somebody must see to them: first to ask for a Commit that got lost,
// which is what is missing most of the time, and then to recover.
package open

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/pace"
)

// Config says how long to wait.
type Config struct {
	Rows     int
	Patience time.Duration                       // before an instance is asked for, and then recovered, of a row of which nothing is known
	Reply    func() time.Duration                // for the answer to a question
	Asked    int                                 // instances asked for at once, at most
	Jitter   func(d time.Duration) time.Duration // a random duration in [d, 2d)
	Draw     func(n int) int                     // a random number in [0, n)
	Wake     func(d time.Duration)               // looks through the list after d, in place of an earlier d
}

// List holds instances of all rows, those too that are known only because others
// depend on them: nobody else knows what this member waits for.
type List struct {
	cfg  Config
	took []pace.Estimate // for each row: to commit, since this member had heard of an instance
	list []Entry         // in the order in which they were heard of; Due drops what is committed
	rest int             // how often it was quiet, one after the other; at most maxRest
}

// maxRest bounds how seldom a quiet list is looked through: every Patience/4 times two
// to its power.
const maxRest = 3

// Entry is an instance that is not committed.
type Entry struct {
	*core.Instance
	Heard quorate.Ballot // the highest that somebody else promised

	next   time.Duration // when something is to be done
	tries  int
	urgent bool // something here waits for it
}

// New returns an empty list.
func New(cfg Config) *List {
	return &List{cfg: cfg, took: make([]pace.Estimate, cfg.Rows)}
}

// Add takes up an instance that was not heard of before. To ask for it costs little,
// so all members may do so at once; who recovers it is drawn after that.
func (l *List) Add(i *core.Instance, now time.Duration) {
	i.Since = max(now, 1)
	l.list = append(l.list, Entry{Instance: i, next: now + l.patience(i.ID.Row)})
	if l.rest > 0 {
		l.Rest(false)
	}
}

// Rest says when to look through the list again, after that was done: soon, or the
// later the longer nothing is open, and all is quiet besides.
func (l *List) Rest(quiet bool) {
	if l.rest++; !quiet || len(l.list) > 0 {
		l.rest = 0
	}
	l.rest = min(l.rest, maxRest)
	l.cfg.Wake(l.cfg.Patience / 4 << l.rest)
}

// Committed notes how long the owner took with an instance, if it was the owner who
// decided, under the zero ballot, and this member had its proposal. What was only heard
// of, as by a member that was away, took as long as this list waited with asking: it
// would wait ever longer, and never be level with the others.
func (l *List) Committed(i *core.Instance, now time.Duration) {
	if i.Since > 0 && i.Voted == 0 && i.Initial {
		l.took[i.ID.Row].Add(now - i.Since)
	}
}

// find looks through the list: it is asked about recoveries, which are few, and every
// instance is added to it.
func (l *List) find(id core.ID) *Entry {
	for at := range l.list {
		if e := &l.list[at]; e.ID == id {
			return e
		}
	}
	return nil
}

// patience returns how long the instances of a row are given: a little longer than
// they take as a rule, though no less than two thirds of the configured patience, since
// owners falter, and no more than eight times as much.
func (l *List) patience(row uint8) time.Duration {
	if upper := l.took[row].Upper(); upper > 0 {
		return min(max(upper+upper/4, l.cfg.Patience*2/3), 8*l.cfg.Patience)
	}
	return l.cfg.Patience
}

// Hurry makes an instance due: something else waits for it.
func (l *List) Hurry(id core.ID, now time.Duration) {
	if e := l.find(id); e != nil {
		e.urgent = true
		e.next = min(e.next, now+l.cfg.Jitter(l.cfg.Reply()/4+1))
	}
}

// BackOff lets others try first, the longer the more often this member tried. The
// highest ballot that somebody promised is b.
func (l *List) BackOff(id core.ID, b quorate.Ballot, now time.Duration) {
	if e := l.find(id); e != nil {
		e.Heard = max(e.Heard, b)
		e.next = now + l.cfg.Jitter(l.cfg.Patience<<min(e.tries, 5))
	}
}

// Due returns what to ask the others for, and what to recover: what is not committed
// for too long and was asked for before. What nobody waits for is given more time,
// and what is busy is left alone. There is room for so many recoveries; which ones is
// drawn, since others have the same before them, and the rest stays due. Who may not
// recover, with less than no room, asks again instead.
func (l *List) Due(now time.Duration, room int, busy func(core.ID) bool) (ask []core.ID, recover []Entry) {
	var due []int
	kept := l.list[:0]
	for _, e := range l.list {
		if e.Phase == core.Committed || e.Node().Executed() { // its effect may have come with another's states
			continue
		}
		patient := !e.urgent && !e.Node().Awaited() && now-e.Since < 3*max(l.cfg.Patience, l.patience(e.ID.Row))
		switch {
		case now < e.next || patient || busy(e.ID):
		case e.tries > 0 && room >= 0:
			due = append(due, len(kept))
		case len(ask) < l.cfg.Asked:
			l.try(&e, now)
			ask = append(ask, e.ID)
		}
		kept = append(kept, e)
	}
	clear(l.list[len(kept):])
	l.list = kept
	for at := range min(max(room, 0), len(due)) {
		other := at + l.cfg.Draw(len(due)-at)
		due[at], due[other] = due[other], due[at]
		e := &l.list[due[at]]
		l.try(e, now)
		recover = append(recover, *e)
	}
	return ask, recover
}

func (l *List) try(e *Entry, now time.Duration) {
	if e.tries++; e.tries == 1 {
		e.next = now + l.cfg.Jitter(l.cfg.Reply())
		return
	}
	e.next = now + l.cfg.Jitter(l.cfg.Patience<<min(e.tries, 5))
}

// Again returns how often the recovery of an instance began before.
func (e *Entry) Again() int { return max(e.tries-2, 0) }
