// Package maelstrom tests anybody's nodes as Maelstrom does, and makes nodes of this
// module's protocols, which Maelstrom can test.
//
// A node is a process that reads messages on stdin and writes messages on stdout, a line
// of JSON each, with a source, a destination and a body. [Run] starts some, tells each of
// them its name and all names, and is the network between them:
//
//	clients ──no latency──> nodes ──latency, loss, partitions──> nodes
//
// Clients are processes of the history. What they see is checked by a model of what
// the workload asks for. Messages between nodes take their time, are dropped where
// they arrive while a partition lasts, and overtake each other; a client's neither
// take time nor get lost, since latency there would only hide what nodes do wrong.
//
// [RunNode] is the other side: a replica of a protocol, whose messages travel inside
// those of Maelstrom, with a linearizable store on top of it.
package maelstrom
