// Package history holds histories in Jepsen's form: events of sequential processes,
// an invocation and a completion for each operation, whatever the operations mean.
//
// An operation that completes as OK took effect between its two events, one that
// completes as Fail certainly did not and never will. Of one that completes as Info,
// or not at all, nobody knows: it may take effect once, at any time after its
// invocation, or never. A process has one operation under way at most; after an Info
// it calls nothing any more, and its client goes on under another number.
package history

import (
	"fmt"
	"time"
)

// Type says what an event is.
type Type uint8

// The types of events.
const (
	Invoke Type = iota + 1
	OK
	Fail
	Info
)

// String returns Jepsen's word: "invoke", "ok", "fail" or "info".
func (t Type) String() string {
	switch t {
	case Invoke:
		return "invoke"
	case OK:
		return "ok"
	case Fail:
		return "fail"
	case Info:
		return "info"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Nemesis is the process of the events of faults. They are all Info: where a fault
// begins there is one for what is asked for, and one for what was done.
const Nemesis = -1

// Op is an event of a history.
type Op struct {
	Index   int           // dense, from 0; the order of the events, where times tie
	Time    time.Duration // since the test began, by one clock
	Process int           // from 0; Nemesis for faults
	Type    Type
	F       string // what is asked for: read, write, cas, append, transfer, …
	// Value is the argument of an invocation and the result of a completion: nil, bool,
	// int64, float64, string, Keyword, []any of these, or Map; from foreign histories
	// also Set, Symbol, Char, Number or Tagged. Of independent keys it is a []any of the
	// key and the value.
	Value any
	Error any // why it is Fail or Info, in the same forms; nil if nothing is said
	Extra Map // further entries, in order
}

// Keyword is EDN's keyword, without its colon.
type Keyword string

// Map is a map in the order in which it is written.
type Map []Entry

// Entry is a key of a Map with its value.
type Entry struct{ Key, Value any }

// Set is a set in the order in which it is written.
type Set []any

// Symbol is EDN's symbol.
type Symbol string

// Char is EDN's character.
type Char rune

// Number is a number that is neither an int64 nor a float64, as EDN spells it: 1/3, 1.5M
// or a long one that ends in N.
type Number string

// Tagged is a value behind a tag, such as #inst "2026-01-01".
type Tagged struct {
	Tag   string // without the #
	Value any
}
