package core

import (
	"time"

	"github.com/quorate/quorate"
	paxos "github.com/quorate/quorate/paxos/core"
)

// The messages between members. A reply repeats what it answers, its ballot and
// slot or its round, and says yes or no in OK; it is counted only if that is
// just what is being asked. Progress is in every reply, whatever it says.

// Message is one of the structs of this file, or a pointer to one.
type Message interface {
	// receive is how n handles the message of the member with index from.
	receive(n *node, from int)
}

// Heartbeat orders the signs of life of leaders: later ballots are later, and
// under one ballot the higher number is. Clocks have no part in it.
type Heartbeat struct {
	Ballot quorate.Ballot
	Seq    uint64
}

// Progress is how far a member's log has come.
type Progress struct {
	Promised  quorate.Ballot
	Committed quorate.Slot // the first slot it does not know chosen
}

// Prepare asks to promise Ballot, for all slots, and for what the receiver has
// accepted in Slot. With the zero Ballot it is a probe, which promises nothing:
// it asks for a sign of life of the leader, and Slot is the probe's number.
type Prepare struct {
	Ballot quorate.Ballot
	Slot   quorate.Slot
}

// PrepareReply is the promise, or its refusal, or the answer to a probe.
type PrepareReply struct {
	Ballot       quorate.Ballot
	Slot         quorate.Slot
	OK           bool
	Reason       Reason // of a refusal
	Progress     Progress
	CommitBallot quorate.Ballot // of the last slot before Progress.Committed
	End          quorate.Slot   // nothing is accepted from here on
	Heartbeat    Heartbeat      // the last one heard, of a leader its own
	Accepted     paxos.Entry    // with OK: what was accepted in Slot, if anything
	Leased       time.Duration  `text:"omitzero"` // for so long a lease may still bind the sender to others
}

// Accept asks to accept Commands in Slot under Ballot. All slots below
// Committed are chosen.
type Accept struct {
	Ballot    quorate.Ballot
	Slot      quorate.Slot
	Commands  quorate.Commands
	Committed quorate.Slot
}

// AcceptReply says that Accept is on the sender's disk, or will not be.
type AcceptReply struct {
	Ballot   quorate.Ballot
	Slot     quorate.Slot
	OK       bool
	Reason   Reason // of a refusal
	Progress Progress
}

// Commit says that all slots below Committed are chosen, and that the leader of
// Ballot lives. Seq counts the Commits under Ballot.
type Commit struct {
	Ballot    quorate.Ballot
	Seq       uint64
	Committed quorate.Slot
}

// RetransmitRequest asks for what is chosen from slot From on.
type RetransmitRequest struct {
	From quorate.Slot
}

// RetransmitResponse holds chosen entries without a gap, the requested one
// first, as many as fit. Its sender knows the slots below Committed.
type RetransmitResponse struct {
	Entries   []paxos.Entry
	Committed quorate.Slot
}

// Behind answers a RetransmitRequest for slots that its sender has trimmed: it
// retains those from Oldest on. What lies below must come with a snapshot.
type Behind struct {
	Oldest    quorate.Slot
	Committed quorate.Slot
}

// LeaderCheck asks whether the receiver has promised nothing above Ballot. With
// leases it asks for one.
type LeaderCheck struct {
	Ballot quorate.Ballot
	Round  uint64
}

// LeaderCheckReply answers a LeaderCheck. An accept quorum of OK proves that
// nobody had won a higher ballot when the round began, and grants the lease.
type LeaderCheckReply struct {
	Ballot   quorate.Ballot
	Round    uint64
	OK       bool
	Progress Progress
}

// Release says that the leader of Ballot has given up, and its lease with it.
type Release struct {
	Ballot quorate.Ballot
}

// Reason says why a Prepare or an Accept was refused.
type Reason uint8

// The reasons.
const (
	ReasonNone      Reason = iota
	ReasonProbe            // a probe gets no promise
	ReasonBallot           // a higher ballot is promised
	ReasonCommitted        // the slot is chosen here: catch up first
	ReasonLearner          // the member lost its disk and may not vote
	ReasonLease            // another member holds a lease
)

// String returns the reason in words.
func (r Reason) String() string {
	if names := [...]string{"", "probe", "higher ballot promised", "slot committed", "learner", "leased"}; int(r) < len(names) {
		return names[r]
	}
	return "unknown reason"
}
