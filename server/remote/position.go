package remote

import (
	"fmt"
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// position is the header that tells a member what this client has seen.
func (r *REST) position(op *client.Op) string {
	seen := quorate.Slot(r.seen.Load())
	return "Quorate-Seen: " + max(seen, op.Seen).String() + "\r\n"
}

// includes returns how much of the log an answer includes, and notes it.
func (r *REST) includes(a *answer) (quorate.Slot, error) {
	if a.index == "" {
		return 0, nil
	}
	index, err := strconv.ParseUint(a.index, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: index: %w", errAnswer, err)
	}
	for seen := r.seen.Load(); index > seen && !r.seen.CompareAndSwap(seen, index); seen = r.seen.Load() {
	}
	return quorate.Slot(index), nil
}
