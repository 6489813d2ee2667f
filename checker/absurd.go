package checker

import "github.com/quorate/quorate"

// absurd looks for an operation that no history of a versioned key can have: what it was
// told does not go together with what it asked for, whatever the others did. These are
// looked for before all else, so that two operations are never blamed for one.
func absurd(ops []Operation) *finding {
	for i := range ops {
		o := &ops[i]
		if o.Status != quorate.Done {
			continue
		}
		if text, args := o.absurdity(); text != "" {
			return found([]*Operation{o}, text, args...)
		}
	}
	return nil
}

// absurdity says what is wrong with a done operation by itself; "" for nothing.
func (o *Operation) absurdity() (text string, args []any) {
	switch {
	case o.Op == quorate.OpGet && o.OK && o.Version == 0:
		return "the key was present before anything was written", nil
	case o.Op == quorate.OpGet && !o.OK && len(o.Result) > 0:
		return "an absent key was read as %s", []any{show(o.Result)}
	case o.Op == quorate.OpGet:
	case o.OK && o.Version == 0:
		return "a write gave version 0, which is that of a key never written", nil
	case !o.OK && !o.conditional():
		return "an unconditional write was refused", nil
	case !o.conditional():
	case !o.OK && o.Condition == 0 && o.Version == 0:
		return "the condition was refused although it held: the key was absent", nil
	case !o.OK && o.Condition == o.Version:
		return "the condition was refused although the key was at version %d", []any{o.Version}
	case o.OK && o.Condition != 0 && o.Condition != o.Version-1:
		return "a write on condition of version %d gave version %d", []any{o.Condition, o.Version}
	}
	return "", nil
}
