package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ownerFile is in a temporary directory, locked by the process whose it is.
const ownerFile = "owner"

// Temporary makes a directory for the files of a test of which nothing is kept, and release
// removes it. A process that is killed leaves its own behind: those of the same prefix that
// no living process owns are removed first.
func Temporary(prefix string) (dir string, release func() error, err error) {
	root := os.TempDir()
	stale, err := filepath.Glob(filepath.Join(root, prefix+"*", ownerFile))
	if err != nil {
		return "", nil, fmt.Errorf("look for what is left of earlier tests: %w", err)
	}
	for _, owner := range stale {
		reap(owner)
	}
	if dir, err = os.MkdirTemp(root, prefix); err != nil {
		return "", nil, fmt.Errorf("make a directory for the test: %w", err)
	}
	f, err := own(dir)
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("own the directory %s: %w", dir, err), os.RemoveAll(dir))
	}
	return dir, func() error { return errors.Join(os.RemoveAll(dir), f.Close()) }, nil
}

// own marks a directory as this process's: the mark gets its name once it is locked, so
// that nobody finds it without its owner.
func own(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, ".owner-*")
	if err != nil {
		return nil, err
	}
	if err = lock(f); errors.Is(err, errors.ErrUnsupported) {
		return f, nil // nobody could tell whether it lives, so nobody is to look
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, ownerFile))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// reap removes a directory whose owner is dead.
func reap(owner string) {
	f, err := os.Open(owner)
	if err != nil {
		return // it is gone, or somebody else's
	}
	defer f.Close()
	if abandoned(f) {
		_ = os.RemoveAll(filepath.Dir(owner)) // what cannot be removed is another account's
	}
}
