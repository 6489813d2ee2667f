package sim

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/internal/text"
)

// The text of a trace is made only if somebody wants it.

func (w *world) emit(e TraceEvent) {
	if w.tracer == nil {
		return
	}
	e.At, e.Event = w.now, w.stats.Events
	if e.Slot == 0 && e.Kind != TraceEventOf {
		e.Slot = -1
	}
	w.tracer(e)
}

// emitAbout emits an event about a message, a record or an event of a replica.
func (w *world) emitAbout(e TraceEvent, about any) {
	if w.tracer == nil {
		return
	}
	e.Name, e.Text = reflect.TypeOf(about).Name(), text.Of(about)
	e.Slot, e.Key = subjectOf(about)
	e.At, e.Event = w.now, w.stats.Events
	w.tracer(e)
}

// subjectOf returns the slot and the key that a message or an event is about.
func subjectOf(m any) (slot int64, key string) {
	slot = -1
	v := reflect.ValueOf(m)
	if f := v.FieldByName("Entry"); f.IsValid() {
		v = f
	}
	if f := v.FieldByName("Slot"); f.IsValid() && f.CanUint() {
		slot = int64(f.Uint())
	}
	switch f := v.FieldByName("Commands"); {
	case f.IsValid():
		if commands, ok := f.Interface().([]quorate.Command); ok && len(commands) > 0 {
			key = commands[0].Key
		}
	default:
		if f := v.FieldByName("Command"); f.IsValid() {
			if c, ok := f.Interface().(quorate.Command); ok {
				key = c.Key
			}
		}
	}
	return slot, key
}

// peer is how an event names the other end: a member by its index, client c as
// -(c+1).
func (w *world) peer(id quorate.ID) int {
	if id.IsRoute() {
		return -int(id)
	}
	return w.cluster.Index(id)
}

func (w *world) emitMessage(kind TraceKind, node int, peer quorate.ID, id uint64, msg any) {
	w.emitAbout(TraceEvent{Kind: kind, Node: node, Peer: w.peer(peer), ID: id}, msg)
}

// emitLost is for a message that never leaves.
func (w *world) emitLost(from, to int, msg any) {
	if w.tracer == nil {
		return
	}
	id := w.flights.nextID()
	w.emitAbout(TraceEvent{Kind: TraceSend, Node: from, Peer: to, ID: id}, msg)
	w.emit(TraceEvent{Kind: TraceDrop, Node: to, Peer: from, ID: id, Text: "loss"})
}

// emitReplay is for a message that leaves once more.
func (w *world) emitReplay(from, to int, fl flight) {
	msg := fl.msg
	if fl.data != nil {
		var err error
		if msg, err = w.codec.Decode(fl.data); err != nil {
			return // its delivery will tell
		}
	}
	w.emitAbout(TraceEvent{Kind: TraceSend, Node: from, Peer: to, ID: fl.id}, msg)
}

func (w *world) emitDrop(to int, fl flight, why string) {
	w.emit(TraceEvent{Kind: TraceDrop, Node: to, Peer: w.peer(fl.from), ID: fl.id, Text: why})
}

func (h *host) emitRecords(kind TraceKind, ops []quorate.RecordOp) {
	var names []string
	for _, op := range ops {
		switch rec, err := h.node.DecodeRecord(op); {
		case op.Forget:
			names = append(names, fmt.Sprintf("forget %s %d to %d", op.Type[strings.LastIndexByte(op.Type, '.')+1:], op.Key.Number, op.To))
		case err != nil:
			names = append(names, "damaged "+op.Type)
		default:
			names = append(names, text.Of(rec))
		}
	}
	h.w.emit(TraceEvent{Kind: kind, Node: h.index, Name: "sync", Text: strings.Join(names, ", ")})
}

func (h *host) emitEvent(e quorate.Event) {
	if t, ok := e.(quorate.TimerFired); ok {
		h.w.emit(TraceEvent{Kind: TraceTimer, Node: h.index, Name: t.Name})
		return
	}
	h.w.emitAbout(TraceEvent{Kind: TraceEventOf, Node: h.index}, e)
}

func (w *world) emitRequest(c *caller, h *host, id uint64, r quorate.Request) {
	w.emitAbout(TraceEvent{Kind: TraceSend, Client: true, Node: c.index, Peer: h.index, ID: id}, r)
}

func (w *world) emitSentReply(h *host, c *caller, id uint64, r quorate.Reply) {
	w.emitAbout(TraceEvent{Kind: TraceSend, Node: h.index, Peer: -(c.index + 1), ID: id}, r)
}

func (w *world) emitReply(c *caller, fl flight, r quorate.Reply) {
	w.emitAbout(TraceEvent{Kind: TraceDeliver, Client: true, Node: c.index, Peer: w.peer(fl.from), ID: fl.id}, r)
}

func (w *world) emitLostReply(c *caller, fl flight) {
	w.emit(TraceEvent{Kind: TraceDrop, Client: true, Node: c.index, Peer: w.peer(fl.from), ID: fl.id, Text: "loss"})
}

func (w *world) emitCall(c *caller) {
	if w.tracer == nil {
		return
	}
	op := &w.history.ops[c.open]
	w.emit(TraceEvent{Kind: TraceCall, Client: true, Node: c.index, ID: uint64(c.open), Name: op.Op.String(), Text: op.Request(), Key: op.Key})
}

func (w *world) emitReturn(c *caller, out *client.Outcome) {
	if w.tracer == nil {
		return
	}
	op := &w.history.ops[c.open]
	w.emit(TraceEvent{Kind: TraceReturn, Client: true, Node: c.index, ID: uint64(c.open), Name: out.Status.String(), Text: op.Outcome(), Key: op.Key})
}
