package sim

import (
	"fmt"
	"io"
	"strings"
)

// Replay is what became of one world, for people and for programs.
type Replay struct {
	Schema    int        `json:"schema"`
	Seed      uint64     `json:"seed"`
	Hash      string     `json:"hash"` // of all events, in hexadecimal
	Violation *Violation `json:"violation,omitempty"`
	Unknown   string     `json:"unknown,omitempty"` // why the history could not be judged
	Stats     Stats      `json:"stats"`
	World     Spec       `json:"world"`
}

// NewReplay returns what became of a world.
func NewReplay(spec Spec, out *Outcome) *Replay {
	return &Replay{Schema: Schema, Seed: spec.Seed, Hash: out.hash(), Violation: out.Violation,
		Unknown: out.Unknown, Stats: out.Stats, World: spec}
}

// WriteText writes it for people.
func (r *Replay) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", &r.World)
	writeConditions(&b, &r.World)
	fmt.Fprintf(&b, "  hash     %s of %s in %v\n", r.Hash, count(r.Stats.Events, "event"), r.Stats.Virtual)
	switch {
	case r.Violation != nil:
		fmt.Fprintf(&b, "  verdict  VIOLATION of %s\n", r.Violation.Oracle)
		writeViolation(&b, &r.World, r.Violation)
	case r.Unknown != "":
		fmt.Fprintf(&b, "  verdict  not judged: %s\n", r.Unknown)
	default:
		fmt.Fprintf(&b, "  verdict  no violation\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the verdict: %w", err)
	}
	return nil
}
