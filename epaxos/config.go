package epaxos

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/internal/bounds"
)

// Config tunes a replica. The zero value means the defaults named at each field.
// All members of a cluster must use the same F and E.
type Config struct {
	F int // members that may fail; the most that the cluster tolerates
	E int // members that may be missing on the fast path; the most that F allows

	FastWait   time.Duration // how long a slow quorum that knows the same waits for a fast one; 5 ms
	Retransmit time.Duration // after which an unanswered message is sent again; 100 ms
	Patience   time.Duration // after which an instance that is not committed is asked for, and then recovered; 150 ms

	Window     int  // own instances not committed, at most; 64
	Backlog    int  // own instances not executed, at most; 4 times Window
	Batch      int  // commands in an instance, at most; 64
	BatchBytes int  // bytes in an instance, about; 256 KiB
	Thrifty    bool // ask only a fast quorum, all after Retransmit
	ChunkBytes int  // in a message of a transfer of states, about; 512 KiB
	Steps      int  // of the search for what to execute, in one go; 4096
	TrimStep   int  // instances dropped at once, about; 4096
	Retain     int  // instances kept for a member that is away, about; 4 times TrimStep

	Requests quorate.RequestsConfig
}

// Validate reports values that cannot work.
func (c Config) Validate() error {
	err := bounds.Negative("fast wait", c.FastWait, "retransmit", c.Retransmit, "patience", c.Patience, "f", c.F, "e", c.E, "window", c.Window, "backlog", c.Backlog, "batch", c.Batch,
		"batch bytes", c.BatchBytes, "steps", c.Steps, "trim step", c.TrimStep, "retain", c.Retain, "chunk bytes", c.ChunkBytes)
	if err != nil {
		return fmt.Errorf("epaxos: %w", err)
	}
	if min(cmp.Or(c.Retransmit, time.Second), cmp.Or(c.Patience, time.Second)) < time.Millisecond {
		return fmt.Errorf("epaxos: retransmit %v, patience %v: want 1ms at least, or 0 for the default", c.Retransmit, c.Patience)
	}
	if max(c.Window, c.Backlog) >= core.Span/4 {
		return fmt.Errorf("epaxos: window %d and backlog %d must stay below %d instances", c.Window, c.Backlog, core.Span/4)
	}
	return c.Requests.Validate()
}

func (c Config) withDefaults(cluster *quorate.Cluster) Config {
	f, _ := quorate.EPaxosFaults(cluster.Size())
	c.F = cmp.Or(c.F, f)
	c.E = cmp.Or(c.E, min(c.F, (cluster.Size()-c.F+1)/2))
	c.FastWait = cmp.Or(c.FastWait, 5*time.Millisecond)
	c.Retransmit = cmp.Or(c.Retransmit, 100*time.Millisecond)
	c.Patience = cmp.Or(c.Patience, 150*time.Millisecond)
	c.Window = cmp.Or(c.Window, 64)
	c.Backlog = cmp.Or(c.Backlog, 4*c.Window)
	c.Batch = cmp.Or(c.Batch, 64)
	c.BatchBytes = cmp.Or(c.BatchBytes, 256<<10)
	c.Steps = cmp.Or(c.Steps, 4096)
	c.TrimStep = cmp.Or(c.TrimStep, 4096)
	c.Retain = cmp.Or(c.Retain, 4*c.TrimStep)
	return c
}
