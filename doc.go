// Package quorate is a laboratory for replication protocols.
//
// A protocol is written once, as message handlers on a [Node], against [Env].
// The same code then runs on real sockets, on channels in one process, and in a
// deterministic simulation with virtual time.
package quorate
