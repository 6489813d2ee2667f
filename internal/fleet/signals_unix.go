//go:build unix

package fleet

import (
	"os"
	"syscall"
)

// pausing returns the signals that stop a process and let it go on.
func pausing() (stop, resume os.Signal, err error) { return syscall.SIGSTOP, syscall.SIGCONT, nil }
