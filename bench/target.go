package bench

import (
	"context"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// Target is what a run puts load on: a cluster in this process, or one that
// runs elsewhere.
type Target interface {
	// Client opens the i-th client session, counted from 0.
	Client(i int) (Client, error)
	// Counters returns what the target did so far. What it does not count is 0.
	Counters() Counters
	// Local reports whether the replicas run in this process, so that its CPU
	// time and memory are theirs, too.
	Local() bool
	// Close stops the target, if the run started it.
	Close() error
}

// Client is one client session, shared by a few loops. [client.Client] is one.
type Client interface {
	// Do executes one operation. An error wraps client.ErrNotExecuted if it
	// certainly was not executed; otherwise that is unknown.
	Do(ctx context.Context, op client.Op) (client.Result, error)
	// Session returns the session's number.
	Session() quorate.Client
	// Close ends the session.
	Close() error
}

// Counters counts what the replicas did since they started, summed over them.
type Counters struct {
	Messages uint64 // sent between replicas and to clients
	Bytes    uint64 // sent over sockets
	Writes   uint64 // write calls on sockets
	Dropped  uint64 // messages dropped, for whatever cause

	servers  []serverReading  // of servers that run elsewhere, instead of the above
	journals []journalReading // of those of this process on disk, by member
}

func (c Counters) since(b Counters) Counters {
	return Counters{
		Messages: c.Messages - b.Messages, Bytes: c.Bytes - b.Bytes, Writes: c.Writes - b.Writes, Dropped: c.Dropped - b.Dropped,
	}
}

func (c *Counters) add(d Counters) {
	c.Messages += d.Messages
	c.Bytes += d.Bytes
	c.Writes += d.Writes
	c.Dropped += d.Dropped
}
