package client

import (
	"errors"
	"fmt"

	"github.com/quorate/quorate"
)

// The two ways in which a call fails, see the package's doc.
var (
	// ErrNotExecuted says that the command was not executed and never will be.
	ErrNotExecuted = errors.New("not executed")
	// ErrUnknown says that the command may have been executed, or may still be.
	ErrUnknown = errors.New("outcome unknown")
)

// ErrClosed is wrapped by the error of a call whose client was closed.
var ErrClosed = errors.New("client closed")

// ErrTimeout is wrapped by the error of a call that ran into Config.Timeout, and of
// one that ended because its last attempt was not answered in time, see
// Config.Raw and Config.MaxAttempts. A call that ran into its context's deadline
// wraps context.DeadlineExceeded.
var ErrTimeout = errors.New("timed out")

// ErrLost is wrapped by the error of a raw call whose connection broke.
var ErrLost = errors.New("connection lost")

// ErrAttempts is wrapped by the error of a call that made Config.MaxAttempts.
var ErrAttempts = errors.New("no attempts are left")

// What the replica said that refused the call last; see Outcome.Node and
// Outcome.Reason for others.
var (
	// ErrNotLeader says that the node does not lead. It did not execute the command.
	ErrNotLeader = errors.New("not the leader")
	// ErrNoLongerLeader says that the node lost the lead before it knew what
	// became of the command: it may have been executed, or may still be.
	ErrNoLongerLeader = errors.New("no longer the leader")
	// ErrNotFollower says that the node leads, and a follower was to answer.
	ErrNotFollower = errors.New("not a follower")
)

// Error describes a call that failed. It wraps [ErrNotExecuted] or
// [ErrUnknown]; what ended the call: [ErrClosed], [ErrTimeout], [ErrLost],
// [ErrAttempts], or the context's error; and, if the last refusal was one of
// these, [ErrNotLeader], [ErrNoLongerLeader] or [ErrNotFollower].
type Error struct {
	Op      Op
	Outcome Outcome
	Cause   error // nil if a replica's answer ended the call
}

// Error says what was attempted, if Op tells, and what became of it.
func (e *Error) Error() string {
	s := fmt.Sprintf("%v after %d attempts", e.kind(), e.Outcome.Attempts)
	if e.Outcome.Attempts == 1 {
		s = s[:len(s)-1]
	}
	if e.Op.Kind != quorate.OpNop {
		s = fmt.Sprintf("%v %q: %s", e.Op.Kind, e.Op.Key, s)
	}
	if e.Outcome.Node != 0 {
		s += fmt.Sprintf(", last at %v", e.Outcome.Node)
	}
	if e.Outcome.Reason != quorate.ReasonNone {
		s += fmt.Sprintf(", last refused: %v", e.Outcome.Reason)
	}
	if e.Outcome.Words != "" {
		s += ": " + e.Outcome.Words
	}
	if e.Outcome.Reason == quorate.ReasonUnsupported {
		s += fmt.Sprintf(" read mode %v; log and local work with every protocol", e.Op.Read)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the sentinels and the cause.
func (e *Error) Unwrap() []error {
	all := []error{e.kind()}
	if e.Cause != nil {
		all = append(all, e.Cause)
	}
	switch e.Outcome.Reason {
	case quorate.ReasonNotLeader:
		all = append(all, ErrNotLeader)
	case quorate.ReasonNoLongerLeader:
		all = append(all, ErrNoLongerLeader)
	case quorate.ReasonNotFollower:
		all = append(all, ErrNotFollower)
	}
	return all
}

func (e *Error) kind() error {
	if e.Outcome.Status == quorate.NotExecuted {
		return ErrNotExecuted
	}
	return ErrUnknown
}
