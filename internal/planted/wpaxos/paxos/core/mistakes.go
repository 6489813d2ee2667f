package core

import "slices"

// chosen returns the entries that are known to be chosen. This file is written
// by hand, the others are copies of the protocol.
func chosen(entries []Entry) []Entry {
	return slices.DeleteFunc(entries, func(e Entry) bool { return !e.Chosen })
}

// undecided returns the others.
func undecided(entries []Entry) []Entry {
	return slices.DeleteFunc(entries, func(e Entry) bool { return e.Chosen })
}
