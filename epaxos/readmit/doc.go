// Package readmit is the part of EPaxos in taking back a member that lost its disk.
//
//	learner                  every other member
//	  |-- Fence ------------------>|   the node's part: see quorate.Admitter
//	  |<--------------- FenceReply |   when all have answered:
//	  |-- Recall ----------------->|
//	  |<------------ Recalled ends |   how far the rows go that it knows of
//	  | executes all below ends
//
// No vote is taken over. The learner is admitted when it has executed everything
// that any other member knew of after all had fenced. So every instance that its
// earlier incarnation may have voted for, in a quorum that somebody counted, is
// decided without it: it is one of the members that may fail. It votes on instances
// that nobody knew of then; those depend on what it executed, all of it: that is its
// floor (see package trim), in place of the floor that it forgot. Its own row goes on
// above what others know of it.
//
// While it is a learner it pre-accepts, accepts and promises nothing, not even for
// itself: an answer that it kept would be given once it is admitted, and was made
// without knowing what came before.
package readmit
