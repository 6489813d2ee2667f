// Package decide decides an instance of EPaxos*: its owner does so by a
// [Proposal], on the fast path or the slow one, and somebody else in the owner's
// place by a [Recovery]. Both count answers and say what to do next; they have no
// messages, timers or clock. What the members answer is in epaxos/core.
//
// The rules are those of Ryabinin, Gotsman and Sutra, "Making Democracy Work:
// Fixing and Simplifying Egalitarian Paxos" (OPODIS 2025), here called the paper.
package decide
