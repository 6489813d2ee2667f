package paxos

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/bounds"
	"github.com/quorate/quorate/paxos/core"
)

// Config tunes a replica. The zero value means the defaults named at each
// field. All members of a cluster must use the same Quorums.
type Config struct {
	Quorums quorate.QuorumSystem // majorities

	Heartbeat       time.Duration // between a leader's signs of life; 50 ms
	ElectionTimeout time.Duration // a follower stands after 1 to 2 times this silence; 200 ms
	Retransmit      time.Duration // after which an unanswered message is sent again; 100 ms
	CommitDelay     time.Duration // how long the news of a commit waits for a message to ride on; 5 ms

	Window     int  // slots proposed and not yet chosen, at most; 32
	Batch      int  // commands in a slot, at most; 512
	BatchBytes int  // bytes in a slot, about; 256 KiB
	ChunkBytes int  // bytes in a promise, catch-up or snapshot message, about; 512 KiB
	Thrifty    bool // ask only as many acceptors as needed, all of them after Retransmit

	// Lease lets a leader answer [quorate.ReadLease] from its own state for so long
	// after a quorum heard from it; nobody else is elected meanwhile. 0: no leases.
	// ClockError is how far the rate of any member's clock may be from the true
	// one, as a share; 0.01. All members must use the same of both.
	Lease      time.Duration
	ClockError float64

	LogLimit int // slots kept for replicas that lag; 32768
	LogBytes int // bytes kept for replicas that lag; 64 MiB

	Requests quorate.RequestsConfig
}

// Validate reports values that cannot work.
func (c Config) Validate() error {
	err := bounds.Negative("heartbeat", c.Heartbeat, "election timeout", c.ElectionTimeout, "retransmit", c.Retransmit, "commit delay", c.CommitDelay,
		"window", c.Window, "batch", c.Batch, "batch bytes", c.BatchBytes, "chunk bytes", c.ChunkBytes, "log limit", c.LogLimit, "log bytes", c.LogBytes)
	if err != nil {
		return fmt.Errorf("paxos: %w", err)
	}
	d := c.withDefaults()
	if d.ElectionTimeout < 2*d.Heartbeat {
		return fmt.Errorf("paxos: election timeout %v must be at least twice the heartbeat %v, or a healthy leader is deposed", d.ElectionTimeout, d.Heartbeat)
	}
	if d.Window+d.LogLimit >= core.Span {
		return fmt.Errorf("paxos: window %d and log limit %d must stay below %d slots together", d.Window, d.LogLimit, core.Span)
	}
	if err := c.lease().Validate(); err != nil {
		return fmt.Errorf("paxos: %w", err)
	}
	if d.Lease > 0 && d.lease().Held() < 2*d.Heartbeat {
		return fmt.Errorf("paxos: lease %v, of which %v can be counted on, must be at least twice the heartbeat %v, or it ends before it is renewed", d.Lease, d.lease().Held(), d.Heartbeat)
	}
	return c.Requests.Validate()
}

func (c Config) withDefaults() Config {
	c.Heartbeat = cmp.Or(c.Heartbeat, 50*time.Millisecond)
	c.ElectionTimeout = cmp.Or(c.ElectionTimeout, 200*time.Millisecond)
	c.Retransmit = cmp.Or(c.Retransmit, 100*time.Millisecond)
	c.CommitDelay = cmp.Or(c.CommitDelay, 5*time.Millisecond)
	c.Window = cmp.Or(c.Window, 32)
	c.Batch = cmp.Or(c.Batch, 512)
	c.BatchBytes = cmp.Or(c.BatchBytes, 256<<10)
	c.ChunkBytes = cmp.Or(c.ChunkBytes, 512<<10)
	c.ClockError = cmp.Or(c.ClockError, 0.01)
	c.LogLimit = cmp.Or(c.LogLimit, 1<<15)
	c.LogBytes = cmp.Or(c.LogBytes, 64<<20)
	return c
}

func (c Config) lease() core.LeaseTerms {
	return core.LeaseTerms{Window: c.Lease, ClockError: c.ClockError}
}
