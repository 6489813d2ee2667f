package disk

import (
	"io"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// action is what is done to a file or directory. Reading is no action: it
// changes nothing.
type action string

const (
	actCreate action = "create"
	actWrite  action = "write"
	actSync   action = "sync"
	actRename action = "rename"
	actRemove action = "remove"
	actLink   action = "link"
	actMkdir  action = "make directory"
	actLock   action = "lock"
)

// hook stands between a store and its disk. It calls do to let an action
// happen. If it returns errPretend, the action counts as done though it was not.
type hook interface {
	act(a action, path string, do func() error) error
}

type pretence struct{}

func (pretence) Error() string { return "pretended" }

// hookFS passes everything that changes the disk by a hook.
type hookFS struct {
	vfs.FS
	hook hook
}

func pretended(err error) bool { return err == error(pretence{}) }

// void is act for actions without a result of their own.
func (f hookFS) void(a action, path string, do func() error) error {
	if err := f.hook.act(a, path, do); !pretended(err) {
		return err
	}
	return nil
}

// file is act for actions that yield a file. A pretended one lives in memory.
func (f hookFS) file(a action, path string, do func() (vfs.File, error)) (vfs.File, error) {
	var file vfs.File
	err := f.hook.act(a, path, func() (err error) {
		file, err = do()
		return err
	})
	if pretended(err) {
		file, err = vfs.NewMemFile(nil), nil
	}
	if err != nil {
		return nil, err
	}
	return hookFile{File: file, fs: f, path: path}, nil
}

func (f hookFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.file(actCreate, name, func() (vfs.File, error) { return f.FS.Create(name, category) })
}

func (f hookFS) OpenReadWrite(name string, category vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.file(actCreate, name, func() (vfs.File, error) { return f.FS.OpenReadWrite(name, category, opts...) })
}

func (f hookFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return f.file(actCreate, newname, func() (vfs.File, error) { return f.FS.ReuseForWrite(oldname, newname, category) })
}

// OpenDir is for syncing.
func (f hookFS) OpenDir(name string) (vfs.File, error) {
	file, err := f.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return hookFile{File: file, fs: f, path: name}, nil
}

func (f hookFS) Link(oldname, newname string) error {
	return f.void(actLink, newname, func() error { return f.FS.Link(oldname, newname) })
}

func (f hookFS) Remove(name string) error {
	return f.void(actRemove, name, func() error { return f.FS.Remove(name) })
}

func (f hookFS) RemoveAll(name string) error {
	return f.void(actRemove, name, func() error { return f.FS.RemoveAll(name) })
}

func (f hookFS) Rename(oldname, newname string) error {
	return f.void(actRename, newname, func() error { return f.FS.Rename(oldname, newname) })
}

func (f hookFS) MkdirAll(dir string, perm os.FileMode) error {
	return f.void(actMkdir, dir, func() error { return f.FS.MkdirAll(dir, perm) })
}

func (f hookFS) Lock(name string) (io.Closer, error) {
	var lock io.Closer
	err := f.hook.act(actLock, name, func() (err error) {
		lock, err = f.FS.Lock(name)
		return err
	})
	if pretended(err) {
		return io.NopCloser(nil), nil
	}
	return lock, err
}

// Unwrap implements vfs.FS.
func (f hookFS) Unwrap() vfs.FS { return f.FS }

// hookFile passes everything that changes a file by the hook of its file system.
type hookFile struct {
	vfs.File
	fs   hookFS
	path string
}

func (f hookFile) write(p []byte, do func() (int, error)) (n int, err error) {
	err = f.fs.hook.act(actWrite, f.path, func() (err error) {
		n, err = do()
		return err
	})
	if pretended(err) {
		return len(p), nil
	}
	return n, err
}

func (f hookFile) Write(p []byte) (int, error) {
	return f.write(p, func() (int, error) { return f.File.Write(p) })
}

func (f hookFile) WriteAt(p []byte, off int64) (int, error) {
	return f.write(p, func() (int, error) { return f.File.WriteAt(p, off) })
}

func (f hookFile) Sync() error { return f.fs.void(actSync, f.path, f.File.Sync) }

func (f hookFile) SyncData() error { return f.fs.void(actSync, f.path, f.File.SyncData) }

func (f hookFile) SyncTo(length int64) (full bool, err error) {
	err = f.fs.void(actSync, f.path, func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}

// Preallocate is a hint: a failure shows when the file is written.
func (f hookFile) Preallocate(offset, length int64) error {
	_ = f.fs.void(actWrite, f.path, func() error {
		_ = f.File.Preallocate(offset, length)
		return nil
	})
	return nil
}
