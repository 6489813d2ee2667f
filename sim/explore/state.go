package explore

import (
	"encoding/binary"
	"slices"
)

// state is a world, as numbers: of the members' local states, of the past, what
// is left of each budget, and of the messages in flight in ascending order.
// Equal worlds have equal numbers.
type state []uint32

// layout says where what is in a state.
type layout struct {
	members int
	timers  int
}

func (l layout) atPast() int       { return l.members }
func (l layout) atTimer(i int) int { return l.members + 1 + i }
func (l layout) atCrashes() int    { return l.members + 1 + l.timers }
func (l layout) atDuplicates() int { return l.atCrashes() + 1 }
func (l layout) atFlight() int     { return l.atCrashes() + 2 }

// key stands for the state in the set of those visited.
func (s state) key(scratch []byte) (digest, []byte) {
	scratch = scratch[:0]
	for _, n := range s {
		scratch = binary.LittleEndian.AppendUint32(scratch, n)
	}
	return sum(scratch), scratch
}

// add puts a message in flight.
func (s state) add(from int, message uint32) state {
	i, _ := slices.BinarySearch(s[from:], message)
	return slices.Insert(s, from+i, message)
}

// remove takes a message that is in flight out.
func (s state) remove(from int, message uint32) state {
	i, _ := slices.BinarySearch(s[from:], message)
	return slices.Delete(s, from+i, from+i+1)
}

// has reports whether a message is in flight.
func (s state) has(from int, message uint32) bool {
	_, found := slices.BinarySearch(s[from:], message)
	return found
}
