package sessions

import (
	"fmt"
	"slices"
	"strings"
)

// Guarantee is what a history may keep.
type Guarantee uint8

// The guarantees.
const (
	// ReadYourWrites: a read sees what its process wrote before, or something later.
	ReadYourWrites Guarantee = iota + 1
	// MonotonicReads: a read sees what its process read before, or something later.
	MonotonicReads
	// MonotonicWrites: a process's writes take effect in their order.
	MonotonicWrites
	// WritesFollowReads: a write takes effect after what its process read before.
	WritesFollowReads
	// Sequential: all operations together have an order that keeps each process's.
	Sequential
)

// All returns the guarantees, the weakest first.
func All() []Guarantee {
	return []Guarantee{ReadYourWrites, MonotonicReads, MonotonicWrites, WritesFollowReads, Sequential}
}

// String returns the guarantee's name, for example "read-your-writes".
func (g Guarantee) String() string {
	switch g {
	case ReadYourWrites:
		return "read-your-writes"
	case MonotonicReads:
		return "monotonic-reads"
	case MonotonicWrites:
		return "monotonic-writes"
	case WritesFollowReads:
		return "writes-follow-reads"
	case Sequential:
		return "sequential"
	}
	return fmt.Sprintf("guarantee(%d)", uint8(g))
}

// About says in a sentence what is guaranteed.
func (g Guarantee) About() string {
	switch g {
	case ReadYourWrites:
		return "a read sees what its process wrote before, or something later"
	case MonotonicReads:
		return "a read sees what its process read before, or something later"
	case MonotonicWrites:
		return "the writes of a process take effect in their order"
	case WritesFollowReads:
		return "a write takes effect after what its process read before"
	}
	return "one order of all operations, in which each process's are in their own, explains their results"
}

// Session is the name of the four guarantees of sessions together.
const Session = "session"

// Parse returns the guarantees that a list of names, separated by commas, says.
func Parse(list string) ([]Guarantee, error) {
	var want []Guarantee
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(All(), func(g Guarantee) bool { return g.String() == name })
		switch {
		case name == Session:
			want = append(want, All()[:4]...)
		case i < 0:
			return nil, fmt.Errorf("sessions: no guarantee is called %q; there are %s, and %s for the four of sessions", name, names(), Session)
		default:
			want = append(want, All()[i])
		}
	}
	slices.Sort(want)
	return slices.Compact(want), nil
}

func names() string {
	var list []string
	for _, g := range All() {
		list = append(list, g.String())
	}
	return strings.Join(list, ", ")
}
