package transport

import (
	"errors"
	"iter"
	"sync/atomic"

	"github.com/quorate/quorate"
)

// LoopStats counts what a loop did.
type LoopStats struct {
	Rounds    uint64 // times timers and sends had their turn
	Batches   uint64 // times the inbox was emptied: Messages/Batches tells how well work gathers
	Messages  uint64 // messages received
	Unhandled uint64 // of these, messages that no handler takes
	Syncs     uint64 // batches of records given to the journal
	Records   uint64 // records in them
}

type loopCounters struct {
	rounds, batches, messages, unhandled, syncs, records atomic.Uint64
}

// Stats returns the counters so far.
func (l *Loop) Stats() LoopStats {
	return LoopStats{
		Rounds: l.stats.rounds.Load(), Batches: l.stats.batches.Load(), Messages: l.stats.messages.Load(),
		Unhandled: l.stats.unhandled.Load(), Syncs: l.stats.syncs.Load(), Records: l.stats.records.Load(),
	}
}

// noJournal is the journal of a node that was given none.
type noJournal struct{}

func (noJournal) Commit([]quorate.RecordOp) error {
	return errors.New("the node persists records but was given no journal")
}
func (noJournal) Records() iter.Seq2[quorate.RecordOp, error] { return nil }
func (noJournal) Close() error                                { return nil }
func (noJournal) Immediate() bool                             { return true }
