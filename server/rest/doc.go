// Package rest serves a node's clients over HTTP.
//
//	GET HEAD PUT DELETE  /kv/{escaped key}       the store, with versions as entity tags
//	GET HEAD PUT POST    /{integer key}          the same store, as Paxi's clients ask for it
//	GET HEAD             /history/{escaped key}  the versions that this node keeps
//	GET HEAD             /history?key={integer}  the same in Paxi's format
//
// [Handler] turns requests into commands for its [Backend], usually a
// server.Node. [Server] is net/http's with the bounds that a listener needs
// which strangers can reach: on time, on bytes, and on connections.
//
// Each request is a command of its own, unless it names its command by the
// headers Quorate-Client, Quorate-Seq and Quorate-Issued: then it may be sent
// again, to any node, and is executed once. Failures are JSON that says whether
// the command may have been executed. Where the protocol does not pass requests
// on, a node that does not lead redirects them to the one that does. docs/rest.md is the guide for users.
package rest
