package quorate

// Replica is a protocol's part on one node, as the runtime around it sees it.
// All else goes through messages. Its methods are called on the node's loop.
type Replica interface {
	// Report describes the replica for people and for metrics.
	Report() Report
}

// Answerer is a Replica that counts its answers to clients, as [Requests] does.
type Answerer interface {
	Answers() Answers
}

// Constructor builds a protocol's replica on a node that has not started:
// it registers the handlers and keeps app for execution.
type Constructor func(n *Node, app *Once) (Replica, error)

// Report is a replica's view of itself.
type Report struct {
	Role      string // leader, candidate, follower, …
	Leader    ID     // whom it would forward to, itself if it serves; zero if nobody
	Ballot    Ballot // the highest it has promised
	Committed Slot   // slots known committed without a gap, where there is one log
	Executed  Slot   // slots executed without a gap, of all logs together
	Retained  int    // log entries or instances kept
	Pending   int    // client requests admitted and not answered
	// Known lies above all slots of which the replica has heard that they were
	// proposed, voted for or chosen. Known minus Executed is how far it lags.
	Known Slot `text:"omitzero"`
	// Awake is how many objects something goes on with, where most rest.
	Awake int `text:"omitzero"`
	// Objects is how many are known, where there are many.
	Objects int `text:"omitzero"`
}
