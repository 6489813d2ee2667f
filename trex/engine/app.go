package engine

import "io"

// App is an application's own object, which the engine replicates: every member
// of the cluster has one, and all see the same commands in the same order. The
// engine calls its methods one at a time. They must not block, and must not wait
// for the engine.
//
// Apply must be deterministic: the same state and the same command give the same
// state and the same result on every member. It must not read a clock, draw
// random numbers, depend on the order of a map, or ask anybody; what it needs of
// these goes into the command. Members whose states differ stay different, and
// nobody notices.
//
// A panic in any of these methods is one of the process, on every member that
// executes the command.
type App interface {
	// Apply executes a command and returns its result, of Config.MaxResult bytes
	// at most: the engine copies it, and keeps it for a while, for retries. Apply
	// may keep command, but never changes it. A command that makes no sense is not
	// an error of the engine's: its result should say so.
	Apply(command []byte) []byte
	// Query answers a question and changes nothing, query neither.
	Query(query []byte) []byte
	// Snapshot writes the whole state. Equal states should write equal bytes.
	Snapshot(w io.Writer) error
	// Restore replaces the whole state by what Snapshot wrote, perhaps on another
	// member.
	Restore(r io.Reader) error
}

// Durable is an [App] with a store of its own, whose state is not to be written
// to the engine's journal a second time. Commands have numbers, from 1 without a
// gap, the same on all members. The store keeps the number of the last command
// that is in it, and so tells after a crash which ones to skip.
//
// What a store has must be as durable as the journal. An error from any of these
// methods stops the member, since it cannot go on without its store; the others
// go on.
type Durable interface {
	App
	// Applied returns the number of the last command in the store, 0 if there
	// is none.
	Applied() (uint64, error)
	// ApplyAt is Apply, and is called instead. What it changes, the number and the
	// result must become durable in one transaction, before it returns.
	ApplyAt(number uint64, command []byte) ([]byte, error)
	// Recall returns the result of a command that is in the store: a crash may
	// have kept the engine from noting it. It is asked for commands since the
	// journal last took note of the store, thousands perhaps. False says that the
	// store has forgotten it; its client is then told [ErrResultLost].
	Recall(number uint64) (result []byte, ok bool)
	// RestoreAt is Restore, and is called instead. The state and the number of the
	// last command in it must become durable in one transaction.
	RestoreAt(number uint64, r io.Reader) error
}
