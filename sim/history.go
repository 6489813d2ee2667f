package sim

import (
	"bytes"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
	"github.com/quorate/quorate/client"
)

// history is what the clients did and saw.
type history struct {
	ops       []checker.Operation
	ids       []quorate.CommandID // of the operations
	processes int
	invoked   int           // before the faults ended
	stamped   time.Duration // the last instant given out
}

// stamp returns an instant that no other event of the history has.
func (h *history) stamp(now time.Duration) time.Duration {
	h.stamped = max(h.stamped+1, now)
	return h.stamped
}

func (h *history) invoke(c *caller, op client.Op) int {
	if !c.ending {
		h.invoked++
	}
	h.ids = append(h.ids, quorate.CommandID{})
	h.ops = append(h.ops, checker.Operation{
		Process: c.process, Client: c.session.ID(), Op: op.Kind, Key: op.Key, Value: op.Value, Condition: op.Version, Read: op.Read,
		Call: h.stamp(c.w.now), Return: checker.Never, Status: quorate.Unknown,
	})
	return len(h.ops) - 1
}

func (h *history) returned(c *caller, out *client.Outcome) {
	op := &h.ops[c.open]
	op.Status = out.Status
	if out.Status == quorate.Unknown {
		return // open for ever
	}
	op.Return = h.stamp(c.w.now)
	op.OK, op.Version = out.Result.OK, out.Result.Version
	if op.Op == quorate.OpGet {
		op.Result = bytes.Clone(out.Result.Value)
	}
}

// refused finds a write that a client was told was not executed, though it was.
// The history shows that only if somebody saw the effect.
func (w *world) refused() string {
	for i := range w.history.ops {
		op, id := &w.history.ops[i], w.history.ids[i]
		if _, executed := w.effects.outcomes[id]; executed && op.Status == quorate.NotExecuted {
			return fmt.Sprintf("a client was told that %v %s, its %v, was not executed, but it was", op.Op, op.Key, id)
		}
	}
	return ""
}

// settle turns the writes whose outcome their clients do not know into what
// became of them: the world is over, and the replicas' state machines have told
// what they executed. Without it a checker must try both for each, which takes
// time exponential in their number; and whoever read a value that no replica
// ever wrote is caught too.
func (h *history) settle(truth *effects) {
	for i := range h.ops {
		op := &h.ops[i]
		if op.Status != quorate.Unknown || !op.Op.IsWrite() {
			continue
		}
		op.Status = quorate.NotExecuted
		if r, ok := truth.outcomes[h.ids[i]]; ok {
			op.Status, op.OK, op.Version = quorate.Done, r.OK, r.Version
		}
	}
}
