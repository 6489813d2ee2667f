package fleet

import (
	"runtime"
	"strconv"
)

// processors is what a member's environment says about how many processors to use. The
// members share the machine, and a Go program counts on all of it: it wakes threads to
// look for work that another member is about to do on the same processor, which costs a
// sixth of a busy cluster's time. Whoever set GOMAXPROCS knows better.
func processors(environment []string, members int) []string {
	share := max(1, runtime.NumCPU()/max(1, members))
	return append([]string{"GOMAXPROCS=" + strconv.Itoa(share)}, environment...) // of two, the later one holds
}
