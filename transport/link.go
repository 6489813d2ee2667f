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

// Stats counts what one link did since it was opened.
type Stats struct {
	Sent          uint64 // messages handed to the network, each copy of a broadcast counted
	Received      uint64 // messages put into the inbox
	SentBytes     uint64 // bytes given to the sockets; 0 on channels
	ReceivedBytes uint64
	Writes        uint64 // write calls: SentBytes/Writes tells how well writes coalesce
	Connects      uint64 // outgoing connections made
	Lost          uint64 // connections that broke
	Refused       uint64 // connections refused by this side or by the other
	Malformed     uint64 // connections closed because of bytes that make no sense
	Dropped       Drops
}

// Drops counts dropped messages by cause.
type Drops struct {
	Inbox    uint64 // at the receiver: the peers' share of the inbox is full, or closed
	Requests uint64 // at the receiver: the clients' share of the inbox is full, or closed
	Queue    uint64 // at the sender: the queue to the peer or client is full
	Down     uint64 // at the sender: there is no connection
	Route    uint64 // a reply to a client that has gone, or to no client at all
	Encode   uint64 // the message cannot be encoded, or is too large for a frame
	Injected uint64 // by a Fault: cut or loss
}

// Total returns the sum over all causes.
func (d Drops) Total() uint64 {
	return d.Inbox + d.Requests + d.Queue + d.Down + d.Route + d.Encode + d.Injected
}
