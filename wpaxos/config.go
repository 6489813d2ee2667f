package wpaxos

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/bounds"
	"github.com/quorate/quorate/wpaxos/core"
	"github.com/quorate/quorate/wpaxos/steal"
)

// Config tunes a replica. The zero value means the defaults named at each field.
// All members of a cluster must use the same Quorums.
type Config struct {
	Quorums quorate.QuorumSystem // zones:fz=0, and fn=1 where each zone has three members or more, else fn=0
	Policy  steal.Policy         // when objects move; [steal.Usual]

	Residence time.Duration // how long an object stays with an owner before a policy moves it again; 1 s
	Heartbeat time.Duration // between signs of life; 100 ms
	Suspect   time.Duration // a member is not waited for after such a silence; 500 ms

	// These are the least: they grow with the round trips that are measured.
	Patience   time.Duration // after which an owner that answers nothing is not waited for, nor an open slot; 1 s
	Backoff    time.Duration // before an object is tried again that somebody else took; longer each time; 50 ms
	GiveUp     time.Duration // after which requests for an object that cannot be taken are refused, sooner if too few members are heard of; 2 s
	Retransmit time.Duration // after which an unanswered message is sent again; 100 ms

	Tell time.Duration // how long the news of commits may be gathered; 5 ms
	Rest time.Duration // between two times that logs are trimmed; 1 s

	Window     int  // slots of an object proposed and not chosen, at most; 16
	Batch      int  // commands in a slot, at most; 64
	BatchBytes int  // bytes in a slot, about; 256 KiB
	ChunkBytes int  // bytes in a promise or catch-up message, about; 512 KiB
	Thrifty    bool // ask only as many acceptors as needed, not all in their zones
	LogLimit   int  // slots of all objects together after which logs are trimmed; 32768
	LogBytes   int  // and bytes; 64 MiB

	Requests quorate.RequestsConfig
}

// Validate reports values that cannot work.
func (c Config) Validate() error {
	err := bounds.Negative("residence", c.Residence, "heartbeat", c.Heartbeat, "suspect", c.Suspect, "patience", c.Patience, "backoff", c.Backoff,
		"give up", c.GiveUp, "retransmit", c.Retransmit, "tell", c.Tell, "rest", c.Rest,
		"window", c.Window, "batch", c.Batch, "batch bytes", c.BatchBytes, "chunk bytes", c.ChunkBytes, "log limit", c.LogLimit, "log bytes", c.LogBytes)
	if err != nil {
		return fmt.Errorf("wpaxos: %w", err)
	}
	if c.Window > core.MaxHole {
		return fmt.Errorf("wpaxos: window %d: want at most %d slots", c.Window, core.MaxHole)
	}
	if d := c.withDefaults(); d.Suspect < 2*d.Heartbeat {
		return fmt.Errorf("wpaxos: suspicion after %v must be at least twice the heartbeat %v, or members that are well are not waited for", d.Suspect, d.Heartbeat)
	}
	if err := c.withDefaults().Policy.Validate(); err != nil {
		return fmt.Errorf("wpaxos: %w", err)
	}
	return c.Requests.Validate()
}

func (c Config) withDefaults() Config {
	c.Policy = cmp.Or(c.Policy, steal.Usual())
	c.Residence = cmp.Or(c.Residence, time.Second)
	c.Heartbeat = cmp.Or(c.Heartbeat, 100*time.Millisecond)
	c.Suspect = cmp.Or(c.Suspect, 500*time.Millisecond)
	c.Patience = cmp.Or(c.Patience, time.Second)
	c.Backoff = cmp.Or(c.Backoff, 50*time.Millisecond)
	c.GiveUp = cmp.Or(c.GiveUp, 2*time.Second)
	c.Retransmit = cmp.Or(c.Retransmit, 100*time.Millisecond)
	c.Tell = cmp.Or(c.Tell, 5*time.Millisecond)
	c.Rest = cmp.Or(c.Rest, time.Second)
	c.Window = cmp.Or(c.Window, 16)
	c.Batch = cmp.Or(c.Batch, 64)
	c.BatchBytes = cmp.Or(c.BatchBytes, 256<<10)
	c.ChunkBytes = cmp.Or(c.ChunkBytes, 512<<10)
	c.LogLimit = cmp.Or(c.LogLimit, 1<<15)
	c.LogBytes = cmp.Or(c.LogBytes, 64<<20)
	return c
}

// DefaultQuorums returns the quorums of a zero Config: commits stay in a zone, and
// do not wait for one member of three.
func DefaultQuorums(c *quorate.Cluster) (quorate.QuorumSystem, error) {
	fn := 1
	for _, z := range c.Zones() {
		if c.Zone(z).Len() < 3 {
			fn = 0
		}
	}
	return quorate.ZoneQuorums(c, 0, fn)
}
