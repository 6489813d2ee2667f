package quorate

import "fmt"

// Quorum decides whether the members that said yes are enough. It is monotone:
// when a set is a quorum, so is every larger set. A Quorum holds no state and
// may be shared between goroutines.
type Quorum func(acks Set) bool

// Blocking returns the sets that meet every quorum of q, as a Quorum over the
// same members. No quorum of q can form without a member of such a set. Leases
// and the re-admission of a node that lost its disk need them.
func Blocking(members Set, q Quorum) Quorum {
	return func(acks Set) bool { return !q(members &^ acks) }
}

// Outcome is the result of a vote.
type Outcome uint8

// The outcomes of a vote. Won and Lost are final.
const (
	Pending Outcome = iota // neither won nor lost yet
	Won                    // the members that accepted are a quorum
	Lost                   // the members that have not refused contain no quorum
)

// String returns "pending", "won" or "lost".
func (o Outcome) String() string {
	switch o {
	case Pending:
		return "pending"
	case Won:
		return "won"
	case Lost:
		return "lost"
	}
	return fmt.Sprintf("outcome(%d)", uint8(o))
}
