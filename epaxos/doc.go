// Package epaxos is EPaxos*, state machine replication without a leader: any
// replica proposes, and commands that do not interfere need not be in one order.
//
//	client     owner                    members
//	  |          |                         |
//	  |-Request->|-- PreAccept c, deps --->|   what must come before c?
//	  |          |<- PreAcceptReply deps --|
//	  |          |                         |   a fast quorum knows the same: decided
//	  |          |-- Accept c, all deps -->|   else: once more
//	  |          |<- AcceptReply ----------|
//	  |          |-- Commit c, deps ------>|
//	  |<- Reply -| executes, when all that c depends on is executed
//
//	             recoverer              members   when the owner is silent
//	                |-- Recover b -------->|
//	                |<- RecoverReply ------|
//	                |-- Validate b ------->|      if the owner may have decided
//	                |<- ValidateReply -----|
//	                |-- Waiting ---------->|      if others must be decided first
//	                |-- Accept b, Commit ->|
//
// The protocol is that of Ryabinin, Gotsman and Sutra, "Making Democracy Work:
// Fixing and Simplifying Egalitarian Paxos" (OPODIS 2025). Its rules are in
// epaxos/core, the order of execution in epaxos/graph; here are messages, timers,
// clients and the disk.
//
// The files follow an instance: propose (its owner), vote (the members), recover
// (somebody in the owner's place), execute; open (what is not committed, and who sees
// to it), record (what survives a restart), trim (what is kept no longer, here or on a
// lost disk: see epaxos/keep and epaxos/readmit).
package epaxos
