// Package workload draws what the clients of a test ask for: few keys, so that
// operations meet; values that no other operation writes, so that a history
// tells who saw what; conditions that mostly hold.
//
// A [Generator] belongs to one client and draws from one source of chance, so
// the same seed asks for the same things whatever the cluster does, except for
// the versions of conditions, which follow from the replies.
package workload
