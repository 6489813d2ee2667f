package paxos

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

// The messages, in the order of the protocol. Every reply echoes the ballot of
// the request it answers, says yes or no in OK, and reports in Promised the
// highest ballot its sender has promised: a refusal can never be counted as a
// vote, whatever the ballots are.

// PreVote asks whether the receiver would promise Ballot. It changes nothing
// at the receiver, so that a node that cannot hear the leader does not depose
// it for those that can.
type PreVote struct{ Ballot quorate.Ballot }

// PreVoteReply answers PreVote: OK if the receiver has promised less and has
// not heard a leader lately. A refusal says for how long a lease may still bind
// it.
type PreVoteReply struct {
	Ballot   quorate.Ballot
	OK       bool
	Promised quorate.Ballot
	Leased   time.Duration `text:"omitzero"`
}

// P1a asks for a promise to accept nothing below Ballot, and for what the
// receiver knows of the slots from From on.
type P1a struct {
	Ballot quorate.Ballot
	From   quorate.Slot
}

// P1b is the promise, or its refusal. A long one comes in parts: the candidate
// asks for the next part with another P1a. A refusal because of a lease says for
// how long that may still bind the sender; until then a higher ballot is refused
// as well.
type P1b struct {
	Ballot   quorate.Ballot
	OK       bool
	Promised quorate.Ballot
	Promise  core.Promise
	Leased   time.Duration `text:"omitzero"`
}

// P2a asks the receiver to accept Commands in Slot under Ballot. Commit and
// Trim are as in Heartbeat.
type P2a struct {
	Ballot       quorate.Ballot
	Slot         quorate.Slot
	Commands     quorate.Commands
	Commit, Trim quorate.Slot
}

// P2b is the vote for Slot under Ballot, or its refusal.
type P2b struct {
	Ballot   quorate.Ballot
	Slot     quorate.Slot
	OK       bool
	Promised quorate.Ballot
	Executed quorate.Slot // how far the voter has executed
}

// P3 tells that all slots below Commit are chosen. It is sent when no P2a or
// Heartbeat carries that news soon.
type P3 struct {
	Ballot quorate.Ballot
	Commit quorate.Slot
}

// Heartbeat says that the leader of Ballot is alive. All slots below Commit are
// chosen; all live replicas have executed the slots below Trim. With leases it
// asks for one.
type Heartbeat struct {
	Ballot       quorate.Ballot
	Round        uint64
	Commit, Trim quorate.Slot
}

// HeartbeatReply answers a Heartbeat: OK if its sender has promised nothing
// above Ballot. A phase-2 quorum of them proves that Ballot still led when
// Round began, and gives it the lease.
type HeartbeatReply struct {
	Ballot   quorate.Ballot
	Round    uint64
	OK       bool
	Promised quorate.Ballot
	Executed quorate.Slot
}

// Release says that the leader of Ballot has given up, and its lease with it.
type Release struct {
	Ballot quorate.Ballot
}

// CatchupRequest asks for the chosen entries from From on.
type CatchupRequest struct{ From quorate.Slot }

// CatchupReply holds chosen entries without a gap from the requested slot on,
// as many as fit; none if the sender has trimmed that slot: then Base lies
// above it, and a snapshot is needed.
type CatchupReply struct {
	Entries      []core.Entry
	Commit, Base quorate.Slot
}
