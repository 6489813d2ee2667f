// Package engine replicates an application's own object on a cluster: TRex,
// turn-key. An [App] has commands, which change it, queries, and a snapshot. Each
// member of the cluster is a process that opens an [Engine] around one:
//
//	e, err := engine.Open(engine.Config{ID: id, Members: addresses, DataDir: dir}, app)
//	defer e.Close()
//	result, err := e.Execute(ctx, command)
//	answer, err := e.Query(ctx, query, quorate.ReadIndex)
//
// An engine is a member, with journal, failover and all, and a client of the
// whole cluster: Execute may be called on any of them, and finds the leader.
// [OpenLocal] opens all members of a cluster in one process. [Of] and [For] are for
// objects whose commands and results are Go structs instead of bytes.
//
// # What becomes of a command
//
// A command that Execute returned a result for was executed, exactly once, and
// is durable on a majority. If Execute returns an error, errors.Is tells
//
//	client.ErrNotExecuted    it was not executed, and never will be
//	client.ErrUnknown        it may have been executed, or may still be
//	ErrForeign               it was not executed: the cluster runs another application
//	ErrResultTooLarge        it was executed, but its result could not be kept
//	ErrResultLost            it was executed, but its result was forgotten
//
// and errors.As finds the [client.Error] of the first two, with the reason why a
// member refused. Execute tries again by itself, under one number, so that a
// command is not executed twice though the leader dies in the midst of it, and its
// second attempt gets the result of the first. Only a caller who calls Execute
// again has a second command executed.
//
// # What the state survives
//
// The state is that of a log, which is durable, and the engine writes a snapshot
// of it now and then. A member that starts again restores the snapshot and
// executes the log from there; commands that the snapshot includes are known and
// not executed a second time. An App whose state has a store of its own
// implements [Durable]: the store keeps the number of the last command in it.
package engine
