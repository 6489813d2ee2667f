//go:build !linux

package netns

import (
	"context"
	"errors"
	"io"
	"time"
)

var errSystem = errors.New("networks of our own are there on Linux only; take faults that members inject themselves")

// Inside reports whether this process was started by [Reexec].
func Inside() bool { return false }

func find() (string, error) { return "", errSystem }

// Supported says why there can be no network of our own here, and what to do.
func Supported() error { return errSystem }

// Streams are those of a program.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Reexec would run a program in a network of its own.
func Reexec(context.Context, string, []string, Streams, time.Duration) (int, error) {
	return 0, errSystem
}

// Up would bring the loopback interface up.
func Up() error { return errSystem }
