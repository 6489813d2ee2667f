package nemesis

import (
	"time"

	"github.com/quorate/quorate"
)

// Kind says what a fault does.
type Kind string

// The kinds of faults, by group. Members are meant by their index.
const (
	// Group partition: Grudge says who does not hear whom. Without a Grudge, the
	// Shape isolate, deaf, mute, company or shunned is about Nodes, see [Fault.Struck].
	Partition Kind = "partition"
	// Group loss: Amount is a probability, on the links out of and into Nodes.
	Loss      Kind = "loss"
	Duplicate Kind = "duplicate"
	// Delay adds up to Extra to each message, so that they overtake each other.
	Delay Kind = "delay"
	// Replay delivers to Nodes once more what the network carried to them lately.
	Replay Kind = "replay"
	// Group crash: the nodes stop at once and restart after For. Torn says what
	// the disks keep of what was not yet synced.
	Crash Kind = "crash"
	// Group pause: the nodes stand still; what comes meanwhile waits.
	Pause Kind = "pause"
	// Slow adds up to Extra to each step of the nodes.
	Slow Kind = "slow"
	// Group disk: each sync takes Extra longer.
	SlowDisk Kind = "slow-disk"
	// FullDisk makes the next sync fail; the node falls silent until it restarts
	// after For.
	FullDisk Kind = "full-disk"
	// RotDisk damages a record on disk and crashes the node: it must refuse to
	// restart, and is lost.
	RotDisk Kind = "rot-disk"
	// LoseDisk crashes the nodes and empties their disks.
	LoseDisk Kind = "lose-disk"
	// Group clock: the nodes' clocks jump by Extra at once, and back when it is
	// healed, or run at 1+Amount times the true rate.
	Jump  Kind = "clock-jump"
	Drift Kind = "clock-drift"
)

// Remains is what a crash leaves of the batch that was being synced.
type Remains string

// The remains.
const (
	Nothing Remains = ""     // the batch is gone
	All     Remains = "all"  // it is there, though nobody was told
	Torn    Remains = "torn" // cut off at some byte, which the journal must notice
)

// Trigger starts a fault when something happens instead of at a time: the Nth
// time, from the fault's At on, that On happens at Node. A fault whose Nodes are
// empty strikes the node where it happened.
type Trigger struct {
	On   string `json:"on"`   // elected, stepped-down, flush, synced, trimmed, answered, or send:T for messages of type T
	Node int    `json:"node"` // -1: any
	Nth  int    `json:"nth"`  // from 1
}

// What a [Trigger] waits for, besides [OnSend].
const (
	OnElected     = "elected"      // the node wins phase 1
	OnSteppedDown = "stepped-down" // it no longer leads
	OnFlush       = "flush"        // its disk begins to sync
	OnSynced      = "synced"       // its disk has synced
	OnTrimmed     = "trimmed"      // its disk has dropped records
	OnAnswered    = "answered"     // it tells a client what became of a command

	sendPrefix = "send:"
)

// OnSend returns the Trigger.On that waits until a message of the named type
// has been sent.
func OnSend(message string) string { return sendPrefix + message }

// Fault is an entry of a schedule.
type Fault struct {
	Kind  Kind          `json:"kind"`
	At    time.Duration `json:"at"`            // since the start
	For   time.Duration `json:"for,omitempty"` // until it is healed; zero: until all faults end
	After *Trigger      `json:"after,omitempty"`

	Nodes  []int         `json:"nodes,omitempty"`
	Shape  string        `json:"shape,omitempty"`  // of a partition, for people: majority, bridge, …
	Grudge []quorate.Set `json:"grudge,omitempty"` // for each member: those it does not hear
	Flap   time.Duration `json:"flap,omitempty"`   // the partition comes and goes with this period
	Amount float64       `json:"amount,omitempty"`
	Extra  time.Duration `json:"extra,omitempty"`
	Torn   Remains       `json:"torn,omitempty"`
}
