package sim

import (
	"fmt"
	"time"
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

// Outcome is what became of a world.
type Outcome struct {
	Violation *Violation
	Unknown   string // why the history could not be judged, empty if it could
	Hash      uint64 // of all events in order
	Stats     Stats
}

// Stats counts what happened in one world, or in many.
type Stats struct {
	Worlds   int
	Events   int
	Virtual  time.Duration
	Messages int
	Ops      int // commands that clients were told are done
	Unsure   int // commands whose outcome they do not know
	Failed   int // commands that failed for certain
	// Faults counts the faults that struck, by kind. Probes counts rare states
	// that were reached, by name.
	Faults, Probes map[string]int
}
