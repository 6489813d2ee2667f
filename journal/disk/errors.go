package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// Reasons for which a journal does not open.
var (
	// ErrLocked: another process, or another part of this one, has the journal open.
	ErrLocked = errors.New("the directory is in use")
	// ErrMismatch: the directory belongs to another node, protocol or cluster.
	ErrMismatch = errors.New("the directory belongs to another")
	// ErrDamaged: the directory is no journal, or something of it is damaged or
	// missing. Reading records may return it, too.
	ErrDamaged = errors.New("the journal is damaged")
)

// damaged adds ErrDamaged to what is not the environment's fault.
func damaged(err error) error {
	if err == nil || errors.Is(err, ErrDamaged) || environmental(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, oneLine{err})
}

// oneLine is an error whose text may have several lines, in one.
type oneLine struct{ error }

func (o oneLine) Error() string { return strings.ReplaceAll(o.error.Error(), "\n", "; ") }

func (o oneLine) Unwrap() error { return o.error }

// environmental reports whether err comes from the system, not from what was
// read: no permission, no memory, too many open files.
func environmental(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && !errors.Is(err, fs.ErrNotExist)
}
