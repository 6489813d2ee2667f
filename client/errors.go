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

// ErrTimeout is wrapped by the error of a call that ran into Config.Timeout. A
// call that ran into its context's deadline wraps context.DeadlineExceeded.
var ErrTimeout = errors.New("timed out")

// Error describes a call that failed. It wraps [ErrNotExecuted] or
// [ErrUnknown], and what ended the call: [ErrClosed], [ErrTimeout], or the
// context's error.
type Error struct {
	Op      Op
	Outcome Outcome
	Cause   error // nil if a replica's answer ended the call
}

// Error says what was attempted, and what became of it.
func (e *Error) Error() string {
	s := fmt.Sprintf("%v %q: %v after %d attempts", e.Op.Kind, e.Op.Key, e.kind(), e.Outcome.Attempts)
	if e.Outcome.Attempts == 1 {
		s = s[:len(s)-1]
	}
	if e.Outcome.Node != 0 {
		s += fmt.Sprintf(", last at %v", e.Outcome.Node)
	}
	if e.Outcome.Reason != quorate.ReasonNone {
		s += fmt.Sprintf(", last refused: %v", e.Outcome.Reason)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the sentinel and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.kind()}
	}
	return []error{e.kind(), e.Cause}
}

func (e *Error) kind() error {
	if e.Outcome.Status == quorate.NotExecuted {
		return ErrNotExecuted
	}
	return ErrUnknown
}
