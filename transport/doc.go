// Package transport runs nodes in real time: it carries their messages over Go
// channels in one process, over TCP or by datagrams, and drives each node from
// one loop.
//
//	       Loop                          Loop
//	 Receive Tick Flush            Receive Tick Flush
//	   ^            |                ^            |
//	   |            v Send           |            v Send
//	 Inbox        Link ---------> Inbox        Link
//	   ^       faults, queue         ^
//	   |                             |
//	clients                       other peers
//
// A [Link] is one node's place in a network. Its Send never blocks: every
// queue behind it is bounded, a message that does not fit is dropped and
// counted, and protocols retransmit. A [Hub] joins nodes of one process,
// [ListenTCP] and [ListenUDP] join nodes by sockets; all behave alike, which package
// transporttest checks. A program that a node is part of is a client of it
// without a socket, see [Attacher].
package transport
