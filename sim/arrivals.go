package sim

import "time"

// Arrivals make a load an open loop: calls begin when they are meant to, whatever
// became of those before. A client has one call under way at a time, so one that
// arrives takes any client of its zone that has none; if all have, it waits for the
// first that has not, and its wait is part of what it takes.
type Arrivals struct {
	// Next returns when the next call is meant to begin, since Load.From, never before
	// the last one, and for which client, whose zone is what counts.
	Next func() (at time.Duration, client int)
	// Busy, which may be nil, reports whether a client has something to do before it is
	// there for what arrives: then it makes its next call, as soon as the last has ended.
	Busy func(client int) bool
	// Backlog is how many calls of all zones may wait; those beyond it are shed.
	Backlog int
	// Waits, which may be nil, is told of each arrival: how many wait just now, with it, and
	// whether it was shed instead.
	Waits func(at time.Duration, waiting int, shed bool)
}

// lines are the calls of an open loop that wait, and the clients without one, by zone.
type lines struct {
	waiting [][]time.Duration // when they were meant to begin
	idle    [][]int
	count   int // of those that wait
	next    time.Duration
	client  int // of the next arrival
}

// open reports whether the world's load is an open loop that goes on.
func (w *world) open() bool { return w.load != nil && w.load.Arrivals != nil && !w.ended }

// await makes the next arrival due.
func (w *world) await() {
	l := &w.lines
	if l.waiting == nil {
		l.waiting, l.idle = make([][]time.Duration, w.spec.Zones), make([][]int, w.spec.Zones)
	}
	at, client := w.load.Arrivals.Next()
	if at >= w.spec.Safety-w.load.From {
		return // beyond the load's end, or none
	}
	l.next, l.client = max(w.now, w.load.From+max(at, 0)), client
	w.queue.push(event{at: l.next, act: actArrive})
}

// arrived lets a call begin that is meant to begin now, or wait.
func (w *world) arrived() {
	if !w.open() {
		return
	}
	l, a := &w.lines, w.load.Arrivals
	zone := l.client % w.spec.Zones
	shed := false
	switch {
	case len(l.idle[zone]) > 0:
		c := w.callers[l.idle[zone][0]]
		l.idle[zone] = l.idle[zone][1:]
		c.intended = w.now
		c.begin()
	case l.count >= a.Backlog:
		shed = true
	default:
		l.waiting[zone] = append(l.waiting[zone], w.now)
		l.count++
	}
	if a.Waits != nil {
		a.Waits(w.now, l.count, shed)
	}
	w.await()
}

// served reports whether the client of an open loop has something to do: else it is
// idle until something arrives.
func (c *caller) served() bool {
	l := &c.w.lines
	if busy := c.w.load.Arrivals.Busy; busy != nil && busy(c.index) {
		c.intended = c.w.now
		return true
	}
	if len(l.waiting[c.zone]) == 0 {
		l.idle[c.zone] = append(l.idle[c.zone], c.index)
		return false
	}
	c.intended = l.waiting[c.zone][0]
	l.waiting[c.zone] = l.waiting[c.zone][1:]
	l.count--
	return true
}
