package transport

import "sync/atomic"

// Stats counts what one link did since it was opened.
type Stats struct {
	Sent          uint64 // messages handed to the network, each copy of a broadcast counted
	Datagrams     uint64 // of these, messages that left as datagrams
	Received      uint64 // messages put into the inbox
	SentBytes     uint64 // bytes given to the sockets; 0 on channels
	ReceivedBytes uint64
	Writes        uint64 // write calls: SentBytes/Writes tells how well writes coalesce
	Connects      uint64 // outgoing connections made
	Lost          uint64 // connections that broke
	Refused       uint64 // connections refused by this side or by the other
	Malformed     uint64 // connections closed because of bytes that make no sense
	Dropped       Drops
	Waiting       Waiting
}

// Waiting is how much waits in a link's queues just now.
type Waiting struct {
	Peers   uint64 // messages of peers in the inbox
	Clients uint64 // requests of clients in the inbox
	Out     uint64 // messages for peers that wait until their connections are written to; 0 on channels
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

// counters are the live form of Stats.
type counters struct {
	sent, datagrams, sentBytes, receivedBytes, writes atomic.Uint64
	connects, lost, refused, malformed                atomic.Uint64
	queue, down, route, encode, injected              atomic.Uint64
}

// wrote counts a write call.
func (c *counters) wrote(frames, bytes int) {
	c.writes.Add(1)
	c.sent.Add(uint64(frames))
	c.sentBytes.Add(uint64(bytes))
}

func (c *counters) read() Stats {
	return Stats{
		Sent: c.sent.Load(), Datagrams: c.datagrams.Load(), SentBytes: c.sentBytes.Load(), ReceivedBytes: c.receivedBytes.Load(), Writes: c.writes.Load(),
		Connects: c.connects.Load(), Lost: c.lost.Load(), Refused: c.refused.Load(), Malformed: c.malformed.Load(),
		Dropped: Drops{
			Queue: c.queue.Load(), Down: c.down.Load(), Route: c.route.Load(),
			Encode: c.encode.Load(), Injected: c.injected.Load(),
		},
	}
}
