package transport

import (
	"errors"

	"github.com/quorate/quorate"
)

// Link is one node's place in a network.
type Link interface {
	// Send hands e to the network and returns at once. e.To is a member,
	// [quorate.Others], or the route of a client connected to this node; only
	// a [quorate.Reply] may go to a client. What cannot be sent is dropped and
	// counted. Safe for concurrent use.
	Send(e quorate.Envelope)
	// Inbox returns the queue of what has arrived here.
	Inbox() *Inbox
	// Faults returns the control of this node's outgoing directions.
	Faults() *Faults
	// Stats returns the counters so far.
	Stats() Stats
	// Close takes the node off the network and releases what it holds. It
	// flushes nothing: to the others it looks like a crash.
	Close() error
}

// Errors of the client side. After any of them the request has not left, so
// this attempt was not executed and never will be.
var (
	ErrNotConnected = errors.New("node is not connected")
	ErrQueueFull    = errors.New("queue is full")
	ErrClosed       = errors.New("link is closed")
)

// Errors of joining a network.
var (
	// ErrTwoNodes is wrapped when a second node shows up with an id in use.
	ErrTwoNodes = errors.New("two nodes with one id")
	// ErrDisagree is wrapped when two nodes differ in membership, quorums,
	// protocol, message set or version.
	ErrDisagree = errors.New("nodes disagree about their cluster")
)
