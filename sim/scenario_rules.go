package sim

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/quorate/quorate"
)

// Party is an end of a link: a [Member], a [*Client], or [Anyone].
type Party interface{ party() int }

// Anyone is every party.
const Anyone = Member(-1)

// Rule says what becomes of some messages. It lasts until it is stopped or
// released. Of two rules for one message the older one counts, and what one has
// held or copied no other is applied to.
type Rule struct {
	s        *Scenario
	verb     string
	kind     string
	from, to int
	slot     int64 // -1: any
	does     func(r *Rule, e *event, fl flight)
	held     []event
	caught   int
	over     bool
}

// Hold holds the messages of a type back, "*" for all types: they leave, and do
// not arrive until the rule is released. Messages that are on their way already
// count, too.
func (s *Scenario) Hold(kind string, from, to Party) *Rule {
	return s.addRule("hold", kind, from, to, func(r *Rule, e *event, _ flight) { r.held = append(r.held, *e) })
}

// Drop loses the messages of a type, "*" for all types.
func (s *Scenario) Drop(kind string, from, to Party) *Rule {
	return s.addRule("drop", kind, from, to, func(_ *Rule, e *event, fl flight) {
		s.w.flights.take(e.ref)
		lost := TraceEvent{Kind: TraceDrop, Node: int(e.node), Client: e.act == actReply, Peer: s.w.peer(fl.from), ID: fl.id, Text: "scenario"}
		s.w.emit(lost)
	})
}

// Duplicate delivers each message of a type twice, "*" for all types.
func (s *Scenario) Duplicate(kind string, from, to Party) *Rule {
	return s.addRule("duplicate", kind, from, to, func(_ *Rule, e *event, fl flight) {
		second := *e
		second.ref = s.w.flights.add(fl)
		s.exempt[s.w.flights.all[second.ref].id] = true
		second.at = s.w.now + sceneLatency
		s.w.queue.push(second)
		s.do(func() { s.w.dispatch(e) })
	})
}

func (s *Scenario) addRule(verb, kind string, from, to Party, does func(*Rule, *event, flight)) *Rule {
	r := &Rule{s: s, verb: verb, kind: kind, from: from.party(), to: to.party(), slot: -1, does: does}
	s.rules = append(s.rules, r)
	return r
}

// Slot narrows the rule to messages about one slot.
func (r *Rule) Slot(n quorate.Slot) *Rule {
	r.slot = int64(n)
	return r
}

// Caught returns how many messages the rule was applied to.
func (r *Rule) Caught() int { return r.caught }

// Await lets things happen until the rule has caught n messages.
func (r *Rule) Await(n int) {
	r.s.t.Helper()
	if !r.s.until(scenePatience, func() bool { return r.caught >= n }) {
		r.s.fatal("%v caught %d messages within %v, want %d", r, r.caught, scenePatience, n)
	}
}

// Stop ends the rule for messages to come. It keeps what it holds.
func (r *Rule) Stop() { r.over = true }

// Release ends the rule. What it holds arrives now, in the order sent.
func (r *Rule) Release() {
	w := r.s.w
	r.over = true
	for _, e := range r.held {
		r.s.exempt[w.flights.all[e.ref].id] = true
		e.at = w.now
		w.queue.push(e)
	}
	r.held = nil
}

// String describes the rule.
func (r *Rule) String() string {
	text := fmt.Sprintf("%s %s from %s to %s", r.verb, r.kind, r.s.name(r.from), r.s.name(r.to))
	if r.slot >= 0 {
		text += fmt.Sprintf(" of slot %d", r.slot)
	}
	return text
}

// rule applies the oldest rule that is about the message that arrives with e.
func (s *Scenario) rule(e *event) bool {
	s.t.Helper()
	if e.act != actDeliver && e.act != actRequest && e.act != actReply {
		return false
	}
	w := s.w
	fl := w.flights.all[e.ref]
	from, to := w.peer(fl.from), int(e.node)
	if e.act == actReply {
		to = -(to + 1)
	}
	if e.act == actDeliver && !w.net.hears(to, from) {
		return false // it is lost, whatever the rules say
	}
	if s.exempt[fl.id] {
		return false
	}
	msg := w.decoded(fl)
	for _, r := range s.rules {
		if !r.over && r.matches(from, to, msg) {
			r.caught++
			r.does(r, e, fl)
			return true
		}
	}
	return false
}

// decoded returns the message in flight; nil if it does not decode, of which an
// oracle will speak.
func (w *world) decoded(fl flight) any {
	if fl.data == nil {
		return fl.msg
	}
	msg, err := w.codec.Decode(fl.data)
	if err != nil {
		return nil
	}
	return msg
}

func (r *Rule) matches(from, to int, msg any) bool {
	if msg == nil || !meets(r.from, from) || !meets(r.to, to) || r.kind != "*" && r.kind != reflect.TypeOf(msg).Name() {
		return false
	}
	slot, _ := subjectOf(msg)
	return r.slot < 0 || r.slot == slot
}

const anyone = int(^uint(0) >> 1)

func meets(wanted, have int) bool { return wanted == anyone || wanted == have }

// baseName returns the name of a type without its package.
func baseName(typ string) string { return typ[strings.LastIndexByte(typ, '.')+1:] }
