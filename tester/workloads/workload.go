// Package workloads holds what the clients of a test do, and what must be true of
// what they see: registers, lists that are appended to, counters, a bank, unique numbers.
//
// All are built of the store's versioned keys, so each has two checks: its own, of the
// operations that its clients meant, and that of the calls which these were made of,
// which the tester records below it.
package workloads

import (
	"context"
	"math/rand/v2"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// Client is what a process has to work with: a session of the store. An error wraps
// client.ErrNotExecuted if the call certainly was not executed, and never will be;
// otherwise that is unknown.
type Client interface {
	Do(ctx context.Context, op client.Op) (client.Result, error)
}

// Workload is one test's operations and their meaning. Safe for concurrent use, by
// processes with different numbers.
type Workload interface {
	// Setup prepares the store before the clients begin, such as a bank's accounts. It
	// may be called again after an error.
	Setup(ctx context.Context, c Client) error
	// Next returns the next invocation of a worker, 0 to Concurrency-1: its F, Value and
	// Extra. What a worker asks for depends on rng, its worker and how often it was
	// asked, and on nothing that happened.
	Next(rng *rand.Rand, worker int) history.Op
	// Final returns what a worker is to do once all faults are healed: the reads that
	// show what is left.
	Final(worker int) []history.Op
	// Invoke does what an invocation says, and returns its completion: Type, Value, Error
	// and Extra. It is Info as soon as one of the calls that it is made of has an unknown
	// outcome which matters; a read that failed is Fail.
	Invoke(ctx context.Context, c Client, op history.Op) history.Op
	// Check decides whether a history is what the workload promises. It has no
	// nemesis among its events, and is well formed.
	Check(ctx context.Context, h []history.Op) []results.Check
}
