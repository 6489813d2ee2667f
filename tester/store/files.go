package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Replace writes a file of its own beside the runs of a store, such as what several
// tests came to: whole, or not at all.
func Replace(root, name string, write func(w io.Writer) error) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return fmt.Errorf("make the store: %w", err)
	}
	path := filepath.Join(root, fileName(name))
	if err := atomic(path, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// ErrClaimed is wrapped when another process has what one wants for itself.
var ErrClaimed = errors.New("another process has it")

// Claim makes a name in a store this process's own until release is called, or it ends,
// as far as the system can.
func Claim(root, name string) (release func() error, err error) {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("make the store: %w", err)
	}
	path := filepath.Join(root, fileName(name)+".lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", path, err)
	}
	if locked(f) {
		return nil, errors.Join(fmt.Errorf("claim %s: %w", path, ErrClaimed), f.Close())
	}
	if err := lock(f); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, errors.Join(fmt.Errorf("claim %s: %w", path, err), f.Close())
	}
	return f.Close, nil
}

// Thin removes all files of a run but those that say what was tested and what was found.
func Thin(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("thin a run: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.Name() != "test.json" && e.Name() != "results.json" {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
