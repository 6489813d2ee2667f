package script

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/quorate/quorate"
)

// monitor compares what the replicas say they learnt and executed. It believes
// nothing else: it knows no ballots and no quorums.
type monitor struct {
	values map[position]*finding
}

type position struct {
	log  string
	slot quorate.Slot
}

// finding is what was first said of a position.
type finding struct {
	commands []quorate.Command
	source   string // who said so, and how
	results  []quorate.Result
	executed quorate.ID // who first executed it, zero if nobody did
	broken   bool       // already reported
}

// DisagreementError is the violation that two values were chosen in one place,
// or that one value had two outcomes.
type DisagreementError struct {
	Log           string
	Slot          quorate.Slot
	First, Second string // the two claims, each with its source
}

// Error states both claims.
func (e *DisagreementError) Error() string {
	return fmt.Sprintf("disagreement on %s:\n  %s\n  %s", place(e.Log, e.Slot), e.First, e.Second)
}

func place(log string, slot quorate.Slot) string {
	if log == "" {
		return fmt.Sprintf("slot %v", slot)
	}
	return fmt.Sprintf("log %s slot %v", log, slot)
}

// observe takes the events of a node.
func (m *member) observe(e quorate.Event) {
	w := m.world
	kind, indent := KindEvent, "  "
	if _, timer := e.(quorate.TimerFired); timer {
		kind, indent = KindTimer, ""
	}
	switch e.(type) {
	case quorate.Became, quorate.Promised, quorate.Asked: // what messages and who stands tell as well
	default:
		name, text := eventText(e)
		w.trace(kind, name, "%s%v %s", indent, m.id, text)
	}
	if w.cfg.Observe != nil {
		w.cfg.Observe(m.id, e)
	}
	switch e := e.(type) {
	case quorate.Chosen:
		w.claim(position{e.Log, e.Slot}, e.Commands, fmt.Sprintf("%v learnt %s under %v", m.id, Text(e.Commands), e.Ballot))
	case quorate.Executed:
		w.claim(position{e.Log, e.Slot}, e.Commands, fmt.Sprintf("%v executed %s", m.id, Text(e.Commands)))
		w.outcome(m.id, position{e.Log, e.Slot}, e.Results)
	}
}

func (w *World) claim(at position, commands []quorate.Command, source string) {
	f, known := w.values[at]
	if !known {
		w.values[at] = &finding{commands: cloneCommands(commands), source: source}
		return
	}
	if !f.broken && !sameCommands(f.commands, commands) {
		f.broken = true
		w.violate(&DisagreementError{Log: at.log, Slot: at.slot, First: f.source, Second: source})
	}
}

func (w *World) outcome(id quorate.ID, at position, results []quorate.Result) {
	f := w.values[at]
	if f.executed == 0 {
		f.executed, f.results = id, cloneResults(results)
		return
	}
	if !f.broken && !slices.EqualFunc(f.results, results, sameResult) {
		f.broken = true
		w.violate(&DisagreementError{
			Log: at.log, Slot: at.slot,
			First:  fmt.Sprintf("%v got %s from %s", f.executed, Text(f.results), Text(f.commands)),
			Second: fmt.Sprintf("%v got %s", id, Text(results)),
		})
	}
}

// Learnt returns the commands of the slots of a log that some replica learnt or
// executed.
func (w *World) Learnt(log string) map[quorate.Slot][]quorate.Command {
	learnt := map[quorate.Slot][]quorate.Command{}
	for at, f := range w.values { // unordered: it fills a map
		if at.log == log {
			learnt[at.slot] = cloneCommands(f.commands)
		}
	}
	return learnt
}

func sameCommands(a, b []quorate.Command) bool {
	return slices.EqualFunc(a, b, func(x, y quorate.Command) bool {
		if len(x.Value) == 0 && len(y.Value) == 0 {
			x.Value, y.Value = nil, nil // the codec need not tell them apart
		}
		return reflect.DeepEqual(x, y)
	})
}

func sameResult(a, b quorate.Result) bool {
	return a.OK == b.OK && a.Expired == b.Expired && a.Version == b.Version && slices.Equal(a.Value, b.Value)
}

// cloneCommands keeps the evidence apart from what a replica may change.
func cloneCommands(commands []quorate.Command) []quorate.Command {
	c := slices.Clone(commands)
	for i := range c {
		c[i].Value = slices.Clone(c[i].Value)
	}
	return c
}

func cloneResults(results []quorate.Result) []quorate.Result {
	c := slices.Clone(results)
	for i := range c {
		c[i].Value = slices.Clone(c[i].Value)
	}
	return c
}
