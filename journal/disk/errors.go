package disk

import (
	"errors"
	"io/fs"
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

// environmental reports whether err comes from the system, not from what was
// read: no permission, no memory, too many open files.
func environmental(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && !errors.Is(err, fs.ErrNotExist)
}
