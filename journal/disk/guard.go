package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// guard stands between Pebble and the disk. Pebble cannot live with a disk that
// fails: it panics where no caller can recover, ends the process, or tries again
// for ever while a commit waits. So it never sees one fail. At the first failure
// the guard notes the reason and freezes the disk as it is: from then on
// everything seems to succeed and nothing is done. The journal asks the guard
// before it acknowledges anything.
type guard struct {
	failed atomic.Pointer[error]
}

var errPretend error = pretence{}

// freeze notes why nothing may reach the disk any more. The first reason counts.
func (g *guard) freeze(err error) { g.failed.CompareAndSwap(nil, &err) }

// err returns why the disk is frozen, nil if it is not.
func (g *guard) err() error {
	if p := g.failed.Load(); p != nil {
		return *p
	}
	return nil
}

func (g *guard) wrap(fsys vfs.FS) hookFS { return hookFS{fsys, g} }

func (g *guard) act(a action, path string, do func() error) error {
	if g.err() != nil {
		return errPretend
	}
	err := do()
	switch {
	case err == nil:
		return nil
	case a == actLock, a == actRemove && errors.Is(err, fs.ErrNotExist):
		return err // no failure of the disk
	}
	if !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s %s: %w", a, path, err)
	}
	g.freeze(err)
	return errPretend
}
