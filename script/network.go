package script

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// network holds the messages on their way, all links together, in the order in
// which they were sent.
type network struct {
	flight []*Message
	cuts   map[link]bool
	holds  []Match
}

type link struct{ from, to quorate.ID }

// Message is on its way from one member to another. It exists as bytes: each
// delivery decodes a value of its own, so nothing is shared between replicas.
type Message struct {
	From, To quorate.ID
	Name     string // of the message type, without its package
	kind     *wire.Type
	hello    quorate.Hello // who its sender was
	data     []byte
	sent     any // as the sender has it, who must not change it any more
}

// Value decodes the message anew.
func (m *Message) Value() any {
	v, err := m.kind.Decode(m.data)
	if err != nil {
		panic(fmt.Sprintf("decode %s from %v to %v: %v", m.Name, m.From, m.To, err)) // just encoded here
	}
	return v
}

// changed reports whether v no longer is what it was when it became data.
func (m *Message) changed(v any, data []byte) bool {
	now, err := m.kind.Append(nil, v)
	return err != nil || !bytes.Equal(now, data)
}

// String renders the link and the message.
func (m *Message) String() string { return fmt.Sprintf("%v>%v %s", m.From, m.To, Text(m.Value())) }

// Match selects messages. Its zero value selects all.
type Match struct {
	From, To quorate.ID // zero for any
	// Pattern is the name of a message type, or, if it contains a "*", a
	// pattern that the rendered message must fit as a whole: "P2*",
	// "P2a*Slot:0*". Empty for any.
	Pattern string
}

// Fits reports whether m selects the message.
func (m Match) Fits(msg *Message) bool {
	return (m.From == 0 || m.From == msg.From) && (m.To == 0 || m.To == msg.To) &&
		(m.Pattern == "" || m.Pattern == msg.Name || wildcard(m.Pattern, Text(msg.Value())))
}

// encode passes v through the codec once.
func (w *World) encode(v any) (*wire.Type, []byte, error) {
	t := reflect.TypeOf(v)
	name := t.PkgPath() + "." + t.Name()
	kind, ok := w.kinds[name]
	if !ok {
		var err error
		if kind, err = wire.Compile(t); err != nil {
			return nil, nil, fmt.Errorf("message %T: %w", v, err)
		}
		w.kinds[name] = kind
	}
	data, err := kind.Append(nil, v)
	return kind, data, err
}

// copied returns v as the other side of a connection reads it.
func (w *World) copied(v any) (any, error) {
	kind, data, err := w.encode(v)
	if err != nil {
		return nil, err
	}
	return kind.Decode(data)
}

// Inject puts a message on its way that nobody sent: a forgery, or the past.
func (w *World) Inject(from, to quorate.ID, msg any) error {
	if _, err := w.member(to); err != nil {
		return err
	}
	kind, data, err := w.encode(msg)
	if err != nil {
		return err
	}
	m := &Message{From: from, To: to, Name: shortName(kind.Name()), kind: kind, data: data, sent: msg}
	if sender := w.Node(from); sender != nil {
		m.hello, _ = sender.Identity()
	}
	w.flight = append(w.flight, m)
	return nil
}

func (w *World) post(from, to quorate.ID, msg any) {
	if w.cuts[link{from, to}] {
		return
	}
	if err := w.Inject(from, to, msg); err != nil {
		w.violate(fmt.Errorf("%v sends to %v: %w", from, to, err))
	}
}

// InFlight returns the messages that m selects, in the order they were sent.
func (w *World) InFlight(m Match) []*Message {
	var found []*Message
	for _, msg := range w.flight {
		if m.Fits(msg) {
			found = append(found, msg)
		}
	}
	return found
}

// Deliver delivers the first n messages in flight that m selects, all if n is
// 0, and returns how many these were. It overrides holds and cuts: a delayed
// message arrives after all. Messages sent meanwhile stay in flight.
func (w *World) Deliver(m Match, n int) int {
	return w.take(m, n, w.deliver)
}

