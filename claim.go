package quorate

import "fmt"

// ClaimKind is what a [Claim] says.
type ClaimKind uint8

// The kinds. What a message claims is about its sender, what a record claims is
// about the node whose disk it is on.
const (
	// ClaimPrepare asks for promises under Ballot for the slots from Slot on, and
	// below Upto unless that is zero.
	ClaimPrepare ClaimKind = iota + 1
	// ClaimPromise promises to accept nothing below Ballot. In a message the
	// reports that follow it are all that the sender has accepted in the slots
	// from Slot on and below Upto, or, if Final, in all from Slot on. A record
	// promises for all slots.
	ClaimPromise
	// ClaimReport says, within a promise, that Commands were accepted in Slot
	// under Ballot.
	ClaimReport
	// ClaimPropose asks to accept Commands in Slot under Ballot.
	ClaimPropose
	// ClaimVote accepts Commands in Slot under Ballot. In a message Commands may
	// be missing. A vote is a promise of its ballot too.
	ClaimVote
	// ClaimFollow says that its sender has promised nothing above Ballot. It
	// promises nothing by itself.
	ClaimFollow
	// ClaimChosen says that Commands are final in Slot. Ballot is that under
	// which its sender accepted or learnt them; that proves no vote.
	ClaimChosen
	// ClaimCommitted says that the slots below Upto are all chosen. If Ballot is
	// not zero, the sender says so as its leader. In a record it makes chosen
	// values of the votes below on that disk.
	ClaimCommitted
	// ClaimTrimmed says that the slots below Upto are executed, and their
	// entries dropped.
	ClaimTrimmed
	// ClaimInitial says that the owner of Slot proposed Commands there under the
	// zero ballot and, if Final, with Deps. Under another ballot its sender asks
	// what speaks against that.
	ClaimInitial
	// ClaimPreAccept accepts what the owner proposed in Slot, for the time being,
	// with the dependencies Deps. Within a promise it reports that.
	ClaimPreAccept
)

var claimNames = [...]string{"?", "prepare", "promise", "report", "propose", "vote", "follow", "chosen", "committed", "trimmed", "initial", "pre-accept"}

// String returns the kind in lower case.
func (k ClaimKind) String() string {
	if int(k) < len(claimNames) {
		return claimNames[k]
	}
	return fmt.Sprintf("claim(%d)", uint8(k))
}

// Claim is one thing that a message or a durable record says about ballots and
// votes, in words that protocols share. Whoever watches a cluster from outside
// believes nothing else: oracles compare claims with each other and with the
// disks, pictures show them.
type Claim struct {
	Kind   ClaimKind
	Log    string // as in the events; where each member has one, its index in decimal
	Ballot Ballot
	Slot   Slot
	Upto   Slot
	Final  bool
	// Commands are the value's. Where logs are of members and only their owners
	// propose, they may be missing, and a slot of no effect has one OpNop.
	Commands []Command
	// Deps are the value's dependencies, where it has some: for each member's log
	// the first slot that is not among them.
	Deps []uint64
}

// Claims appends to dst what a message, or a decoded record, claims. A protocol
// provides one, apart from its handlers.
type Claims func(dst []Claim, m any) []Claim
