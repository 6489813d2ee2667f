//go:build unix

// Package cputime tells how much processor time this process has used.
package cputime

import (
	"syscall"
	"time"
)

// Used returns the time of all processors together, in user and kernel mode;
// false where it cannot be measured.
func Used() (time.Duration, bool) {
	user, system, ok := Split()
	return user + system, ok
}

// Split returns the time outside the kernel and that in it.
func Split() (user, system time.Duration, ok bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0, false
	}
	return time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano()), true
}
