//go:build !unix

package daemon

import "math"

// openFiles returns how many files this process may have open at once, as far as
// anybody knows.
func openFiles() uint64 { return math.MaxInt }
