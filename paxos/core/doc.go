// Package core holds the rules of one Paxos log: what an acceptor promises and
// accepts, what a learner knows to be chosen, what a new leader must propose.
// It has no messages, timers or clock of its own, so that a protocol may hold
// one log (package paxos) or a million (one for each object).
//
// The names follow Lamport, "Paxos Made Simple" (2001); phases with separate
// quorums follow Howard, Malkhi and Spiegelman, "Flexible Paxos" (2016).
package core
