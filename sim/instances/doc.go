// Package instances is the ghost of protocols without a leader, in which each
// member proposes in a log of its own, a row, and what is agreed on are commands
// with their dependencies. What package ghost is for logs this is for rows: it
// reads what becomes durable and what leaves, believes nobody, and breaks a world
// when a rule is broken, not when a client notices. The rules are those of package
// ghost, see [ghost.Broken].
//
// A value is chosen in one of two ways (Ryabinin, Gotsman, Sutra, "Making Democracy
// Work: Fixing and Simplifying Egalitarian Paxos", OPODIS 2025):
//
//	slow   a phase-2 quorum has voted for it under one ballot, on its disks
//	fast   a fast quorum has pre-accepted the owner's proposal and added nothing to
//	       its dependencies, and the owner, who has promised nothing to anybody,
//	       has it on its disk that it is final
//
// The fast way needs the owner's word: the others' do not tell whether the owner
// has given up. So somebody who recovers may choose otherwise once the owner has
// promised to stay out of it, or some other of the fast quorum has, or knows
// something with which the proposal interferes.
//
// The files: state (what is fed in), instance (what is remembered), store (what
// becomes durable), send (what leaves), choose, interfere (dependencies).
package instances
