// Package primary is the protocol of the tutorial: one fixed primary, the
// member with the lowest ID, puts commands in order, and a command counts once
// a majority has it on disk.
//
//	client      primary                     members
//	   | Request   |                           |
//	   |---------->| stores                    |
//	   |           |--- Append -------------->>| store
//	   |           |<<------------- Stored ----|
//	   |  Reply    | a majority: executes      |
//	   |<----------|                           |
//	   |           |--- Append (Committed) -->>| execute
//
// It is what Multi-Paxos does while nothing fails, without elections: the
// members survive crashes and restarts, but while the primary is away, or
// another member is away for too long, nobody is served.
package primary