// Drop loses the first n messages in flight that m selects, all if n is 0, and
// returns how many these were.
func (w *World) Drop(m Match, n int) int {
	return w.take(m, n, func(msg *Message) { w.trace(KindMessage, msg.Name, "%v dropped", msg) })
}

func (w *World) take(m Match, n int, do func(*Message)) int {
	taken := w.InFlight(m)
	if n > 0 {
		taken = taken[:min(n, len(taken))]
	}
	for _, msg := range taken {
		w.remove(msg)
		do(msg)
	}
	return len(taken)
}

// Duplicate puts a copy of each message that m selects last on its link, and
// returns how many these were.
func (w *World) Duplicate(m Match) int {
	found := w.InFlight(m)
	for _, msg := range found {
		copied := *msg
		w.flight = append(w.flight, &copied)
	}
	return len(found)
}

func (w *World) remove(msg *Message) {
	i := slices.Index(w.flight, msg)
	w.flight = slices.Delete(w.flight, i, i+1)
}

func (w *World) deliver(msg *Message) {
	m, err := w.up(msg.To)
	if err != nil {
		w.trace(KindMessage, msg.Name, "%v lost: %v", msg, ErrDown)
		return
	}
	w.trace(KindMessage, msg.Name, "%v", msg)
	if msg.changed(msg.sent, msg.data) {
		w.violate(fmt.Errorf("%v changed a message after it sent it: %v is now %s", msg.From, msg, Text(msg.sent)))
	}
	v := msg.Value()
	before, _ := msg.kind.Append(nil, v) // it was encoded before
	m.receive(msg.From, msg.hello, v)
	if msg.changed(v, before) {
		w.violate(fmt.Errorf("%v changed a message that it received: %v is now %s", msg.To, msg, Text(v)))
	}
}

// Settle delivers the oldest message that is neither held nor on a cut link,
// until there is none. Timers do not fire. It returns how many it delivered.
func (w *World) Settle() int {
	for n := range maxDeliveries {
		i := slices.IndexFunc(w.flight, w.deliverable)
		if i < 0 {
			return n
		}
		msg := w.flight[i]
		w.remove(msg)
		w.deliver(msg)
	}
	w.violate(fmt.Errorf("the network does not come to rest: %d messages delivered at one time", maxDeliveries))
	return maxDeliveries
}

func (w *World) deliverable(msg *Message) bool {
	return !w.cuts[link{msg.From, msg.To}] && !slices.ContainsFunc(w.holds, func(h Match) bool { return h.Fits(msg) })
}

// Hold keeps what m selects, now and later, from being delivered by
// [World.Settle], until [World.Release].
func (w *World) Hold(m Match) { w.holds = append(w.holds, m) }

// Release ends an earlier Hold with the same m; with the zero Match, all of them.
func (w *World) Release(m Match) {
	w.holds = slices.DeleteFunc(w.holds, func(h Match) bool { return m == Match{} || h == m })
}

// Cut takes the link down in one direction, zero standing for any member: what
// is sent over it is lost. What is in flight stays there.
func (w *World) Cut(from, to quorate.ID) { w.setCuts(from, to, true) }

// Heal brings the link back up in one direction, zero standing for any member.
func (w *World) Heal(from, to quorate.ID) { w.setCuts(from, to, false) }

// Isolate cuts a member off from all others, both ways.
func (w *World) Isolate(id quorate.ID) {
	w.Cut(id, 0)
	w.Cut(0, id)
}

func (w *World) setCuts(from, to quorate.ID, cut bool) {
	for _, a := range w.cfg.Cluster.IDs() {
		for _, b := range w.cfg.Cluster.IDs() {
			if a != b && (from == 0 || from == a) && (to == 0 || to == b) {
				w.cuts[link{a, b}] = cut
			}
		}
	}
}
