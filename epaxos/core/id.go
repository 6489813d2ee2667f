package core

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/quorate/quorate"
)

// ID names an instance: its number in the row of the member that owns it. Rows
// are numbered like the members, numbers start at 0.
type ID struct {
	Row    uint8
	Number uint64
}

// String returns the form row/number.
func (id ID) String() string { return fmt.Sprintf("%d/%d", id.Row, id.Number) }

// RecordKey returns the key of the instance's records.
func (id ID) RecordKey() quorate.RecordKey {
	return quorate.RecordKey{Scope: strconv.Itoa(int(id.Row)), Number: id.Number}
}

// Compare orders instances by row, then by number.
func (id ID) Compare(other ID) int {
	if id.Row != other.Row {
		return int(id.Row) - int(other.Row)
	}
	switch {
	case id.Number < other.Number:
		return -1
	case id.Number > other.Number:
		return 1
	}
	return 0
}

// Deps are dependencies: for each row a number below which all interfering
// instances are meant. Rows that are missing at the end count as 0, which means
// nothing. Deps are values: they are not changed once they were made.
type Deps []uint64

// At returns the first number of a row that is not covered.
func (d Deps) At(row int) uint64 {
	if row >= len(d) {
		return 0
	}
	return d[row]
}

// Covers reports whether id is among d, should it interfere.
func (d Deps) Covers(id ID) bool { return id.Number < d.At(int(id.Row)) }

// Equal reports whether d and other mean the same instances.
func (d Deps) Equal(other Deps) bool {
	for row := range max(len(d), len(other)) {
		if d.At(row) != other.At(row) {
			return false
		}
	}
	return true
}

// Union returns what is in d or in other.
func (d Deps) Union(other Deps) Deps {
	if len(other) > len(d) {
		d, other = other, d
	}
	for row, upto := range other {
		if upto > d[row] {
			d = slices.Clone(d)
			for ; row < len(other); row++ {
				d[row] = max(d[row], other[row])
			}
			return d
		}
	}
	return d
}

// Value is what is agreed on for an instance. Without commands it is a Nop, and
// has no dependencies.
type Value struct {
	Commands []quorate.Command
	Deps     Deps
	// Short says, in a message, that the commands are the owner's, and left out:
	// see [Instance.Whole].
	Short bool `text:"omitzero"`
}

// Nop reports whether v is one.
func (v Value) Nop() bool { return len(v.Commands) == 0 && !v.Short }

// Equal reports whether v and w are the same value.
func (v Value) Equal(w Value) bool {
	return sameCommands(v.Commands, w.Commands) && v.Deps.Equal(w.Deps)
}

// String renders the value for traces.
func (v Value) String() string {
	switch {
	case v.Nop():
		return "nop"
	case v.Short:
		return fmt.Sprintf("the same after %v", []uint64(v.Deps))
	}
	return fmt.Sprintf("%v after %v", v.Commands, []uint64(v.Deps))
}

func sameCommands(a, b []quorate.Command) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) > 0 && &a[0] == &b[0] {
		return true // the same message
	}
	for i := range a {
		if !a[i].Equal(&b[i]) {
			return false
		}
	}
	return true
}
