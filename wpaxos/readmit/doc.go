// Package readmit is the part of WPaxos in taking back a member that lost its disk:
// for each key what package paxos/readmit does for a log.
//
//	learner                      every other member
//	  |-- Fence ---------------------->|   the node's part: see quorate.Admitter
//	  |<------------------- FenceReply |   when all have answered:
//	  |-- Recall number, slot -------->|
//	  |<-- Recalled keys from there on |   in parts, until all keys were told
//	  |   fetches what is chosen, writes what is not
//	  |   writes the states of all keys; then it is a voter
//
// Of each of its keys a member tells the highest promise, how far it knows the key to
// be chosen, and what it accepted beyond that. The learner raises its own promise to
// the highest of all; what is chosen it gets by package wpaxos/fetch, entries or a
// state; and for each slot beyond it holds the value accepted under the highest
// ballot, chosen ones before all others. Each of these can be done key by key and
// member by member, in any order, and again: what is held only grows. So no copy of
// what was read is kept but the part at hand of each member, and all of it goes to
// disk as it is read. It harms nobody that a learner has it there: to promise more,
// and to hold what somebody proposed, is always safe. A crash in the middle leaves a
// learner with a part of it, which reads everything again.
//
// What is chosen may be in memory only while it is read. So when all keys of a member
// were read the states of the keys are written and their logs trimmed, and only then
// the member counts as read. What is held beyond a hole is on disk entry by entry. At
// the end nothing is left to be written: [Reader.Adopt] has nothing to do, however
// many keys there are.
//
// # Which keys there are
//
// A member's keys have numbers in the order in which they were first heard of, and
// none is ever forgotten, until the member restarts: then it has the same keys, but
// for those of which nothing is on disk, under other numbers. The learner asks for
// them by number. An answer says in which life of its sender the numbers are valid;
// those of another one begin at 0.
//
// What the learner must be told of is what was on the others' disks when the last of
// them had fenced its earlier incarnations (quorate.Admitter says why). Each key with
// such a record had a number by then, in that life of the member and in each later
// one, and no number is left out by a reading that begins after, goes on in one life
// only, and ends where there were no more. A key that is first heard of after all had
// fenced may or may not be among those that are told. Nothing is lost if it is not: no
// quorum was counted for it with a promise or a vote of an earlier incarnation, and
// none will be, since nobody takes one any more.
//
// A key may change after it was told, too. What counts is what was on disk when all
// had fenced, and of that nothing goes away: promises rise; a value is replaced by
// one under a higher ballot, which is the same if that one was chosen; or it becomes
// known to be chosen, and is then fetched as such. Members of different zones may so
// be read at very different times.
//
// # Ballots of its own
//
// A member that lost its disk owned objects, under ballots that it forgot. It owns
// none when it comes back: the others see it silent while it is a learner, and take
// what they need. Its next ballot for a key is above all promises read. A higher one
// that it had used was promised by nobody who is read, hence will be by nobody: whoever
// had not heard of it before it fenced never will.
package readmit
