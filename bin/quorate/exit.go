package main

import (
	"errors"
	"fmt"
)

// The exit codes are Jepsen's, for every command.
const (
	exitGood        = 0
	exitBad         = 1
	exitUnknown     = 2
	exitInterrupted = 130
	exitUsage       = 254
	exitTool        = 255
)

// exitMeaning is a row of the table of exit codes in a command's help.
type exitMeaning struct {
	code    int
	meaning string
}

// An exitError carries the exit code of the error it wraps. Without an error
// inside, there is nothing to add to what the command printed.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usagef reports a command line that asks for something impossible.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// exitCode returns the code for err: an error without one is the tool's own failure.
func exitCode(err error) int {
	if err == nil {
		return exitGood
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	return exitTool
}
