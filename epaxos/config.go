package epaxos

import (
	"cmp"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
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
	if c.FastWait < 0 || min(cmp.Or(c.Retransmit, time.Second), cmp.Or(c.Patience, time.Second)) < time.Millisecond {
		return fmt.Errorf("epaxos: fast wait %v, retransmit %v, patience %v: none may be negative, nor the last two below 1ms; 0 is the default", c.FastWait, c.Retransmit, c.Patience)
	}
	if c.F < 0 || c.E < 0 || c.Window < 0 || c.Backlog < 0 || c.Batch < 0 || c.BatchBytes < 0 || c.Steps < 0 || c.TrimStep < 0 || c.Retain < 0 || c.ChunkBytes < 0 {
		return fmt.Errorf("epaxos: f %d, e %d, window %d, backlog %d, batch %d of %d bytes, steps %d, trim step %d, retain %d, chunk bytes %d: none may be negative; 0 is the default", c.F, c.E, c.Window, c.Backlog, c.Batch, c.BatchBytes, c.Steps, c.TrimStep, c.Retain, c.ChunkBytes)
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
