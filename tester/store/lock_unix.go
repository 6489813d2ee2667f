//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// lock marks a file as that of a process that goes on. The system forgets it with the
// process, however that ends. It waits for who looks whether it is marked.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }

// locked reports whether a process has marked a file.
func locked(f *os.File) bool {
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// abandoned reports whether a file is marked by no process, and never will be again: it was
// when it got its name.
func abandoned(f *os.File) bool { return !locked(f) }
