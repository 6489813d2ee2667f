// Package sim runs protocols in worlds of virtual time, in which messages get
// lost, disks fail and clocks lie, and holds all that happens against what the
// protocols promise.
//
//	 seed
//	   |  Swarm draws                       Shrinker reduces
//	   v                                          ^
//	 Spec ------------------ Run ------------> Outcome, Violation
//	                          |
//	clients  ---- requests, replies ----  hosts: clock, disk, quorate.Node
//	   |                                    |        |
//	history                              messages  records
//	   |                                    |        |
//	checker                               ghost: what is really chosen
//
// A [Spec] is a world before it begins: the members, their links and disks, the
// workload, and a schedule of faults (package nemesis). [Run] lets it happen. It
// is one heap of events around the same nodes, sessions and journals as the live
// runtimes have, on one goroutine, without a clock: one Spec is one world, event
// by event, on any machine, and so is one seed. Chance comes in streams, one for
// each purpose and each link, so that taking a fault away leaves the luck of the
// others as it was.
//
// # What is checked
//
// Package sim/ghost knows what no member does: which votes are on which disks. It
// reads the claims of messages and records, not what a replica says of itself,
// and breaks a world when a promise is broken, not when a client notices. Beside
// it stand oracles that hold for any protocol:
//
//	once, state   a write has one outcome and a version one writer, on all replicas
//	order         all members execute a key's commands in one order, reads too
//	reply         no client is told of what nobody executed
//	monotone      ballots, commit and execution indexes never fall
//	liveness      after the last fault every client's commands end, and all live
//	              members reach the same state, within a bound
//	linearizable  what the clients saw (package checker)
//	panic, codec, message, recover, events
//	              a protocol that panics, sends what does not arrive, cannot
//	              restart, or never comes to rest
//	hang          a handler that does not return (campaigns only)
//
// # Finding
//
// [Swarm] draws a different mix of faults, timeouts and load for each seed; a
// [Campaign] runs many seeds, on all processors; [Shrinker] makes a failing world
// small. [Play] runs a schedule that is written by hand, step by step. Whether all
// this finds bugs is itself tested: package protocols can plant them, and each has
// a small world in testdata/bugs that shows it.
package sim
