// Package paxos is multi-Paxos with flexible quorums, on one log.
//
//	client      leader                 acceptors
//	  |           |                        |
//	  |           |-- PreVote ------------>|   would you promise?  (after a silence)
//	  |           |<---------- PreVoteReply|
//	  |           |-- P1a b, from -------->|   phase 1, once for all slots
//	  |           |<----- P1b b, entries --|   accepted and chosen ones, in parts
//	  |           |                        |
//	  |-- Request>|-- P2a b, slot, batch ->|   phase 2, once for each slot
//	  |           |<------- P2b b, slot ---|
//	  |<-- Reply -|-- commit index ------->|   rides on P2a, Heartbeat, or P3
//
// Ballots and phases are those of Lamport, "Paxos Made Simple" (2001), with one
// ballot for all slots (§3). Phase 1 and phase 2 may use different quorums that
// intersect (Howard, Malkhi, Spiegelman, "Flexible Paxos", 2016). The rules of
// the log are in paxos/core; here are messages, timers and clients.
//
// The files follow the phases: election (pre-vote and phase 1), accept (phase
// 2), lead (heartbeats), commit (learning and execution), read (what paxos/reads
// needs for reads without slots), lease (reads without asking), catchup (replicas
// that lag), trim (dropping the log), record (what survives a restart).
//
// # Guarantees
//
// Every command a client was told is done is in one slot of the log that all
// replicas execute in the same order, exactly once, whatever messages are lost,
// delayed, duplicated or reordered and whatever nodes restart with their
// journals. Progress needs a phase-1 quorum that hears each other for an
// election, and a phase-2 quorum for each command.
//
// Reads go through the log, or are answered once the leader has just confirmed its
// leadership: by the leader itself ([quorate.ReadIndex]), or by any replica that has
// executed as much as the leader says ([quorate.ReadHandoff]). These are
// linearizable. So are those that a leader answers while it holds a lease
// ([quorate.ReadLease], see [Config].Lease), provided that the rates of the members'
// clocks are as right as they are said to be: writes do not depend on that. Any
// replica answers [quorate.ReadLocal], a follower [quorate.ReadFollower], maybe with
// an old value, and says so; [quorate.ReadTimeline] is never older than what its
// client has seen.
package paxos
