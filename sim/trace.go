package sim

import "time"

// TraceKind says what a [TraceEvent] is.
type TraceKind uint8

// The kinds. Peer is the other end of a message's way.
const (
	TraceSend    TraceKind = iota + 1 // Node sent message ID to Peer; a duplicate is sent in the same instant
	TraceDeliver                      // Node received message ID from Peer
	TraceDrop                         // message ID from Peer to Node is lost, Text says why
	TraceTimer                        // timer Name fired at Node
	TraceSync                         // Node's disk begins to sync records Text, one batch at a time
	TraceSynced                       // they are durable
	TraceEventOf                      // Node observed Text; Name is the type of the event
	TraceCrash                        // Node stopped, and so did its disk
	TraceStart                        // Node started, or restarted
	TraceFault                        // fault ID begins, Text describes it; one event for each Node it strikes
	TraceHealed                       // fault ID ends, for all that it struck
	TraceCall                         // client Node calls Text, operation ID
	TraceReturn                       // Text became of operation ID; Name is the status: done, not executed, unknown
	TraceBroken                       // the violation: Text; if found at the end, At is when it happened. The last one counts
)

// TraceEvent is one line of a world's trace. Members are numbered by index,
// clients from 0 on with Client set. A member's Peer that is client c is -(c+1).
type TraceEvent struct {
	At     time.Duration // since the start
	Event  int           // the number of the world's event in which it happened
	Kind   TraceKind
	Node   int // -1: nobody in particular, or all
	Client bool
	Peer   int    // of messages
	ID     uint64 // of each copy of a message; of operations and faults
	Name   string // type of the message, name of the timer, the record, the event, the fault
	Text   string // its content, for people; what was sent need not be repeated when it arrives
	Key    string // of the command it is about, where there is one
	Slot   int64  // of the slot it is about, -1 without one
}

// TraceMeta describes the world of a trace.
type TraceMeta struct {
	Title   string
	Seed    uint64
	Members []string // names by index
	Clients int
	Command string // that replays it
	Broken  string // the violation, empty if there was none
	Hash    uint64
}
