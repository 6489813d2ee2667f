// Package core holds the rules of EPaxos*: what a replica pre-accepts, accepts
// and commits of an instance, what it knows that interferes with it, and in which
// order it executes. What an owner may decide, and somebody else in its place, is
// in epaxos/decide. Neither has messages, timers or a clock of its own; package
// epaxos has those.
//
// The rules are those of Ryabinin, Gotsman and Sutra, "Making Democracy Work:
// Fixing and Simplifying Egalitarian Paxos" (OPODIS 2025), here called the paper.
// It corrects Moraru, Andersen and Kaminsky, "There Is More Consensus in
// Egalitarian Parliaments" (SOSP 2013).
//
// # What is agreed on
//
// There is no log. Each replica owns a row of instances and proposes commands in
// it. Agreed on for each instance is a [Value]: the owner's commands, or nothing
// at all (Nop), and their dependencies, other instances to execute first unless
// those depend on this one as well. Two properties make all replicas execute
// interfering commands in one order:
//
//	Agreement   an instance has one value
//	Visibility  of two interfering commands one depends on the other, or both
//
// # Where this differs from the paper
//
// Dependencies are compact: for each row a number below which all interfering
// instances of that row are meant, known here or not ([Deps]). So the set that is
// meant is larger than what anybody saw, which the rules allow: all they ask for
// is that it has at least the interfering instances its sender knew. An executor
// must then know what all those instances are.
//
// Members restart. The paper's do not: there an owner that answers in a recovery
// has not committed, or it would say so. Here an owner commits on the fast path
// only once its decision is on disk, and goes on with nothing at its first ballot
// after a restart.
//
// The Nop that replaces an instance's commands at a replica is not what the
// interference index knows: it keeps the commands, until the Nop is committed.
// In the paper a Nop interferes with everything, which comes to the same where
// the commands were known and is not needed where they were not.
package core
