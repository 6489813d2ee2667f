// Package core is TRex as a pure function: a multi-Paxos log with a stable leader,
// after the TRex articles and the essay "Cluster Replication With Paxos". A
// [State] takes an [Event] and gives the next State and the [Effects] to carry
// out. It has no disk, no network, no clock and no chance: time and a random
// number come with the event.
//
//	follower            others
//	   |-- Prepare 0 ------>|   probe: when did you hear the leader last?
//	   |<----- PrepareReply |   stay put if a majority shows life, else:
//	   |-- Prepare b, slot >|   phase 1, for each slot that may hold a value
//	   |<----- PrepareReply |   a promise for all slots, a report on one
//	   |-- Accept b, slot ->|   phase 2: the reported value, or a no-op
//	   |<------ AcceptReply |
//	 leader                 |
//	   |-- Accept b, slot ->|   new commands: phase 2 only
//	   |<------ AcceptReply |
//	   |-- Commit b, n ---->|   all below n are chosen; also the heartbeat
//	   |                    |
//	   |-- LeaderCheck b -->|   before a read: has anybody promised more?
//	   |<- LeaderCheckReply |
//	   |                    |
//	   |<-RetransmitRequest |   whoever misses something asks for it
//	   |- RetransmitResponse>   a run of chosen values, or Behind: take a snapshot
//
// Phases, ballots and the choice of values are those of Lamport, "Paxos Made
// Simple" (2001), §2.2 and §3. Promise and accept quorums may differ if they meet
// (Howard, Malkhi, Spiegelman, "Flexible Paxos", 2016). What one member promised,
// accepted and knows to be chosen is a Log of package paxos/core.
//
// The files: event (input and output), msg, node (one step, timeouts, invariants),
// probe, prepare, accept, commit (leading and learning), check, backdown (giving
// up, repeating), retransmit (catching up), ring (open slots).
//
// # Guarantees
//
// Two members never know different values chosen in one slot, whatever messages
// are lost, copied, late or out of order and whichever members restart from their
// disks. Slots become known chosen in order and without gaps. Of each batch a
// leader takes, its caller hears that its slot is chosen, that it was
// Replaced, or that the leader Abdicated and does not know. With a promise quorum
// and an accept quorum that hear each other something is chosen after a few
// timeouts; who is silent, or only half heard, does not keep the others.
//
// # What differs from TRex
//
// A leader whose accepts time out never raises their ballot by itself: TRex does,
// and a value chosen meanwhile by somebody else can then be overwritten. Here the
// same ballot is repeated, and when a higher one is known phase 1 is run again for
// all open slots.
//
// Where a slot is known chosen, Prepare and Accept are refused, with how far the
// log is known. TRex promises, and when the log is trimmed it cannot even tell
// which value it promised for. Who prepares such a slot catches up and stands back.
//
// An answer counts only for the ballot, slot or round that it repeats.
//
// Heartbeats are ordered by ballot and number, not by the sender's clock, which
// may run backwards. The next ballot is above all that were heard of, in refusals
// too, and phase 1 goes as far as anybody said that its log goes. Quorums are
// looked at after a member's own vote. That a slot is chosen is a state of its
// own, which a late vote does not touch. A tie is lost as soon as no quorum can
// form any more, no sooner.
//
// Catching up never touches a promise and sends only chosen values. A leader that
// no accept quorum answers gives up, and an idle one asks. A member that lost its
// disk, or that a lease binds to somebody else, promises, accepts and proposes
// nothing.
package core
