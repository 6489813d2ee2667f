package quorate

import "math/bits"

// Set is a set of cluster members, one bit for each index in the sorted
// membership, see [Cluster.Index]. It holds up to [MaxMembers] members.
type Set uint64

// MaxMembers bounds the size of a cluster.
const MaxMembers = 64

// SetOf returns the set of the given member indexes.
func SetOf(indexes ...int) Set {
	var s Set
	for _, i := range indexes {
		s |= 1 << i
	}
	return s
}

// Add returns s with member i.
func (s Set) Add(i int) Set { return s | 1<<i }

// Remove returns s without member i.
func (s Set) Remove(i int) Set { return s &^ (1 << i) }

// Has reports whether member i is in s.
func (s Set) Has(i int) bool { return s>>i&1 == 1 }

// Len returns the number of members in s.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// Lowest returns the smallest index in s; s must not be empty.
func (s Set) Lowest() int { return bits.TrailingZeros64(uint64(s)) }
