//go:build unix

package daemon

import (
	"math"
	"syscall"
)

// openFiles returns how many files this process may have open at once.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxInt
	}
	return uint64(limit.Cur) // signed on some systems
}
