package trex

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/bounds"
	"github.com/quorate/quorate/paxos/core"
	trex "github.com/quorate/quorate/trex/core"
)

// Config tunes a replica. The zero value means the defaults named at each
// field. All members of a cluster must use the same Quorums.
type Config struct {
	Quorums quorate.QuorumSystem // majorities

	TimeoutMin  time.Duration // a follower doubts its leader after a random silence of at least this; 150 ms
	TimeoutMax  time.Duration // and of less than this; three times TimeoutMin
	Heartbeat   time.Duration // between a leader's signs of life; a quarter of TimeoutMin
	Retransmit  time.Duration // after which an unanswered message is sent again; 100 ms
	CommitDelay time.Duration // how long the news of a commit waits for a message to ride on; 5 ms

	// Lease lets a leader answer [quorate.ReadLease] from its own state for so long
	// after a quorum heard from it; nobody else is elected meanwhile. 0: no leases.
	// ClockError is how far the rate of any member's clock may be from the true
	// one, as a share; 0.01. All members must use the same of both.
	Lease      time.Duration
	ClockError float64

	Window     int // slots proposed and not yet chosen, at most; 32
	Prepares   int // slots prepared at once, at most; 256
	Batch      int // commands in a slot, at most; 512
	BatchBytes int // bytes in a slot, about; 256 KiB
	ChunkBytes int // bytes in a retransmission or snapshot message, about; 512 KiB

	LogLimit int // slots kept for replicas that lag; 32768
	LogBytes int // bytes kept for replicas that lag; 64 MiB

	Requests quorate.RequestsConfig
}

// Validate reports values that cannot work.
func (c Config) Validate() error {
	if err := bounds.Negative("batch", c.Batch, "batch bytes", c.BatchBytes, "log limit", c.LogLimit, "log bytes", c.LogBytes); err != nil {
		return fmt.Errorf("trex: %w", err)
	}
	d := c.withDefaults()
	if d.Window+d.LogLimit >= core.Span {
		return fmt.Errorf("trex: window %d and log limit %d must stay below %d slots together", d.Window, d.LogLimit, core.Span)
	}
	if err := (core.LeaseTerms{Window: c.Lease, ClockError: c.ClockError}).Validate(); err != nil {
		return fmt.Errorf("trex: %w", err)
	}
	if c.Quorums.IsZero() { // any will do to look at the rest
		one, err := quorate.Grid(1, 1)
		if err != nil {
			return err
		}
		c.Quorums = quorate.MajorityQuorums(one)
	}
	if err := c.rules(c.Quorums.Cluster.ID(0)).Validate(); err != nil {
		return err
	}
	return c.Requests.Validate()
}

func (c Config) withDefaults() Config {
	c.Retransmit = cmp.Or(c.Retransmit, 100*time.Millisecond)
	c.ClockError = cmp.Or(c.ClockError, 0.01)
	c.Window = cmp.Or(c.Window, 32)
	c.Batch = cmp.Or(c.Batch, 512)
	c.BatchBytes = cmp.Or(c.BatchBytes, 256<<10)
	c.ChunkBytes = cmp.Or(c.ChunkBytes, 512<<10)
	c.LogLimit = cmp.Or(c.LogLimit, 1<<15)
	c.LogBytes = cmp.Or(c.LogBytes, 64<<20)
	return c
}

// rules returns what the algorithm needs to know.
func (c Config) rules(self quorate.ID) trex.Config {
	return trex.Config{
		Self: self, Quorums: c.Quorums,
		TimeoutMin: c.TimeoutMin, TimeoutMax: c.TimeoutMax, Heartbeat: c.Heartbeat,
		Retransmit: c.Retransmit, CommitDelay: c.CommitDelay,
		Lease:  core.LeaseTerms{Window: c.Lease, ClockError: c.ClockError},
		Window: c.Window, Prepares: c.Prepares, ChunkBytes: c.ChunkBytes,
	}
}
