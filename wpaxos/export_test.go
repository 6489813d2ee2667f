package wpaxos

import (
	"fmt"
	"strings"
)

// Awake returns how many objects are awake.
func Awake(r *Replica) int {
	n := 0
	for i := range r.objects.Count() {
		if r.objects.At(i).Open != nil {
			n++
		}
	}
	return n
}

// Trim begins to trim all logs.
func Trim(r *Replica) { r.trims.Begin(nil) }

// Hits returns for how many objects hits are counted.
func Hits(r *Replica) int {
	n := 0
	for i := range r.objects.Count() {
		if r.objects.At(i).Hits != nil {
			n++
		}
	}
	return n
}

// Describe says of each object what is promised, how far it is chosen, and whether
// it is owned here, stolen or awake.
func Describe(r *Replica) string {
	var lines []string
	for i := range r.objects.Count() {
		k := r.objects.At(i)
		line := fmt.Sprintf("%s promised %v committed %v", k.Name, k.Promised(), k.Committed())
		switch {
		case k.Owns():
			line += " owned"
		case k.Stands():
			line += " stealing"
		}
		if k.Open != nil {
			line += " awake"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}
