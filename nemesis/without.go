package nemesis

import (
	"slices"

	"github.com/quorate/quorate"
)

// Without returns the faults as they strike a cluster that ends before member n:
// those that are about nobody else are left out.
func Without(faults []Fault, n int) []Fault {
	gone := func(i int) bool { return i >= n }
	var rest []Fault
	for _, f := range faults {
		if len(f.Nodes) > 0 {
			if f.Nodes = slices.DeleteFunc(slices.Clone(f.Nodes), gone); len(f.Nodes) == 0 {
				continue
			}
		}
		if f.After != nil && gone(f.After.Node) {
			continue
		}
		if len(f.Grudge) > n {
			f.Grudge = slices.Clone(f.Grudge[:n])
			for i := range f.Grudge {
				f.Grudge[i] &= quorate.Set(1)<<n - 1
			}
		}
		rest = append(rest, f)
	}
	return rest
}
