package bench

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"time"
)

// machineTime returns the CPU time that all processes of this machine have
// used, where the kernel tells: on Linux, in hundredths of a second. A
// benchmark that shares its machine should know.
func machineTime() (time.Duration, bool) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, false
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return parseMachineTime(string(line))
}

// parseMachineTime sums the first line of proc_stat(5), without idle and
// iowait, and without guests, which user time includes.
func parseMachineTime(line string) (time.Duration, bool) {
	const (
		idle, iowait, guest = 4, 5, 9
		tick                = 10 * time.Millisecond
	)
	fields := strings.Fields(line)
	if len(fields) < guest || fields[0] != "cpu" {
		return 0, false
	}
	var busy time.Duration
	for i, f := range fields[:guest] {
		if i == 0 || i == idle || i == iowait {
			continue
		}
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, false
		}
		busy += time.Duration(n) * tick
	}
	return busy, true
}
