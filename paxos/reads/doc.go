// Package reads answers reads that take no slot of the log, in protocols where one
// leader decides what is chosen.
//
//	client     replica              leader               members
//	  |           |                    |                    |
//	  |-- get --->|                    |                    |   handoff: any replica
//	  |           |-- StampRequest --->|                    |   one for all that wait
//	  |           |                    |-- are you mine? -->|   the protocol's messages,
//	  |           |                    |<-- yes ------------|   sent after the question came
//	  |           |<-- Stamp slot -----|                    |
//	  |<- value --|  once it has executed the slots below   |
//	  |           |                    |                    |
//	  |-- get ------------------------>|                    |   index: the same, at the leader
//
// The leader fixes the order of a read without a slot for it, and any replica
// executes it (Bolosky et al., "Paxos Replicated State Machines as the Basis of a
// High-Performance Data Store", 2011); the check of the leadership is that of
// Ongaro's dissertation, §6.4.
//
// # Why this is linearizable
//
// A stamp is all that may have been acknowledged when the question came:
//   - what this leader committed: its commit index then;
//   - what earlier leaders committed: it lies below the barrier, the end of what phase
//     1 reported, even if this leader does not know yet that it is chosen;
//   - what later leaders committed: nothing. To be elected, one needs the promise of a
//     phase-1 quorum. Had it been given before the question came, one of the phase-2
//     quorum that answered afterwards would have refused.
//
// A replica may have executed more than the stamp. It cannot have executed more
// than is stamped next, since all commits are told by leaders: what one of them
// committed, it knows itself, and later ones have it below their barriers.
//
// The other modes promise less. A timeline read waits until the replica has
// executed what its client has seen, in answers by whichever replica: never older
// than that, maybe older than what others have seen.
package reads
