package core

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/bounds"
	paxos "github.com/quorate/quorate/paxos/core"
)

// Config tunes a member. The zero value of a field means the default named
// there, but Self and Quorums must be set.
type Config struct {
	Self    quorate.ID
	Quorums quorate.QuorumSystem // with the cluster; phase 1 is prepare, phase 2 accept

	TimeoutMin  time.Duration // a follower probes after a random silence of at least this; 150 ms
	TimeoutMax  time.Duration // and less than this, and longer after failed attempts; 450 ms
	Heartbeat   time.Duration // between a leader's Commits; a quarter of TimeoutMin
	Retransmit  time.Duration // after which an unanswered message is sent again; 100 ms
	CommitDelay time.Duration // how long the news of a commit waits for an Accept to ride on; 5 ms

	Lease paxos.LeaseTerms // none

	Window     int // slots proposed and not yet chosen, at most; 32
	Prepares   int // slots prepared at once, at most; 256
	ChunkBytes int // in a RetransmitResponse, about; 512 KiB
}

// Validate reports values that cannot work.
func (c Config) Validate() error {
	err := bounds.Negative("timeout min", c.TimeoutMin, "timeout max", c.TimeoutMax, "heartbeat", c.Heartbeat, "retransmit", c.Retransmit,
		"commit delay", c.CommitDelay, "window", c.Window, "prepares", c.Prepares, "chunk bytes", c.ChunkBytes)
	if err != nil {
		return fmt.Errorf("trex: %w", err)
	}
	if err := c.Lease.Validate(); err != nil {
		return fmt.Errorf("trex: %w", err)
	}
	d := c.withDefaults()
	switch {
	case c.Lease.Window > 0 && c.Lease.Held() < 2*d.Heartbeat:
		return fmt.Errorf("trex: lease %v, of which %v can be counted on, must be at least twice the heartbeat %v, or it ends before it is renewed", c.Lease.Window, c.Lease.Held(), d.Heartbeat)
	case c.Quorums.IsZero():
		return fmt.Errorf("trex: a member needs a quorum system")
	case c.Quorums.Cluster.Index(c.Self) < 0:
		return fmt.Errorf("trex: %v is not a member of %v", c.Self, c.Quorums.Cluster)
	case d.TimeoutMin >= d.TimeoutMax:
		return fmt.Errorf("trex: the leader timeout is drawn between %v and %v; the second must be longer, or two members stand at once for ever", d.TimeoutMin, d.TimeoutMax)
	case d.TimeoutMin < 2*d.Heartbeat:
		return fmt.Errorf("trex: leader timeout %v must be at least twice the heartbeat %v, or a healthy leader is doubted", d.TimeoutMin, d.Heartbeat)
	case d.Window >= paxos.Span:
		return fmt.Errorf("trex: window %d must stay below %d slots", d.Window, paxos.Span)
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.TimeoutMin = cmp.Or(c.TimeoutMin, 150*time.Millisecond)
	c.TimeoutMax = cmp.Or(c.TimeoutMax, max(450*time.Millisecond, 3*c.TimeoutMin))
	c.Heartbeat = cmp.Or(c.Heartbeat, c.TimeoutMin/4)
	c.Retransmit = cmp.Or(c.Retransmit, 100*time.Millisecond)
	c.CommitDelay = cmp.Or(c.CommitDelay, 5*time.Millisecond)
	c.Window = cmp.Or(c.Window, 32)
	c.Prepares = cmp.Or(c.Prepares, 256)
	c.ChunkBytes = cmp.Or(c.ChunkBytes, 512<<10)
	return c
}
