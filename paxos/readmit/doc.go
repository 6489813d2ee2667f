// Package readmit is the part of Paxos in taking back a member that lost its disk:
// phase 1 without a ballot.
//
//	learner                  every other member
//	  |-- Fence ------------------>|   the node's part: see quorate.Admitter
//	  |<--------------- FenceReply |   when all have answered:
//	  |-- Recall from ------------>|
//	  |<-- Recalled promise, part -|   accepted and chosen entries, in parts
//
// An acceptor is bound by the highest ballot that it promised and by the values
// that it accepted. What it may have forgotten is in what the others know, once
// no quorum can be completed any more with what it said before (Admitter has the
// argument). So the learner takes the highest promise of all, and in each slot
// the value accepted under the highest ballot, chosen ones before all others: just
// what a candidate does in phase 1, and with the same code. There are two
// differences. It asks nobody for a promise, since it is not going to propose
// anything. And a majority is not enough: with five members and majorities, two
// others may both have missed what this member voted for together with the two
// that were not read. The members that were read must meet every quorum.
//
// To hold a value under a ballot without having voted for it harms nobody: that
// ballot's owner did propose it. It makes a later leader propose it again, which
// is safe for whatever was proposed.
//
// The parts of one member's log may be read at different times, unlike those of
// a promise. What counts is what it held when all had fenced, and that only
// grows: an entry is replaced by one under a higher ballot, or by the chosen
// value. Slots that it trims meanwhile are chosen; the learner learns them by
// catch-up, or with a snapshot, and reads on behind them.
package readmit
