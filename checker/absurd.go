package checker

import (
	"fmt"

	"github.com/quorate/quorate"
)

// absurd looks for an operation that contradicts itself. These are looked for before all
// else, so that two operations are never blamed for one.
func absurd(ops []Operation) *finding {
	for i := range ops {
		if text := ops[i].Contradiction(); text != "" {
			return found([]*Operation{&ops[i]}, "%s", text)
		}
	}
	return nil
}

// Contradiction says why no history of a versioned key can have the operation, whatever the
// others did: what it was told does not go together with what it asked for. It is empty if
// some history can.
func (o *Operation) Contradiction() string {
	switch {
	case o.Status != quorate.Done:
	case o.Op == quorate.OpGet && o.OK && o.Version == 0:
		return "the key was present before anything was written"
	case o.Op == quorate.OpGet && !o.OK && len(o.Result) > 0:
		return "an absent key was read as " + show(o.Result)
	case o.Op == quorate.OpGet:
	case o.OK && o.Version == 0:
		return "a write gave version 0, which is that of a key never written"
	case !o.OK && !o.conditional():
		return "an unconditional write was refused"
	case !o.conditional():
	case !o.OK && o.Condition == 0 && o.Version == 0:
		return "the condition was refused although it held: the key was absent"
	case !o.OK && o.Condition == o.Version:
		return fmt.Sprintf("the condition was refused although the key was at version %d", o.Version)
	case o.OK && o.Condition != 0 && o.Condition != o.Version-1:
		return fmt.Sprintf("a write on condition of version %d gave version %d", o.Condition, o.Version)
	}
	return ""
}
