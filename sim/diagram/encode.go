package diagram

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/quorate/quorate/sim"
)

// document is what the page reads. Events and items are columns, one entry
// each, and strings are named by index, because the same few come again and
// again: that is a fifth of the size of an object for each.
type document struct {
	Title   string   `json:"title"`
	Seed    string   `json:"seed"` // a string: JavaScript's numbers end at 53 bits
	Hash    string   `json:"hash"`
	Command string   `json:"command"`
	Broken  string   `json:"broken"`
	Lanes   []string `json:"lanes"` // names: members first, then clients
	Members int      `json:"members"`

	Kinds   map[string]sim.TraceKind `json:"kinds"`
	Strings []string                 `json:"strings"` // the first is empty
	Cats    []*category              `json:"cats"`
	Events  eventColumns             `json:"events"`
	Items   itemColumns              `json:"items"`
}

type eventColumns struct {
	At    []int64 `json:"at"`   // nanoseconds since the event before
	Kind  []int   `json:"kind"` // not []sim.TraceKind: JSON would take it for bytes
	Lane  []int   `json:"lane"` // -1: nobody in particular
	Peer  []int   `json:"peer"` // the lane at the other end of a message, -1 for other events
	Name  []int   `json:"name"`
	Text  []int   `json:"text"`
	Key   []int   `json:"key"`
	Slot  []int64 `json:"slot"`
	Item  []int   `json:"item"`  // -1: of none
	Cause []int   `json:"cause"` // how many events back, 0 for none
}

type itemColumns struct {
	Shape []shape       `json:"shape"`
	From  []int         `json:"from"`
	To    []int         `json:"to"`
	Level []int         `json:"level"`
	Cat   []int         `json:"cat"`
	Copy  []int         `json:"copy"`  // the items that are duplicates
	Lanes map[int][]int `json:"lanes"` // that a fault strikes
}

// kinds names the kinds of events for the page.
func kinds() map[string]sim.TraceKind {
	return map[string]sim.TraceKind{
		"send": sim.TraceSend, "deliver": sim.TraceDeliver, "drop": sim.TraceDrop,
		"timer": sim.TraceTimer, "sync": sim.TraceSync, "synced": sim.TraceSynced,
		"observed": sim.TraceEventOf, "crash": sim.TraceCrash, "start": sim.TraceStart,
		"fault": sim.TraceFault, "healed": sim.TraceHealed,
		"call": sim.TraceCall, "return": sim.TraceReturn, "broken": sim.TraceBroken,
	}
}

// encode turns a trace into a document. It refuses events at members and clients
// that meta does not know.
func encode(meta sim.TraceMeta, events []sim.TraceEvent) (*document, error) {
	events = slices.Clone(events) // a violation may be found later than it happened
	slices.SortStableFunc(events, func(a, b sim.TraceEvent) int { return cmp.Compare(a.At, b.At) })
	located := make([]event, len(events))
	for i, e := range events {
		lane, peer, err := lanes(meta, e)
		if err != nil {
			return nil, fmt.Errorf("event %d of %d: %w", i, len(events), err)
		}
		located[i] = event{e, lane, peer}
	}
	drawn := arrange(located)
	d := &document{
		Title:   meta.Title,
		Seed:    strconv.FormatUint(meta.Seed, 10),
		Hash:    fmt.Sprintf("%016x", meta.Hash),
		Command: meta.Command,
		Broken:  meta.Broken,
		Lanes:   append([]string{}, meta.Members...),
		Members: len(meta.Members),
		Kinds:   kinds(),
		Cats:    categorize(located, drawn.items),
	}
	for client := range meta.Clients {
		d.Lanes = append(d.Lanes, fmt.Sprintf("client %d", client))
	}
	d.addEvents(located, drawn)
	d.addItems(drawn.items)
	return d, nil
}

func (d *document) addEvents(events []event, drawn arrangement) {
	table := interner{}
	table.index("")
	c := &d.Events
	for i, e := range events {
		since := e.At
		if i > 0 {
			since -= events[i-1].At
		}
		c.At = append(c.At, int64(since))
		c.Kind = append(c.Kind, int(e.Kind))
		c.Lane = append(c.Lane, e.lane)
		c.Peer = append(c.Peer, e.peer)
		c.Name = append(c.Name, table.index(e.Name))
		c.Text = append(c.Text, table.index(e.Text))
		c.Key = append(c.Key, table.index(e.Key))
		c.Slot = append(c.Slot, e.Slot)
		item := -1
		if it := drawn.itemOf[i]; it != nil {
			item = it.number
		}
		c.Item = append(c.Item, item)
	}
	c.Cause = causes(events, drawn.itemOf)
	d.Strings = table.values
}

func (d *document) addItems(items []*item) {
	c := &d.Items
	c.Lanes = map[int][]int{}
	for i, it := range items {
		c.Shape = append(c.Shape, it.shape)
		c.From = append(c.From, it.from)
		c.To = append(c.To, it.to)
		c.Level = append(c.Level, it.level)
		c.Cat = append(c.Cat, it.cat.number)
		if it.copied {
			c.Copy = append(c.Copy, i)
		}
		if it.lanes != nil {
			c.Lanes[i] = it.lanes
		}
	}
}

// event is an event with the lanes on which it and its other end are.
type event struct {
	sim.TraceEvent
	lane, peer int
}

func lanes(meta sim.TraceMeta, e sim.TraceEvent) (lane, peer int, err error) {
	if lane, err = laneOf(meta, e.Node, e.Client); err != nil {
		return 0, 0, err
	}
	switch e.Kind {
	case sim.TraceSend, sim.TraceDeliver, sim.TraceDrop:
	default:
		return lane, -1, nil
	}
	client := !e.Client && e.Peer < 0
	if client {
		e.Peer = -e.Peer - 1
	}
	if peer, err = laneOf(meta, e.Peer, client); err != nil {
		return 0, 0, err
	}
	if lane < 0 || peer < 0 {
		return 0, 0, fmt.Errorf("a message has two ends, this one those of %d and %d", e.Node, e.Peer)
	}
	return lane, peer, nil
}

func laneOf(meta sim.TraceMeta, number int, client bool) (int, error) {
	members := len(meta.Members)
	switch {
	case client && (number < 0 || number >= meta.Clients):
		return 0, fmt.Errorf("client %d, but the trace has %d", number, meta.Clients)
	case client:
		return members + number, nil
	case number < -1 || number >= members:
		return 0, fmt.Errorf("member %d, but the trace names %d", number, members)
	}
	return number, nil
}

// interner numbers strings in the order of their first appearance.
type interner struct {
	values  []string
	indexes map[string]int
}

func (in *interner) index(s string) int {
	if i, ok := in.indexes[s]; ok {
		return i
	}
	if in.indexes == nil {
		in.indexes = map[string]int{}
	}
	i := len(in.values)
	in.values, in.indexes[s] = append(in.values, s), i
	return i
}
