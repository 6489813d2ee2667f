// Package trex is TRex: multi-Paxos whose members doubt the silence of a leader
// before they replace it.
//
//	client      leader                 acceptors
//	  |           |                        |
//	  |           |-- Prepare 0 ---------->|   a probe: does anybody hear the leader?
//	  |           |<---------- PrepareReply|   the last heartbeat heard there
//	  |           |-- Prepare b, slot ---->|   phase 1, for each slot that may hold a value
//	  |           |<- PrepareReply b, slot-|   what was accepted there, and where the log ends
//	  |           |                        |
//	  |-- Request>|-- Accept b, slot ----->|   phase 2, once for each slot
//	  |           |<- AcceptReply b, slot -|
//	  |<-- Reply -|-- Commit b, seq ------>|   how far all is chosen; the leader's heartbeat
//
// The rules are those of the TRex articles (Massey, "The Trial Of Paxos
// Algorithms", 2015) with their slips repaired: a ballot is used in an Accept
// only for slots that a quorum promised for this very ballot, and a member
// prepares and accepts nothing where it knows what is chosen. They are in package
// trex/core, which knows no clock, disk or network; here are timers, records,
// clients, and execution.
//
// The files: replica (what it consists of), step (the effects of a step), client
// (requests and batches), read (what paxos/reads needs for reads without slots), transfer
// (snapshots for replicas that lag), trim, record (what survives a restart),
// readmission.
//
// # Clients
//
// A replica that does not lead refuses requests, and says who does: TRex does not
// forward. While nobody is known to lead, a request waits a moment for that to
// change. Who loses the lead tells those whose commands it has proposed that their
// fate is unknown, and the others to go elsewhere. The outcomes are
// quorate.ReasonNotLeader and quorate.ReasonNoLongerLeader.
//
// # Guarantees
//
// Every command a client was told is done is in one slot of the log that all
// replicas execute in the same order, exactly once, whatever messages are lost,
// delayed, duplicated or reordered and whatever nodes restart with their
// journals. Progress needs a phase-1 quorum that hears each other for an election,
// and a phase-2 quorum for each command.
//
// So are reads linearizable that a leader answers while it holds a lease, see
// [Config].Lease, provided that the rates of the members' clocks are as right as they
// are said to be: writes do not depend on that.
package trex
