//go:build !race

package transport

import (
	"syscall"
	"unsafe"
)

// Go's scheduler is told of every system call, since it might block: a thread of the
// runtime, sysmon, then wakes up, looks each 20 us whether somebody else could use the
// processor, and now and then gives it to another thread, in the midst of a write that
// takes 7 us. A process that waits for its next message many thousand times a second
// wakes it as often, which costs it a quarter of its time. Calls on a socket that does
// not block need none of that.
//
// But sysmon also interrupts who computes for long, and looks at the network where
// somebody always computes. So only the calls of those who are about to wait are quick,
// and few bytes of each: see socketReader.

// quickRead and quickWrite are read and write on a socket that does not block.
func quickRead(fd int, p []byte) (int, error) { return quick(syscall.SYS_READ, fd, p) }

func quickWrite(fd int, p []byte) (int, error) { return quick(syscall.SYS_WRITE, fd, p) }

// quick is not told to the scheduler. p is not empty.
func quick(trap uintptr, fd int, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(trap, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
