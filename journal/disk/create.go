package disk

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Names in a journal's directory.
const (
	nameHeader = "header"
	nameNew    = "header.new" // the header of a journal under construction
	nameLock   = "lock"
	nameSynced = "synced"
	nameStore  = "store"
)

// makeDir makes a directory with its parents, all durable.
func makeDir(fsys vfs.FS, dir string) error {
	var made []string // directories with a new entry
	for at := dir; ; {
		if _, err := fsys.Stat(at); err == nil {
			break
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		parent := fsys.PathDir(at)
		if parent == at {
			break
		}
		made = append(made, parent)
		at = parent
	}
	// What clients wrote is for nobody else on this machine to read.
	if err := fsys.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range made {
		if err := syncDir(fsys, parent); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(fsys vfs.FS, dir string) error {
	d, err := fsys.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// resolve makes dir one name for one directory, so that the lock works.
func resolve(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// exists says whether dir holds a journal. It returns an error if dir holds
// anything else than a journal, or one whose construction was interrupted.
func exists(fsys vfs.FS, dir string) (bool, error) {
	names, err := fsys.List(dir)
	if err != nil {
		return false, err
	}
	slices.Sort(names)
	names = slices.DeleteFunc(names, func(name string) bool { return name == nameLock })
	if len(names) == 0 {
		return false, nil
	}
	if slices.Contains(names, nameHeader) {
		return true, nil
	}
	ours := func(name string) bool { return slices.Contains([]string{nameNew, nameSynced, nameStore}, name) }
	strange := slices.DeleteFunc(slices.Clone(names), ours)
	switch {
	case len(strange) > 0:
		return false, fmt.Errorf("%w: it is none: it has no file %s, but %s: give an empty directory, or one that does not exist",
			ErrDamaged, nameHeader, clip(strings.Join(strange, ", ")))
	case !slices.Contains(names, nameNew):
		return false, fmt.Errorf("%w: file %s is missing", ErrDamaged, nameHeader)
	}
	return false, nil
}

// create makes an empty journal. The header gets its name last: what was
// interrupted before that has never been used, and is swept away.
func (j *Journal) create() error {
	fsys, secret := j.fs, make([]byte, 8)
	rand.Read(secret) // never fails
	h := headerFile{Header: j.cfg.Header, Secret: binary.BigEndian.Uint64(secret)}
	j.secret = h.Secret
	steps := []func() error{
		func() error { return fsys.RemoveAll(j.path(nameStore)) },
		func() error { return writeHeader(fsys, j.path(nameNew), h) },
		func() error { return syncDir(fsys, j.dir) },
		func() error { return createSynced(fsys, j.path(nameSynced)) },
		func() error { return j.openStore(func(o *pebble.Options) { o.ErrorIfExists = true }) },
		func() error { return fsys.Rename(j.path(nameNew), j.path(nameHeader)) },
		func() error { return syncDir(fsys, j.dir) },
	}
	for _, step := range steps {
		if err := errors.Join(step(), j.guard.err()); err != nil {
			return fmt.Errorf("create it: %w", err)
		}
	}
	j.created, j.empty = true, true
	return nil
}
