package search

import (
	"context"
	"testing"

	"github.com/anishathalye/porcupine"
)

// sum adds numbers up, in any order; an output above zero is what the sum must be.
func sum() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return 0 },
		Step: func(s, in, out any) (bool, any) {
			return out.(int) == 0 || out.(int) == s.(int), s.(int) + in.(int)
		},
		Hash: func(s any) uint64 { return uint64(s.(int)) },
	}
}

// overlapping adds 1, 2, 4, … at one time, and then sees what it cannot.
func overlapping(n int) []porcupine.Operation {
	var ops []porcupine.Operation
	for i := range n {
		ops = append(ops, porcupine.Operation{ClientId: i, Input: 1 << i, Output: 0, Call: 0, Return: 1})
	}
	return append(ops, porcupine.Operation{ClientId: n, Input: 0, Output: 1 << n, Call: 2, Return: 3})
}

// Rule: no search begins when the time is over.
func TestTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := sum()
	m.Init = func() any { t.Error("a search began"); return 0 }
	if legal, why := Run(ctx, 1<<20, m, nil, overlapping(2)); legal || why != OutOfTime {
		t.Errorf("%v, %q", legal, why)
	}
}

// Only what is kept costs: of the 5120 steps from one of the 1024 sets to another, each
// set is kept once.
func TestRun(t *testing.T) {
	const entry = 8 + 216
	for _, c := range []struct {
		limit int64
		want  string
	}{{1023 * entry, ""}, {1000 * entry, OutOfMemory}} {
		if legal, why := Run(context.Background(), c.limit, sum(), nil, overlapping(10)); legal || why != c.want {
			t.Errorf("within %d bytes: %v, %q", c.limit, legal, why)
		}
	}
	big := func(any) int { return entry }
	if _, why := Run(context.Background(), 1023*entry, sum(), big, overlapping(10)); why != OutOfMemory {
		t.Errorf("the size of states costs nothing: %q", why)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, why := Run(ended, 1<<30, sum(), nil, overlapping(10)); why != OutOfTime {
		t.Errorf("it goes on: %q", why)
	}
	if legal, why := Run(ended, 0, sum(), nil, nil); !legal || why != "" {
		t.Errorf("of no operation: %v, %q", legal, why)
	}
	if legal, why := Run(context.Background(), 1<<30, sum(), nil, overlapping(10)[:10]); !legal || why != "" {
		t.Errorf("of what has an order: %v, %q", legal, why)
	}
}
