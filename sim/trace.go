package sim

import "time"

// TraceKind says what a [TraceEvent] is.
type TraceKind uint8

// The kinds. Peer is the other end of a message's way.
const (
	TraceSend    TraceKind = iota + 1 // Node sent message ID to Peer
	TraceDeliver                      // Node received message ID from Peer
	TraceDrop                         // message ID from Peer to Node is lost, Text says why
	TraceTimer                        // timer Text fired at Node
	TraceSync                         // Node's disk begins to sync records Text
	TraceSynced                       // they are durable
	TraceEventOf                      // Node observed Text: elected, chosen, …
	TraceCrash                        // Node stopped
	TraceStart                        // Node started, or restarted
	TraceFault                        // fault ID begins; Text describes it
	TraceHealed                       // fault ID ends
	TraceCall                         // client Node calls Text, operation ID
	TraceReturn                       // client Node got Text for operation ID
	TraceBroken                       // the violation: Text
)

// TraceEvent is one line of a world's trace. Members are numbered by index,
// clients from 0 on with Client set.
type TraceEvent struct {
	At     time.Duration // since the start
	Kind   TraceKind
	Node   int // -1: nobody in particular
	Client bool
	Peer   int
	ID     uint64
	Name   string // type of the message, name of the timer, the record, the event, the fault
	Text   string // its content, for people
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
