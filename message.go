package quorate

import (
	"fmt"
	"time"
)

// ReadMode is the guarantee a Get asks for. The server enforces it; a protocol
// that does not offer a mode refuses the request.
type ReadMode uint8

// The read modes.
const (
	ReadLog      ReadMode = iota // through the log like a write: linearizable
	ReadIndex                    // at the leader after it confirmed its leadership: linearizable
	ReadLocal                    // from any replica's own state: may be stale
	ReadFollower                 // from a follower's own state, not at the leader: may be stale
	ReadTimeline                 // from any replica's own state, once that is no older than what the client has seen
	ReadLease                    // at a leader that holds a lease, as the clocks' rates allow: linearizable
	ReadHandoff                  // from any replica, once it has executed what the leader stamped: linearizable
)

var readModeNames = [...]string{"log", "index", "local", "follower", "timeline", "lease", "handoff"}

// String returns the mode's name in lower case.
func (m ReadMode) String() string {
	if int(m) < len(readModeNames) {
		return readModeNames[m]
	}
	return fmt.Sprintf("read(%d)", uint8(m))
}

// Valid reports whether m is one of the modes above.
func (m ReadMode) Valid() bool { return int(m) < len(readModeNames) }

// Spread reports whether any replica may be asked: it answers from its own
// state, after having asked the leader where the mode wants it. The other modes
// are the leader's.
func (m ReadMode) Spread() bool {
	return m == ReadLocal || m == ReadFollower || m == ReadTimeline || m == ReadHandoff
}

// Linearizable reports whether the answer is the value at some moment between
// the request and the reply. Other answers may be older.
func (m ReadMode) Linearizable() bool {
	return m == ReadLog || m == ReadIndex || m == ReadLease || m == ReadHandoff
}

// ReadModes returns all modes.
func ReadModes() []ReadMode {
	modes := make([]ReadMode, len(readModeNames))
	for i := range modes {
		modes[i] = ReadMode(i)
	}
	return modes
}

// ParseReadMode reads the form that [ReadMode.String] writes.
func ParseReadMode(s string) (ReadMode, error) {
	for i, name := range readModeNames {
		if s == name {
			return ReadMode(i), nil
		}
	}
	return 0, fmt.Errorf("read mode %q: want one of %v", s, readModeNames)
}

// Request asks a replica to execute a command. It comes from a client, or from
// a replica that forwards it.
type Request struct {
	Command Command
	Read    ReadMode      // of a Get
	Timeout time.Duration // the time left until the sender gives up; a request past it is not proposed
	Hops    uint8         // how often it was forwarded
	Attempt uint8         // the client's, counted from 1 and wrapping round; the reply echoes it
	// Seen is the highest Reply.Index that the client of a ReadTimeline has had.
	Seen Slot `text:"omitzero"`
}

// Reply answers a [Request]. It goes to whoever sent the request: back on the
// connection, or along the forwarding path.
type Reply struct {
	Client  Client
	Seq     uint64
	Attempt uint8 // of the latest request for the command; a refusal of an earlier one says nothing of a later one
	Status  Status
	Reason  Reason // why the Status is not Done
	OK      bool   // as in [Result]
	Version uint64 // as in [Result]
	Value   []byte // as in [Result]; if the Status is not Done, more words on the Reason, or none
	Leader  ID     // a hint where to go next time; zero if unknown
	Stale   bool   // the answer of a mode that is not linearizable: may be old
	// Index says, if Done, how many slots the answering state includes. It is 0
	// where the protocol has no single log.
	Index Slot `text:"omitzero"`
}

// Status says whether a request was executed.
type Status uint8

// The statuses.
const (
	Done        Status = iota + 1 // executed, exactly once; the result is in the reply
	NotExecuted                   // this attempt was not executed and never will be
	Unknown                       // it may have been executed, or may still be
)

var statusNames = [...]string{"?", "done", "not executed", "unknown"}

// String returns the status in lower case.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// Reason says why a request was not simply done.
type Reason uint8

// The reasons.
const (
	ReasonNone           Reason = iota
	ReasonOverloaded            // the replica admits a bounded number of requests
	ReasonNoLeader              // no leader is known; try again
	ReasonNotLeader             // this replica does not lead and does not forward; see Reply.Leader
	ReasonDeadline              // the request's time ran out
	ReasonExpired               // the command is older than the outcome tables remember
	ReasonClock                 // Issued is too far from the replica's clock
	ReasonTooLarge              // key or value exceed the limits
	ReasonInvalid               // the request makes no sense: unknown operation or read mode
	ReasonUnsupported           // the protocol does not offer the read mode
	ReasonLearner               // the replica lost its disk and may not serve yet
	ReasonStopping              // the replica is shutting down
	ReasonNotFollower           // the replica leads: a ReadFollower is for the others
	ReasonNoLongerLeader        // the replica lost the lead before it knew what became of the request
	ReasonNoQuorum              // too many members or zones are silent; Reply.Value may say which
)

var reasonNames = [...]string{"", "overloaded", "no leader", "not leader", "deadline passed", "expired", "clock too far off", "too large", "invalid request", "unsupported", "learner", "stopping", "not a follower", "no longer leader", "no quorum"}

// String returns the reason in words.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason(%d)", uint8(r))
}
