package cputime

import (
	"time"

	"golang.org/x/sys/unix"
)

// Thread returns the time of the calling thread, in user and kernel mode, to the
// nanosecond; false where it cannot be measured. Who wants to subtract two readings
// locks the goroutine to its thread. getrusage would guess from clock ticks.
func Thread() (time.Duration, bool) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}
