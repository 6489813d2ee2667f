package diagram

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/quorate/quorate/sim"
)

// shape is how an item is drawn.
type shape string

// The shapes. What has no end spans to the end of the trace.
const (
	arrow  shape = "arrow"  // a message: from its sending to its delivery or loss
	mark   shape = "mark"   // a point on a lane
	bar    shape = "sync"   // the disk at work
	call   shape = "call"   // a client waits for an operation
	gap    shape = "down"   // a member is down
	band   shape = "fault"  // a fault is in force
	broken shape = "broken" // the violation
)

// item is what is drawn as one thing, for one event or for two.
type item struct {
	shape  shape
	from   int // the event it begins with
	to     int // the event it ends with, -1 without one
	copied bool
	lanes  []int // that a fault strikes, -1 is all members
	level  int   // of spans that overlap: which row they are in

	cat    *category
	number int // in the order of their beginnings
}

// arrangement is a trace as items.
type arrangement struct {
	items  []*item // in the order of their beginnings
	itemOf []*item // by event, nil for events that end nothing known
}

// arrange pairs beginnings with ends.
func arrange(events []event) arrangement {
	a := arranger{
		events: events, arrangement: arrangement{itemOf: make([]*item, len(events))},
		sent: map[uint64]*item{}, calls: map[uint64]*item{}, faults: map[uint64]*item{},
		syncing: map[int]*item{}, down: map[int]*item{},
	}
	for i, e := range events {
		a.take(i, e)
	}
	slices.SortStableFunc(a.items, func(x, y *item) int { return cmp.Compare(events[x.from].At, events[y.from].At) })
	for i, it := range a.items {
		it.number = i
	}
	stack(events, a.items, call)
	stack(events, a.items, band)
	return a.arrangement
}

type arranger struct {
	arrangement
	events              []event
	sent, calls, faults map[uint64]*item
	syncing, down       map[int]*item // by lane
	lastSend            *item
}

func (a *arranger) take(i int, e event) {
	switch e.Kind {
	case sim.TraceSend:
		a.send(i, e)
	case sim.TraceDeliver, sim.TraceDrop:
		a.arrive(i, e)
	case sim.TraceSync:
		a.syncing[e.lane] = a.add(bar, i)
	case sim.TraceSynced:
		a.synced(i, e)
	case sim.TraceCrash:
		end(a, a.syncing, e.lane, i)
		a.down[e.lane] = a.add(gap, i)
		a.add(mark, i)
	case sim.TraceStart:
		end(a, a.down, e.lane, i)
		a.add(mark, i)
	case sim.TraceFault:
		a.fault(i, e)
	case sim.TraceHealed:
		end(a, a.faults, e.ID, i)
	case sim.TraceCall:
		a.calls[e.ID] = a.add(call, i)
	case sim.TraceReturn:
		end(a, a.calls, e.ID, i)
	case sim.TraceBroken:
		a.add(broken, i)
	default:
		a.add(mark, i)
	}
}

// add begins an item with event i, which from now on belongs to it.
func (a *arranger) add(s shape, i int) *item {
	it := &item{shape: s, from: i, to: -1}
	a.items, a.itemOf[i] = append(a.items, it), it
	return it
}

// end ends with event i what is open under the key, if anything is.
func end[K comparable](a *arranger, open map[K]*item, key K, i int) {
	if it := open[key]; it != nil {
		it.to, a.itemOf[i] = i, it
		delete(open, key)
	}
}

// synced ends a sync, or tells what a crash left of one: then it belongs to the
// time in which the member is down.
func (a *arranger) synced(i int, e event) {
	if a.syncing[e.lane] == nil {
		a.itemOf[i] = a.down[e.lane]
		return
	}
	end(a, a.syncing, e.lane, i)
}

// send begins a message. The network sends a duplicate in the same instant as
// its original.
func (a *arranger) send(i int, e event) {
	it := a.add(arrow, i)
	if a.lastSend != nil {
		was := a.events[a.lastSend.from]
		it.copied = was.At == e.At && was.lane == e.lane && was.peer == e.peer && was.Name == e.Name && was.Text == e.Text
	}
	a.sent[e.ID], a.lastSend = it, it
}

// arrive ends a message, well or not. One that arrives again gets a second arrow.
func (a *arranger) arrive(i int, e event) {
	it := a.sent[e.ID]
	switch {
	case it == nil: // its sending is not in the trace
		it = a.add(arrow, i)
	case it.to >= 0:
		first := it.from
		it = a.add(arrow, i)
		it.from, it.copied = first, true
	}
	it.to, a.itemOf[i] = i, it
}

// fault begins a fault, or says that one begun strikes another member too.
func (a *arranger) fault(i int, e event) {
	it := a.faults[e.ID]
	if it == nil {
		it = a.add(band, i)
		a.faults[e.ID] = it
	}
	it.lanes, a.itemOf[i] = append(it.lanes, e.lane), it
}

// stack gives the spans of a shape that overlap, calls only where they are on
// the same lane, different levels.
func stack(events []event, items []*item, s shape) {
	busy := map[int][]time.Duration{} // by lane: until when each level is taken
	for _, it := range items {
		if it.shape != s {
			continue
		}
		lane, until := -1, time.Duration(math.MaxInt64)
		if s == call {
			lane = events[it.from].lane
		}
		if it.to >= 0 {
			until = events[it.to].At
		}
		free := func(taken time.Duration) bool { return taken <= events[it.from].At }
		if it.level = slices.IndexFunc(busy[lane], free); it.level < 0 {
			it.level = len(busy[lane])
			busy[lane] = append(busy[lane], 0)
		}
		busy[lane][it.level] = until
	}
}
