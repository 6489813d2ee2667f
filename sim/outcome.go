package sim

import (
	"fmt"
	"time"

	"github.com/quorate/quorate/checker"
)

// Violation is a broken promise, with the evidence.
type Violation struct {
	Oracle string        `json:"oracle"` // its short name: agreement, durable, …
	At     time.Duration `json:"at"`     // since the start
	Event  int           `json:"event"`  // the number of the event that showed it
	Node   int           `json:"node"`   // -1: nobody in particular
	Text   string        `json:"text"`
}

// Error implements error.
func (v *Violation) Error() string { return fmt.Sprintf("%s: %s", v.Oracle, v.Text) }

// hash prints the hash as reports have it.
func (o *Outcome) hash() string { return fmt.Sprintf("%016x", o.Hash) }

// Outcome is what became of a world.
type Outcome struct {
	Violation *Violation
	Unknown   string // why the history could not be judged, empty if it could
	Hash      uint64 // of all events in order
	Stats     Stats
	// History is what the clients did and saw. Where it was judged, writes whose
	// outcome their clients do not know have the one they had.
	History []checker.Operation
	// Counterexamples show why the history is not linearizable.
	Counterexamples []checker.Counterexample
}
