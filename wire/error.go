package wire

import (
	"errors"
	"fmt"
)

// The reasons why bytes are not a message, or a message cannot become bytes.
// An [Error] wraps one of them.
var (
	// ErrTruncated: the bytes end before the message does.
	ErrTruncated = errors.New("truncated")
	// ErrTrailing: there are bytes after the message.
	ErrTrailing = errors.New("trailing bytes")
	// ErrMalformed: a value has another form than its field.
	ErrMalformed = errors.New("malformed")
	// ErrRange: a number does not fit its field.
	ErrRange = errors.New("out of range")
	// ErrTooLarge: the message exceeds the [Limits].
	ErrTooLarge = errors.New("too large")
	// ErrUnknownKind: the kind byte, or the Go type, is none of the codec's.
	ErrUnknownKind = errors.New("unknown kind of message")
	// ErrPanic: an UnmarshalBinary or AppendBinary method panicked, which is a bug in it.
	ErrPanic = errors.New("panic")
)

// Error says why one message could not be decoded or encoded.
type Error struct {
	Op     string // "decode" or "encode"
	Type   string // the message's short name, for example paxos.P2a; empty if the kind is unknown
	Field  string // the path to the field, for example Commands[3].Op; empty for the whole message
	Offset int    // of the offending byte within the message, after the kind byte; 0 when encoding
	Err    error  // wraps one of the reasons above
}

// Error names the message, the field, the byte and the reason.
func (e *Error) Error() string {
	s := e.Op
	if e.Type != "" {
		s += " " + e.Type
	}
	if e.Field != "" {
		s += " field " + e.Field
	}
	if e.Op == "decode" {
		s += fmt.Sprintf(" at byte %d", e.Offset)
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// under prepends a step to the path of the field.
func (e *Error) under(step string) *Error {
	switch {
	case e.Field == "" || e.Field[0] == '[':
		e.Field = step + e.Field
	default:
		e.Field = step + "." + e.Field
	}
	return e
}
