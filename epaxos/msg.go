package epaxos

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// The messages, in the order of the protocol. Every reply echoes the ballot of
// the request it answers, says yes or no in OK, and tells the ballot promised.
// Whoever has the instance committed answers any request with Commit instead.

// PreAccept is the proposal of an instance's owner, with the dependencies that it
// knows. It belongs to the zero ballot, which is the owner's alone.
type PreAccept struct {
	ID       core.ID
	Commands []quorate.Command
	Deps     core.Deps
}

// PreAcceptReply adds to the dependencies what interferes at its sender.
type PreAcceptReply struct {
	ID       core.ID
	OK       bool
	Promised quorate.Ballot
	Deps     core.Deps
}

// Accept asks the receiver to vote for Value under Ballot. It is short if the
// receiver has pre-accepted the commands. If it forgot that in a crash it is silent,
// and is sent all of it when it is sent again.
type Accept struct {
	Ballot quorate.Ballot
	ID     core.ID
	Value  core.Value
}

// AcceptReply is the vote, or its refusal.
type AcceptReply struct {
	Ballot   quorate.Ballot
	ID       core.ID
	OK       bool
	Promised quorate.Ballot
}

// Commit says that Value is final. It is short if the receiver was sent the commands
// before; who does not know them asks.
type Commit struct {
	ID    core.ID
	Value core.Value
}

// Recover asks for a promise to take part in nothing below Ballot, and for what
// the receiver knows of the instance.
type Recover struct {
	Ballot quorate.Ballot
	ID     core.ID
}

// RecoverReply is the promise, or its refusal.
type RecoverReply struct {
	Ballot   quorate.Ballot
	ID       core.ID
	OK       bool
	Promised quorate.Ballot
	State    core.State
}

// Validate asks what speaks against the owner's proposal, which may have been
// decided on the fast path.
type Validate struct {
	Ballot   quorate.Ballot
	ID       core.ID
	Commands []quorate.Command
	Deps     core.Deps
}

// ValidateReply tells it.
type ValidateReply struct {
	Ballot    quorate.Ballot
	ID        core.ID
	OK        bool
	Promised  quorate.Ballot
	Conflicts []core.Conflict
}

// Waiting says that a recovery of the instance waits for others, and that Same
// members, the owner not counted, have pre-accepted it as it was proposed.
type Waiting struct {
	ID   core.ID
	Same uint8
}

// Ask asks for the instances that are committed, of those that IDs name.
type Ask struct {
	IDs []core.ID
}
