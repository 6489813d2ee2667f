// Package wpaxos is WPaxos: a Paxos log for each key, each with an owner of its
// own, near those who ask for the key.
//
//	client     owner (zone 1)          acceptors, zone 1          all
//	  |          |                         |                       |
//	  |-Request->|-- P2a key, slot ------->|                       |   phase 2, within fz+1 zones
//	  |          |<------------------ P2b -|                       |
//	  |<- Reply -|-- P3 key, commit ------------------------------>|   a moment later
//
//	client     thief (zone 2)                                    all
//	  |-Request->|-- P1a key, ballot ----------------------------->|   phase 1, over Z-fz zones,
//	  |          |<------------ P1b entries, or the key's state ---|   for this key alone
//	  |          |   proposes again what may be chosen, then as above
//
// The protocol is that of Ailijiang, Charapko, Demirbas and Kosar, "WPaxos: Wide
// Area Network Flexible Consensus" (IEEE TPDS, 2020), with the exact form of its
// quorums: see [quorate.ZoneQuorums]. The rules of one object are in wpaxos/core,
// when an object moves is in wpaxos/steal; here are messages, timers, clients and
// the disk.
//
// # Whom a request goes to
//
// The replica that is asked proposes what it owns. What somebody else owns it
// forwards to the owner of the highest ballot it knows, or takes it by phase 1: if
// nobody owns it, if the owner is not heard of, if forwarding was in vain, or if
// the policy is to take what another zone owns. Each hop knows a higher ballot
// than the one before, since an owner knows its own: no request goes in a circle.
//
// An owner counts from which zones its objects are asked for, and hints to another
// zone that it should take one: [HandOver]. The hint may be lost; it goes on as
// owner until it has promised a higher ballot.
//
// # When members are lost
//
// An owner commits with fz+1 zones in each of which all but fn members have voted. It
// asks its own zone, and others where that is not enough. So fn members less in a zone
// change nothing; with fn+1 less its owners borrow the votes of another zone, one more
// zone away, and go on. What is left may be in any zones, but fewer never commit.
//
// An object is taken with fn+1 members in each of all but fz zones. While more zones
// are lost the owners that are left go on with what they own, as long as they find
// their votes; what dead ones owned, and keys that are new, cannot be had. Their
// requests are refused as [quorate.ReasonNoQuorum], with those that are silent: at once
// when that is so for a while, and one in a while tries all the same. An owner that
// finds no votes refuses what comes in the same way. What it has proposed stays open
// until its time is up; of that it is unknown whether it will be executed.
//
// # What an object costs
//
// Most objects rest: they are one struct and one entry of a map, without log,
// timer, goroutine or closure. What goes on wakes one; when its effect is on disk
// in the key's state the log is dropped, and it rests again. A promise so reports
// an entry or the key's whole state, with its outcomes: a command that comes again
// at another owner changes nothing. All timers are of the replica; they walk lists
// of the objects with open work. A key that was only read costs an object, too.
//
// Commands that arrive together at an owner are mostly for different keys, so that each
// has a slot, its votes and its commit for itself. What is to be said of them to the
// same members leaves in one message at the end of a batch of steps, see package
// post; and all that was persisted meanwhile is one batch for the disk.
//
// The files follow an object: key (at rest and awake), steal (phase 1), accept
// (phase 2), commit (learning and execution), catchup (replicas that lag), trim,
// record (what survives a restart).
package wpaxos
