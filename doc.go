// Package quorate is the vocabulary of a laboratory for replication protocols:
// what a protocol's author reads in an afternoon.
//
// A protocol is written once, as handlers of messages on a [Node]. The same
// code then runs on sockets, on channels in one process, by hand in a script,
// and in simulations with virtual time. This package holds what all protocols
// share; it does no I/O, knows no clock and takes no lock.
//
//	bin/quorate                          the command line
//	bench                                load, latencies, reports
//	protocols  server                    constructors by name; live nodes
//	client  checker  transport  journal  script  sim
//	                                     sessions, histories, wire, disk, schedules, worlds
//	paxos -> paxos/core                  protocols
//	nemesis  workload                    faults, operations
//	quorate -> wire                      this package, and the codec below it
//
// # The life of a request
//
//	client            node 1.1                               nodes 1.2, 1.3
//	   |  Request        |                                       |
//	   |---------------->| Receive: Requests admits it,          |
//	   |                 | the protocol proposes and persists    |
//	   |                 | Flush: records to sync                |
//	   |                 | Synced: now others may know           |
//	   |                 |------------- its messages ----------->| Receive, Persist
//	   |                 |<------------ their votes -------------| Synced
//	   |                 | Tally: Won. Once executes             |
//	   |  Reply          |                                       |
//	   |<----------------|                                       |
//
// [Requests] faces clients, [QuorumSystem] and [Tally] decide what is enough,
// [Once] executes each [Command] once on a [StateMachine] such as [KV]. The
// protocol stands between them, and sees the world through [Env].
//
// # The rules of a node
//
//  1. One at a time: handlers and timers of a node never overlap. A replica
//     has no locks, goroutines or channels.
//  2. Deterministic: the same events in the same order from the same seed give
//     the same behaviour. No order of maps, no clock but [Env.Now], no chance
//     but [Env.Rand].
//  3. Durable before visible: what [Env.Send] queues leaves once everything
//     persisted before it is on disk. A node's messages to itself take the
//     same road, so its own vote counts only then. [Env.SendNow] does not
//     wait: it is for what reveals nothing that a crash could undo.
//  4. Messages are values: nothing is changed after it was sent.
//  5. Nothing blocks: a full queue drops. So messages get lost, and every
//     protocol sends again what is not answered.
//  6. A reply names the request it answers, and says yes or no in a field of
//     its own.
//  7. Nothing grows for ever: what trims a table stands beside it.
//  8. Bytes from outside never make a node panic. A broken invariant does.
//
// The README and docs/tutorial.md write a protocol from nothing.
package quorate
