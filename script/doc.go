// Package script runs the nodes of a protocol by hand: no message arrives, no
// clock moves and no disk syncs unless a script, or a Go test, says so. It is
// for the schedules that random testing finds once in a million runs, and that
// a paper describes in three lines.
//
// [World] is the Go interface. Above it, [Run] plays text files whose output is
// part of the file; go test -rewrite writes the output anew, and a reviewer
// reads the difference. Every message passes through the wire codec, and an
// agreement monitor watches in every world: see [World.Err].
//
// # Scripts
//
// A script consists of blocks: commands, a line "----", and their output up to
// a blank line. Comments begin with "#". The first command is "cluster" with
// options, which the [Build] function of the package under test reads:
//
//	# The leader's accept is lost once.
//	cluster n=3
//	----
//	ok
//
//	put c 1.1 k X
//	drop 1.1>1.3 P2a
//	settle
//	----
//	…
//
// Clients talk to nodes directly. A client's name is a hexadecimal number. It
// numbers its commands from 1; seq= repeats a number, and retry sends the same
// request again.
//
//	put    client node key value            [seq=n] [timeout=1m]
//	get    client node key                  [seq=n] [timeout=1m] [read=mode] [seen=slot]
//	del    client node key                  [seq=n] [timeout=1m]
//	put-if client node key value version    [seq=n] [timeout=1m]
//	del-if client node key version          [seq=n] [timeout=1m]
//	retry  client node                      [seq=n] [timeout=1m]
//
// The network. A link is from>to, "*" stands for any node, and "*" alone for
// any link. A type is the name of a message type, or a pattern with "*" for the
// whole message as it is printed, such as P2a*Slot:0*.
//
//	deliver link [type] [count]    the messages in flight now, the first count of them; overrides cuts and holds
//	drop    link [type] [count]    loses them
//	dup     link [type]            copies them to the end of their links
//	hold    link [type]            settle leaves them, and later ones, in flight
//	release [link [type]]          ends that hold, or all
//	settle                         delivers, oldest first, until the network is quiet; no timers
//	cut     link... | node node    what is sent from now on is lost; what is in flight waits
//	isolate node...                cuts all links of a node
//	heal    [link... | node node]  ends cuts
//	messages [link [type]]         lists what is in flight
//
// Time. Timers fire when their node's clock passes them.
//
//	advance time [node...]  moves all clocks, or those of some nodes; no messages
//	run     time            moves all clocks, and settles after every timer
//	fire    node timer      moves one clock to the deadline of a timer
//	timers  [node...]       lists what is armed
//
// Disks and crashes. Batches are synced at once unless they are held.
//
//	hold-sync node...   batches wait for sync
//	sync      node...   completes the batch that waits
//	fail-sync node...   the disk reports an error for it
//	auto-sync node...   ends hold-sync
//	crash     node...   loses what is in memory, and the batch that waits
//	restart   node      from the journal
//	restart   node empty  with an empty journal: the disk was lost
//	restart   node init   the same, by somebody who says that the cluster is new
//	restart   node old    with the disk that was lost last: somebody put it back
//	admit     node...     begins to make a learner a voter again
//
// Looking, where "*" or nothing stands for all nodes:
//
//	report  [node...]   Replica.Report
//	records [node...]   the journal
//	repeat count command...
//	check agreement     how many slots the monitor knows; or the violation
//	show all|events|replies|nothing
//	mute [name...]      hides messages, timers and events by name; replaces the last mute
//	expect-violation    the script fails unless a violation is found, at the latest by [Config.Check]
//
// A command that names nodes takes "*" for all. Further commands come from [Config.Views].
//
// In the output, "1.1>1.2 P2a{…}" is a delivery; what the receiver observes and
// the replies it sends to clients follow, indented. What it sends to other
// nodes shows when it is delivered. [Text] says how values are printed.
package script
