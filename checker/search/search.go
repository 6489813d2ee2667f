// Package search runs Porcupine within bounds: a search that would take more time or
// memory than it may ends without a verdict.
package search

import (
	"context"

	"github.com/anishathalye/porcupine"
)

// Why a search ended without a verdict.
const (
	OutOfMemory = "the search needs more memory than it may have"
	OutOfTime   = "the check ran out of time"
)

// Run decides whether an order of ops explains their results. Without a verdict, why says
// what ran out. The model must have Hash; what it keeps for a state beyond 64 bytes, size
// tells, if it is not nil.
func Run(ctx context.Context, limit int64, m porcupine.Model, size func(state any) int, ops []porcupine.Operation) (legal bool, why string) {
	if len(ops) == 0 {
		return true, ""
	}
	if ctx.Err() != nil { // what there are many of would take long to begin and to end
		return false, OutOfTime
	}
	m, bound := Bound(ctx, limit, m, size, len(ops))
	legal = porcupine.CheckOperations(m, ops)
	if why := bound(); why != "" {
		return false, why
	}
	return legal, ""
}

// Bound returns the model with bounds for one search of n operations, and what tells
// afterwards why the search ended early; "" if it did not.
func Bound(ctx context.Context, limit int64, m porcupine.Model, size func(state any) int, n int) (porcupine.Model, func() string) {
	b := &budget{ctx: ctx, fixed: int64((n+63)/64*8) + 216, left: limit, size: size}
	step, equal, hash := m.Step, m.Equal, m.Hash
	if equal == nil {
		equal = func(a, b any) bool { return a == b }
	}
	m.Step = func(s, in, out any) (bool, any) {
		if b.spent() {
			return false, s
		}
		return step(s, in, out)
	}
	m.Hash = func(s any) uint64 {
		b.left -= b.cost(s)
		return hash(s)
	}
	// It is asked for states of the same operations only, so what is equal has been
	// there before, and is not kept.
	m.Equal = func(s, t any) bool {
		same := equal(s, t)
		if same {
			b.left += b.cost(s)
		}
		return same
	}
	return m, func() string { return b.why }
}

// budget vetoes every step once it is used up, so that the search ends. Porcupine keeps a
// bit set of all operations and a state for each that it has been in.
type budget struct {
	ctx   context.Context
	fixed int64 // bytes of an entry, without its state
	left  int64
	size  func(any) int
	count int
	why   string
}

func (b *budget) cost(state any) int64 {
	if b.size == nil {
		return b.fixed
	}
	return b.fixed + int64(b.size(state))
}

func (b *budget) spent() bool {
	b.count++
	switch {
	case b.why != "":
	case b.left < 0:
		b.why = OutOfMemory
	case b.count%64 == 1 && b.ctx.Err() != nil:
		b.why = OutOfTime
	}
	return b.why != ""
}
