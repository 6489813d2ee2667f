// Package model predicts what a replicated store can do, from what a message costs.
//
// It holds the queueing model of Ailijiang, Charapko and Demirbas, "Dissecting the
// Performance of Strongly-Consistent Replication Protocols" (SIGMOD 2019, section 3),
// with the parameters and counts of messages of its program
// (github.com/acharapko/ppm), and the formulas for load, capacity and latency of that
// paper's section 6. And it holds a model of this project's own engine, which puts
// many commands into one round.
//
//	commands ──> queue ──> a member's processor ──> network ──> other members
//	             (wait)     In, Out, Byte, Command   (order statistic of round trips)
//
// The busiest member sets the limit: what its processor does for a command, and how
// many members share that. As the load nears the limit, commands wait for each other.
//
// Times are in microseconds, rates in commands a second, unless a name says
// otherwise; sizes are in bytes.
package model
