package quorate

import "iter"

// Journal keeps the durable records of one node across restarts. Package
// journal has the implementations, journal/journaltest the contract as tests.
type Journal interface {
	// Commit makes the ops durable before it returns: all of them, in order, or
	// none. After an error the journal takes no further batch. It keeps no
	// reference to the ops' data.
	Commit(ops []RecordOp) error
	// Records yields every live record in ascending order of type, scope and
	// number. An error ends the sequence.
	Records() iter.Seq2[RecordOp, error]
	// Close releases the journal. What was committed stays.
	Close() error
}
