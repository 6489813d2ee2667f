package quorate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Ballot orders the attempts to lead (Lamport, "Paxos Made Simple", §2.2; the
// paper's proposal number). It packs a 32-bit counter above the [ID] of the
// replica that owns it, so that ballots of different owners never tie and
// integer order is ballot order. The zero Ballot lies below all others.
type Ballot uint64

// NewBallot returns the ballot with the given counter and owner.
func NewBallot(counter uint32, owner ID) Ballot {
	return Ballot(counter)<<32 | Ballot(owner)
}

// Next returns the smallest ballot of owner whose counter is above b's. It
// returns the zero Ballot when the counter is exhausted; a candidate must then
// not stand.
func (b Ballot) Next(owner ID) Ballot {
	if b.Counter() == math.MaxUint32 {
		return 0
	}
	return NewBallot(b.Counter()+1, owner)
}

// Counter returns the attempt's number.
func (b Ballot) Counter() uint32 { return uint32(b >> 32) }

// Owner returns the only replica that may propose under b.
func (b Ballot) Owner() ID { return ID(b & 0xffffffff) }

// String returns "counter@owner", for example "7@1.2".
func (b Ballot) String() string {
	return strconv.FormatUint(uint64(b.Counter()), 10) + "@" + b.Owner().String()
}

// ParseBallot reads the form that [Ballot.String] writes.
func ParseBallot(s string) (Ballot, error) {
	c, o, ok := strings.Cut(s, "@")
	counter, err := strconv.ParseUint(c, 10, 32)
	if !ok || err != nil {
		return 0, fmt.Errorf("ballot %q: want counter@owner, for example 7@1.2", s)
	}
	owner, err := ParseID(o)
	if err != nil {
		return 0, fmt.Errorf("ballot %q: %w", s, err)
	}
	return NewBallot(uint32(counter), owner), nil
}

// Slot is a position in a log. Logs start at slot 0. Ranges of slots are half
// open: a commit index of 5 says that slots 0 to 4 are committed.
type Slot uint64

// String returns the slot's decimal number.
func (s Slot) String() string { return strconv.FormatUint(uint64(s), 10) }
